import pytest
from hypothesis import given
from planning_requests import axis

from affectlab.music import mapping
from affectlab.music.instruments import GM_PROGRAMS
from affectlab.planning import AffectTarget
from affectlab.planning.cues import attributes_for, density_for, dynamics_for, tempo_for


@pytest.mark.parametrize("cue", [tempo_for, density_for, dynamics_for])
@given(one=axis, other=axis)
def test_cues_never_fall_as_arousal_rises(cue, one, other) -> None:
    low, high = sorted((one, other))
    assert cue(low) <= cue(high)


@given(axis)
def test_a_plan_asks_for_what_the_composer_would_choose_by_itself(arousal) -> None:
    assert tempo_for(arousal) == pytest.approx(mapping.tempo_of(arousal))
    assert density_for(arousal) == pytest.approx(mapping.density_of(arousal))
    assert dynamics_for(arousal) == pytest.approx(mapping.dynamics_of(arousal))


@pytest.mark.parametrize(
    ("valence", "arousal", "mode", "register", "articulation"),
    [
        (0.8, 0.8, "major", "high", "detached"),
        (0.2, -0.8, "major", "middle", "legato"),
        (0.0, 0.0, "modal", "middle", "mixed"),
        (-0.8, -0.2, "minor", "low", "mixed"),
    ],
)
def test_attributes_follow_the_quadrant(valence, arousal, mode, register, articulation) -> None:
    made = attributes_for(AffectTarget(valence=valence, arousal=arousal))
    assert (made.mode, made.register_, made.articulation) == (mode, register, articulation)


@given(axis, axis)
def test_every_instrument_is_one_the_composer_has(valence, arousal) -> None:
    assert set(attributes_for(AffectTarget(valence=valence, arousal=arousal)).instruments) <= set(GM_PROGRAMS)
