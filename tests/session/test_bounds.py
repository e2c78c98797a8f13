import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import InvalidConfig
from affectlab.music.instruments import INSTRUMENTS, assign
from affectlab.music.score import MusicControl
from affectlab.planning.limits import PlanLimits, limits_of
from affectlab.planning.profile import Profile
from affectlab.session.bounds import Bounds

profiles = st.builds(
    Profile,
    contraindications=st.frozensets(
        st.sampled_from(["sound_sensitivity", "cardiac", "tinnitus", "children"])
    ),
    disliked=st.lists(st.sampled_from(["Piano", "harp", "acoustic bass", "flute"]), unique=True).map(tuple),
)
controls = st.builds(
    MusicControl,
    st.floats(-1, 1),
    st.floats(-1, 1),
    tempo_bpm=st.floats(40, 160),
    density=st.floats(0, 1),
    dynamics=st.floats(0, 1),
    instruments=st.lists(st.sampled_from(sorted(INSTRUMENTS)), min_size=1, max_size=6).map(tuple),
)


@given(profiles, controls)
def test_no_control_leaves_the_limits_of_a_person(profile, control) -> None:
    limits = limits_of(profile)
    kept = Bounds(limits).keep(control)
    assert limits.tempo_bpm[0] <= kept.tempo_bpm <= limits.tempo_bpm[1]
    assert limits.density[0] <= kept.density <= limits.density[1]
    assert limits.dynamics[0] <= kept.dynamics <= limits.dynamics[1]
    assert not set(kept.instruments) & limits.avoid
    assert kept.instruments


@given(profiles, controls)
def test_no_part_falls_to_an_instrument_that_must_not_play(profile, control) -> None:
    limits = limits_of(profile)
    kept = Bounds(limits).keep(control)
    if limits.avoid:
        played = assign(kept.instruments)
        assert not {*played.parts.values(), played.double} & limits.avoid


@given(controls)
def test_without_limits_a_control_is_as_it_was(control) -> None:
    assert Bounds(PlanLimits(dynamics=(0, 1))).keep(control) == control


def test_a_profile_that_leaves_nobody_to_play_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="no instrument for the melody"):
        Bounds(PlanLimits(avoid=frozenset(INSTRUMENTS)))
