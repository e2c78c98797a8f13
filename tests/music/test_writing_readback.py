"""What notes on the grid express."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.learned.cursor import GridNote
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.writing.beats import GridBeat
from affectlab.music.learned.writing.budget import DensityScale
from affectlab.music.learned.writing.key import Key
from affectlab.music.learned.writing.readback import WINDOW, Readback
from affectlab.music.modes import AEOLIAN, IONIAN

SCALE = DensityScale.of(np.linspace(0, 10, 101))
MAJOR, MINOR, ANY = Key(0, IONIAN), Key(0, AEOLIAN), Key(0, None)


def heard(*pitches, melody=(), beats=8):
    readback = Readback(SCALE)
    for number in range(beats):
        start = number * TICKS
        notes = [GridNote(start, TICKS, pitch, 0) for pitch in melody]
        notes += [GridNote(start, TICKS, pitch, 2) for pitch in pitches]
        readback.hear(GridBeat(number // 4, number % 4, 4, start, tuple(notes)))
    return readback


def test_density_is_that_of_the_last_beats() -> None:
    readback = heard(60, 64, 67, 72)
    assert readback.density == pytest.approx(0.4, abs=0.01)
    for number in range(8, 8 + WINDOW):
        readback.hear(GridBeat(number // 4, number % 4, 4, number * TICKS, ()))
    assert readback.density == 0


def test_brighter_modes_chords_and_registers_are_happier() -> None:
    plain = heard(60, 64, 67, melody=(74,))
    assert plain.valence(MAJOR) > plain.valence(MINOR)
    assert plain.valence(MAJOR) > heard(60, 61, 62, 66, melody=(74,)).valence(MAJOR)
    assert heard(60, 64, 67, melody=(79,)).valence(MAJOR) > heard(60, 64, 67, melody=(67,)).valence(MAJOR)


def test_without_a_key_the_mode_is_read_from_the_notes() -> None:
    scale_major, scale_minor = (
        (60, 62, 64, 65, 67, 69, 71, 60, 64, 67),
        (60, 62, 63, 65, 67, 68, 70, 60, 63, 67),
    )
    assert heard(*scale_major).valence(ANY) > heard(*scale_minor).valence(ANY)


@given(st.lists(st.integers(28, 88), max_size=8, unique=True), st.lists(st.integers(58, 88), max_size=2))
def test_whatever_is_written_expresses_something_in_range(pitches, melody) -> None:
    readback = heard(*pitches, melody=melody, beats=3)
    for key in (MAJOR, MINOR, ANY):
        assert -1 <= readback.valence(key) <= 1
    assert 0 <= readback.density <= 1
