import numpy as np
import pytest

from affectlab.music.fader import Fader

ONES = np.ones((4800, 2), np.float32)


def test_it_begins_silent() -> None:
    fader = Fader()
    assert fader.is_silent()
    assert not fader.apply(ONES).any()


def test_it_opens_in_the_time_asked_for_without_a_step() -> None:
    fader = Fader()
    fader.move(1.0, 0.05)
    out = fader.apply(ONES)[:, 0]
    assert out[0] < 1e-5
    assert out[1199] == pytest.approx(0.5, abs=1e-3)
    np.testing.assert_array_equal(out[2400:], 1.0)
    assert np.diff(out).max() < 1e-3
    assert fader.apply(ONES) is ONES


def test_it_turns_back_in_the_middle_of_a_fade() -> None:
    fader = Fader()
    fader.move(1.0, 0.1)
    rising = fader.apply(ONES[:2400])
    fader.move(0.0, 0.1)
    falling = fader.apply(ONES)
    assert abs(falling[0, 0] - rising[-1, 0]) < 1e-3
    assert falling[2400:].max() == 0.0
    assert fader.is_silent()


def test_the_cut_into_blocks_does_not_matter() -> None:
    whole, cut = Fader(), Fader()
    for fader in (whole, cut):
        fader.move(1.0, 0.07)
    parts = [cut.apply(part) for part in np.split(ONES, [1, 100, 3359, 3361])]
    np.testing.assert_allclose(np.vstack(parts), whole.apply(ONES), atol=1e-6)
