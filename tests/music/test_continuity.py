"""Breaks at changes against the music's own course."""

import numpy as np
import pytest
from played_music import beat, note, take_of

from affectlab.music.evaluation.continuity import REACH, breaks, excess


def test_breaks_are_silence_loudness_and_other_pitches() -> None:
    held = note(60, duration=0.5)
    take = take_of([beat(held), beat(held), beat(note(62, 0.3, 0.2, 127)), beat(note(62, duration=0.5))])
    found = breaks(take)
    assert found["gap"] == pytest.approx([0, 0, 0.3, 0], abs=0.021)
    assert found["pitch"].tolist() == [0, 0, 1, 0]
    loud = 20 * np.log10(127 / 64)
    assert found["loudness"] == pytest.approx([0, 0, loud, loud])


def test_a_break_at_the_change_stands_out_and_one_elsewhere_does_not() -> None:
    values = np.zeros(96)
    values[49] = 2.0
    assert excess(values, (48,)) == 2.0
    assert excess(np.roll(values, 30), (48,)) < 0
    assert excess(np.resize([1.0, 0.0, 3.0, 0.5], 96), (48,)) == 0


def test_a_change_too_late_or_music_too_short_tells_nothing() -> None:
    assert np.isnan(excess(np.zeros(96), (95,)))
    assert np.isnan(excess(np.zeros(REACH + 2), (1,)))
