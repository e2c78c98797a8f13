import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.affect import AffectState, Distribution
from affectlab.errors import InvalidAffect

coordinate = st.floats(-1, 1)
deviation = st.floats(0.01, 2)
correlation = st.floats(-0.99, 0.99)


@st.composite
def states(draw):
    s, t, r = draw(deviation), draw(deviation), draw(correlation)
    covariance = np.array([[s * s, r * s * t], [r * s * t, t * t]])
    return AffectState(np.array([draw(coordinate), draw(coordinate)]), covariance, draw(st.floats(0, 100)))


def test_equally_sure_measurements_meet_halfway_and_halve_the_variance():
    fused = AffectState.at(-0.4, 0.2, sd=0.5).fuse(AffectState.at(0.6, 0.0, sd=0.5))
    np.testing.assert_allclose(fused.mean, [0.1, 0.1])
    np.testing.assert_allclose(fused.sd, [0.5 / np.sqrt(2)] * 2)


def test_the_surer_measurement_wins():
    assert AffectState.at(-1, 0, sd=0.01).fuse(AffectState.at(1, 0, sd=1.0)).valence < -0.99


def test_each_axis_is_weighed_by_its_own_certainty():
    sure_of_valence = AffectState(np.array([0.8, 0.0]), np.diag([0.01, 1.0]), 0.0)
    sure_of_arousal = AffectState(np.array([0.0, -0.6]), np.diag([1.0, 0.01]), 0.0)
    np.testing.assert_allclose(sure_of_valence.fuse(sure_of_arousal).mean, [0.8, -0.6], atol=0.01)


@settings(deadline=None)
@given(states(), states())
def test_fusion_is_symmetric_and_never_less_sure(one, other):
    fused, reverse = one.fuse(other), other.fuse(one)
    np.testing.assert_allclose(fused.mean, reverse.mean, atol=1e-6)
    assert np.all(fused.sd <= np.minimum(one.sd, other.sd) * (1 + 1e-6))
    assert fused.time == max(one.time, other.time)


def test_a_fused_mean_stays_on_the_plane():
    # Strong correlations of opposite sign pull the weighted mean beyond the corner.
    tilt = np.array([[1.0, 0.99], [0.99, 1.0]])
    one = AffectState(np.array([1.0, 0.0]), tilt, 0.0)
    other = AffectState(np.array([1.0, 1.0]), np.array([[1.0, -0.99], [-0.99, 1.0]]), 0.0)
    assert np.linalg.inv(tilt).min() < 0
    assert one.fuse(other).valence == 1.0


def test_the_later_measurements_categorical_belief_is_kept():
    early = AffectState(np.zeros(2), np.eye(2), 1.0, Distribution("ekman6", {"joy": 1.0}))
    late = AffectState(np.zeros(2), np.eye(2), 2.0, Distribution("ekman6", {"fear": 1.0}))
    assert early.fuse(late).distribution == late.distribution
    assert late.fuse(early).distribution == late.distribution


def test_moving_changes_the_time_alone():
    state = AffectState(np.array([0.3, -0.2]), np.eye(2), 1.0, Distribution("ekman6", {"joy": 1.0}))
    moved = state.moved_to(9.5)
    assert moved.time == 9.5
    assert moved != state
    assert moved.moved_to(1.0) == state


def test_at_has_the_same_uncertainty_on_both_axes():
    state = AffectState.at(0.25, -0.5, sd=0.3, time=4.0)
    assert (state.valence, state.arousal, state.time) == (0.25, -0.5, 4.0)
    np.testing.assert_allclose(state.sd, [0.3, 0.3])
    assert state.covariance[0, 1] == 0


def test_a_state_equals_a_state_of_the_same_values_and_nothing_else():
    assert AffectState.at(0, 0, sd=1) == AffectState.at(0, 0, sd=1)
    assert AffectState.at(0, 0, sd=1) != AffectState.at(0, 0, sd=2)
    assert AffectState.at(0, 0, sd=1) != "neutral"


@pytest.mark.parametrize("mean", [[1.2, 0], [np.nan, 0], [0, 0, 0]])
def test_values_off_the_plane_are_named(mean):
    with pytest.raises(InvalidAffect, match=r"two numbers in \[-1, 1\], got"):
        AffectState(np.array(mean, dtype=float), np.eye(2), 0.0)


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        (np.eye(3), "symmetric 2x2"),
        (np.array([[1.0, 0.5], [0.0, 1.0]]), "symmetric 2x2"),
        (np.array([[1.0, 2.0], [2.0, 1.0]]), "positive definite"),
        (np.zeros((2, 2)), "positive definite"),
        (np.full((2, 2), np.nan), "symmetric 2x2"),
    ],
)
def test_improper_covariances_are_named(covariance, message):
    with pytest.raises(InvalidAffect, match=message):
        AffectState(np.zeros(2), covariance, 0.0)


@pytest.mark.parametrize("time", [np.nan, np.inf])
def test_time_must_be_on_the_clock(time):
    with pytest.raises(InvalidAffect, match="finite seconds on the session clock, got"):
        AffectState.at(0, 0, sd=1, time=time)


@pytest.mark.parametrize("probabilities", [{}, {"joy": 0.5}, {"joy": 1.5, "fear": -0.5}, {"joy": np.nan}])
def test_what_is_no_distribution_is_named(probabilities):
    with pytest.raises(InvalidAffect, match="probabilities over ekman6 must be non-negative and sum to 1"):
        Distribution("ekman6", probabilities)


def test_a_distribution_does_not_change_with_what_it_was_made_from():
    votes = {"joy": 0.75, "fear": 0.25}
    distribution = Distribution("ekman6", votes)
    votes["joy"] = 0.0
    assert distribution.probabilities["joy"] == 0.75
    with pytest.raises(TypeError):
        distribution.probabilities["joy"] = 0.0
