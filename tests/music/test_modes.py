from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.modes import AEOLIAN, IONIAN, MODES, PHRYGIAN, Scale

scales = st.builds(Scale, st.integers(0, 11), st.sampled_from([mode.steps for mode in MODES]))


def test_position_thirty_five_of_c_major_is_middle_c():
    scale = Scale(0, IONIAN.steps)
    assert [scale.pitch(35 + degree) for degree in range(8)] == [60, 62, 64, 65, 67, 69, 71, 72]


@given(scales, st.integers(14, 60))
def test_the_nearest_position_of_a_scale_tone_is_its_own(scale, position):
    assert scale.nearest(scale.pitch(position)) == position


@given(scales, st.floats(30, 90))
def test_the_nearest_position_is_never_more_than_a_tone_away(scale, pitch):
    assert abs(scale.pitch(scale.nearest(pitch)) - pitch) <= 1


def test_a_tie_between_two_positions_goes_down():
    assert Scale(0, IONIAN.steps).nearest(61) == 35


def test_modes_ascend_in_brightness_and_in_valence():
    for darker, brighter in pairwise(MODES):
        assert sum(darker.steps) < sum(brighter.steps)
        assert darker.valence < brighter.valence


@pytest.mark.parametrize("mode", [AEOLIAN, PHRYGIAN])
def test_the_leading_tone_brings_no_augmented_second(mode):
    steps = (*Scale(2, mode.steps).with_leading_tone().steps, 12)
    assert steps[6] == 11
    assert max(after - before for before, after in pairwise(steps[4:])) == 2
