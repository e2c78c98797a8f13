import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.rhythm import FOUR, MAX_JITTER, SIX_EIGHT, THREE, Humaniser, sounds


@pytest.mark.parametrize(("metre", "beats"), [(FOUR, 4), (THREE, 3), (SIX_EIGHT, 2)])
def test_downbeats_come_first_and_off_beats_last(metre, beats):
    assert metre.beats == beats
    grid = {(b, s): metre.salience(b, s) for b in range(beats) for s in range(metre.slots)}
    assert max(grid, key=grid.get) == (0, 0)
    assert min(value for (_, slot), value in grid.items() if slot == 0) > max(
        value for (_, slot), value in grid.items() if slot
    )


def test_compound_metre_lilts_long_short():
    assert SIX_EIGHT.salience(0, 2) > SIX_EIGHT.salience(0, 1)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_what_sounds_goes_on_sounding_as_density_grows(salience, one, other):
    low, high = sorted((one, other))
    assert not sounds(salience, low) or sounds(salience, high)


def test_a_downbeat_sounds_at_any_density():
    assert sounds(FOUR.salience(0, 0), 0.0)


def test_timing_is_human_but_subtle():
    humaniser = Humaniser(np.random.default_rng(4))
    delays = [humaniser.delay() for _ in range(2000)]
    assert min(delays) >= 0
    assert max(delays) <= MAX_JITTER == 0.012
    assert np.std(delays) > 0.001


def test_velocity_grows_with_loudness_and_touch_and_stays_in_range():
    humaniser = Humaniser(np.random.default_rng(5))

    def mean(loudness, touch):
        return np.mean([humaniser.velocity(loudness, touch) for _ in range(300)])

    assert mean(0.2, 1.0) + 20 < mean(0.6, 1.0)
    assert mean(0.6, 0.6) + 20 < mean(0.6, 1.0)
    assert 1 <= humaniser.velocity(0.0, 0.01) <= humaniser.velocity(5.0, 2.0) <= 127
