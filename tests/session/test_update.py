import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.session.config import UpdateConfig
from affectlab.session.response import TIME_CONSTANT, Response
from affectlab.session.update import Situation, UpdateRule

UNKNOWN = (Response(), Response())
point = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(np.array)
share = st.floats(0, 1)


def situation(time=0.0, desired=(0.5, 0.5), estimate=(0.0, 0.0), confidence=1.0) -> Situation:
    return Situation(time, np.array(desired), np.array(estimate), confidence)


def test_the_papers_rule() -> None:
    rule = UpdateRule(UpdateConfig(alpha=0.6))
    decision = rule.lead(situation(desired=(0.5, -0.5), estimate=(0.1, 0.3)), UNKNOWN)
    np.testing.assert_allclose(decision.next_target, [0.1 + 0.6 * 0.4, 0.3 - 0.6 * 0.8])


def test_no_confidence_means_no_step_of_the_target() -> None:
    decision = UpdateRule(UpdateConfig()).lead(situation(estimate=(0.2, 0.1), confidence=0.0), UNKNOWN)
    np.testing.assert_allclose(decision.next_target, [0.2, 0.1])


def test_without_evidence_the_plan_is_played_as_written() -> None:
    decision = UpdateRule(UpdateConfig()).lead(situation(desired=(0.4, -0.4)), UNKNOWN)
    np.testing.assert_allclose(decision.music, [0.4, -0.4])


def test_a_person_who_responds_half_as_much_gets_more() -> None:
    half = (Response(0.0, 0.5, 1.0), Response(0.0, 0.5, 1.0))
    rule = UpdateRule(UpdateConfig(alpha=1.0, max_correction=1.0))
    decision = rule.lead(situation(desired=(0.3, -0.3), estimate=(0.3, -0.3)), half)
    np.testing.assert_allclose(decision.music, [0.6, -0.6])


def test_the_right_response_brings_affect_where_the_rule_says_by_the_next_decision() -> None:
    gain, offset = np.array([0.5, 0.7]), np.array([0.1, -0.1])
    response = (Response(0.1, 0.5, 1.0), Response(-0.1, 0.7, 1.0))
    config = UpdateConfig(alpha=0.3, max_correction=1.0)
    decision = UpdateRule(config).lead(situation(0.0, (0.3, -0.2), (0.1, 0.0)), response)
    left = np.exp(-config.decision_seconds / TIME_CONSTANT)
    drawn = offset + gain * decision.music
    np.testing.assert_allclose(drawn + left * (np.array([0.1, 0.0]) - drawn), decision.next_target)


def test_the_right_response_settles_on_the_target() -> None:
    gain, offset, desired = np.array([0.5, 0.7]), np.array([0.1, -0.1]), np.array([0.4, -0.3])
    response = (Response(0.1, 0.5, 1.0), Response(-0.1, 0.7, 1.0))
    rule, state = UpdateRule(UpdateConfig(max_correction=1.0)), np.zeros(2)
    for step in range(30):
        drawn = offset + gain * rule.lead(situation(step * 10.0, desired, state), response).music
        state = drawn + np.exp(-10.0 / TIME_CONSTANT) * (state - drawn)
    np.testing.assert_allclose(state, desired, atol=0.02)


def test_the_papers_rule_without_the_persons_response_falls_short() -> None:
    gain, desired, state = 0.5, np.array([0.4, -0.4]), np.zeros(2)
    for _ in range(50):
        state = gain * (state + 0.6 * (desired - state))
    open_loop = gain * desired
    assert np.linalg.norm(desired - state) > np.linalg.norm(desired - open_loop)


@given(st.lists(st.tuples(point, point, share, share, st.floats(0.3, 1.5), st.floats(-1, 1)), max_size=20))
def test_steps_are_bounded_and_the_music_stays_on_the_plane(steps) -> None:
    rule = UpdateRule(config := UpdateConfig())
    before = None
    for index, (desired, estimate, confidence, trust, gain, offset) in enumerate(steps):
        response = (Response(offset, gain, trust), Response(offset, gain, trust))
        now = rule.lead(situation(index * 10.0, desired, estimate, confidence), response).music
        assert np.all(np.abs(now) <= 1)
        assert before is None or np.linalg.norm(now - before) <= config.max_step + 1e-9
        before = now


@given(point, point, share, st.floats(0.3, 1.5), st.floats(-1, 1))
def test_the_music_leaves_the_plan_no_further_than_the_bound(desired, estimate, trust, gain, offset) -> None:
    config = UpdateConfig(max_correction=0.3)
    response = (Response(offset, gain, trust), Response(offset, gain, trust))
    decision = UpdateRule(config).lead(situation(0.0, desired, estimate), response)
    assert np.all(np.abs(decision.music - desired) <= 0.3 + 1e-9)


def test_a_step_is_given_time_to_work() -> None:
    rule = UpdateRule(UpdateConfig(dwell_seconds=20))
    rule.lead(situation(0.0, desired=(0.5, 0.5)), UNKNOWN)
    held = rule.lead(situation(10.0, desired=(0.7, 0.5)), UNKNOWN)
    assert held.kind == "hold"
    assert "10 s more" in held.reason
    assert rule.lead(situation(20.0, desired=(0.7, 0.5)), UNKNOWN).kind == "lead"


def test_every_decision_says_why() -> None:
    rule = UpdateRule(UpdateConfig())
    reason = rule.lead(situation(confidence=0.25), UNKNOWN).reason
    assert "residual 0.71" in reason
    assert "25%" in reason


@pytest.mark.parametrize("alpha", [0, -0.1, 1.1])
def test_alpha_out_of_range_is_refused(alpha) -> None:
    with pytest.raises(ValueError, match="alpha"):
        UpdateConfig(alpha=alpha)
