"""Grid notes as they are played, and who plays them."""

import numpy as np
import pytest

from affectlab.music.instruments import assign
from affectlab.music.learned.cursor import GridNote
from affectlab.music.learned.writing.beats import GridBeat
from affectlab.music.learned.writing.cast import SECTION_BARS, Cast
from affectlab.music.learned.writing.performing import NEUTRAL, Performance, accent
from affectlab.music.mapping import GENTLE, PROMPT, requested, slewed
from affectlab.music.score import MusicControl

ENSEMBLE = assign(("flute", "strings", "harp", "cello"))


def beat(*notes, start=48, number=0, metre=4):
    return GridBeat(start // (12 * metre), number, metre, start, tuple(GridNote(*note) for note in notes))


def played(grid, control, ensemble=ENSEMBLE, **settings):
    performance = Performance(np.random.default_rng(0), **settings)
    return performance.play(grid, ensemble, performance.follow(control))


def test_notes_come_at_their_tick_with_their_pitch_and_length() -> None:
    control = MusicControl(0.0, -1.0, tempo_bpm=60.0)
    first, second = played(beat((48, 24, 72, 0), (54, 6, 64, 2)), control)
    assert (first.part, first.pitch, first.program) == ("melody", 72, 73)
    assert (second.part, second.pitch, second.program) == ("harmony", 64, 46)
    assert first.offset == pytest.approx(0.0, abs=0.013)
    assert second.offset == pytest.approx(0.5, abs=0.013)
    assert first.duration == pytest.approx(2.0, abs=0.2)
    assert second.duration == pytest.approx(0.5, abs=0.05)


def test_no_pitch_is_moved_whatever_the_instrument() -> None:
    celesta = assign(("celesta", "contrabass"))
    notes = played(beat((48, 12, 79, 0), (48, 12, 62, 2), (48, 12, 28, 3)), MusicControl(0, 0), celesta)
    assert {note.pitch for note in notes} == {79, 62, 28}


def test_parts_without_a_player_rest() -> None:
    trio = assign(("flute", "harp", "cello"))
    assert [n.part for n in played(beat((48, 12, 72, 0), (48, 12, 60, 1)), MusicControl(0, 0), trio)] == [
        "melody"
    ]


def test_a_neutral_performance_hears_no_control_and_no_accents() -> None:
    grid = beat((48, 12, 72, 0), (53, 3, 74, 0))
    wild = MusicControl(1.0, 1.0, tempo_bpm=150.0, dynamics=1.0)
    assert played(grid, wild, neutral=True) == played(grid, MusicControl(0, 0), neutral=True)
    performance = Performance(np.random.default_rng(0), neutral=True)
    assert performance.follow(wild) == NEUTRAL


def test_accents_follow_the_metre() -> None:
    downbeat, second = beat(number=0), beat(number=1)
    assert accent(downbeat, 0) == 1
    assert accent(downbeat, 0) > accent(second, 0) > accent(second, 6) > accent(second, 5)
    assert accent(beat(number=4, metre=5), 0) == 0.4


def test_a_key_that_is_down_is_not_struck_again_after_a_change_of_tempo() -> None:
    performance = Performance(np.random.default_rng(0))
    now = performance.follow(MusicControl(0, 0, tempo_bpm=60.0))
    assert len(performance.play(beat((48, 36, 72, 0)), ENSEMBLE, now)) == 1
    assert performance.play(beat((60, 12, 72, 0), start=60, number=1), ENSEMBLE, now) == ()


def test_prompt_limits_are_half_way_in_three_beats_and_gentle_ones_as_ever() -> None:
    low = requested(MusicControl(0.0, 0.0, tempo_bpm=60.0, dynamics=0.0, density=0.0))
    high = requested(MusicControl(0.0, 0.0, tempo_bpm=120.0, dynamics=1.0, density=1.0))
    now = low
    for _ in range(3):
        before, now = now, slewed(now, high, PROMPT)
        assert now.tempo_bpm / before.tempo_bpm == pytest.approx(1.03)
    assert now.dynamics > 0.5
    assert now.density > 0.5
    assert slewed(low, high) == slewed(low, high, GENTLE)
    assert slewed(low, high).dynamics == pytest.approx(0.05)
    assert (slewed(low, high).tempo_bpm / 60) ** 4 == pytest.approx(1.0199)


def test_a_cast_asked_for_comes_at_once_and_its_own_choice_lasts_for_a_section() -> None:
    cast = Cast(np.random.default_rng(1))
    own = [cast.at_bar_line(level, ()) for level in np.linspace(-1, 1, 4 * SECTION_BARS)]
    changes = [n for n in range(1, len(own)) if own[n] != own[n - 1]]
    assert changes
    assert all(n % SECTION_BARS == 0 for n in changes)
    asked = [cast.at_bar_line(0.0, ("flute", "harp")) for _ in range(2 * SECTION_BARS)]
    assert {one.parts["melody"] for one in asked} == {"flute"}
    assert cast.at_bar_line(0.0, ()).parts["pad"]
