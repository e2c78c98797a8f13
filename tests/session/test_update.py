import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.session.config import UpdateConfig
from affectlab.session.person import TIME_CONSTANT
from affectlab.session.update import Situation, UpdateRule

NO_SHIFT = np.zeros(2)
point = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(np.array)
share = st.floats(0, 1)


def situation(time=0.0, desired=(0.5, 0.5), estimate=(0.0, 0.0), confidence=1.0) -> Situation:
    return Situation(time, np.array(desired), np.array(estimate), confidence)


def lead(rule: UpdateRule, where: Situation, shift=NO_SHIFT):
    return rule.lead(where, np.array(shift), 1.0)


def test_the_papers_rule() -> None:
    rule = UpdateRule(UpdateConfig(alpha=0.6))
    decision = lead(rule, situation(desired=(0.5, -0.5), estimate=(0.1, 0.3)))
    np.testing.assert_allclose(decision.next_target, [0.1 + 0.6 * 0.4, 0.3 - 0.6 * 0.8])


def test_without_confidence_the_plan_is_played_as_written() -> None:
    decision = lead(UpdateRule(UpdateConfig()), situation(estimate=(0.2, 0.1), confidence=0.0))
    np.testing.assert_allclose(decision.next_target, [0.2, 0.1])
    np.testing.assert_allclose(decision.music, [0.5, 0.5])


def test_the_music_brings_affect_where_the_rule_says_by_the_next_decision() -> None:
    config = UpdateConfig(alpha=0.3, max_correction=1.0)
    shift, estimate = np.array([-0.2, 0.1]), np.array([0.1, 0.0])
    decision = lead(UpdateRule(config), situation(0.0, (0.3, -0.2), estimate), shift)
    left = np.exp(-config.decision_seconds / TIME_CONSTANT)
    drawn = decision.music + shift
    np.testing.assert_allclose(drawn + left * (estimate - drawn), decision.next_target)


def test_a_known_shift_settles_on_the_target() -> None:
    gain, offset, desired = np.array([0.5, 0.7]), np.array([0.1, -0.1]), np.array([0.4, -0.3])
    rule, state, music = UpdateRule(UpdateConfig(max_correction=1.0)), np.zeros(2), np.zeros(2)
    for step in range(60):
        shift = offset + gain * music - music
        music = lead(rule, situation(step * 10.0, desired, state), shift).music
        drawn = offset + gain * music
        state = drawn + np.exp(-10.0 / TIME_CONSTANT) * (state - drawn)
    np.testing.assert_allclose(state, desired, atol=0.04)


def test_the_papers_rule_without_the_persons_shift_falls_short_of_the_plan_itself() -> None:
    gain, desired, state = 0.5, np.array([0.4, -0.4]), np.zeros(2)
    for _ in range(50):
        state = gain * (state + 0.6 * (desired - state))
    open_loop = gain * desired
    assert np.linalg.norm(desired - state) > np.linalg.norm(desired - open_loop)


@given(st.lists(st.tuples(point, point, share, point), max_size=20))
def test_steps_are_bounded_and_the_music_stays_on_the_plane(steps) -> None:
    rule = UpdateRule(config := UpdateConfig())
    before = None
    for index, (desired, estimate, confidence, shift) in enumerate(steps):
        now = lead(rule, situation(index * 10.0, desired, estimate, confidence), shift).music
        assert np.all(np.abs(now) <= 1)
        assert before is None or np.linalg.norm(now - before) <= config.max_step + 1e-9
        before = now


@given(point, point, share, point)
def test_the_music_leaves_the_plan_no_further_than_the_bound(desired, estimate, confidence, shift) -> None:
    config = UpdateConfig(max_correction=0.3)
    decision = lead(UpdateRule(config), situation(0.0, desired, estimate, confidence), shift)
    assert np.all(np.abs(decision.music - desired) <= 0.3 + 1e-9)


def test_a_step_is_given_time_to_work() -> None:
    rule = UpdateRule(UpdateConfig(dwell_seconds=20))
    lead(rule, situation(0.0, desired=(0.5, 0.5)))
    held = lead(rule, situation(10.0, desired=(0.7, 0.5)))
    assert held.kind == "hold"
    assert "10 s more" in held.reason
    assert lead(rule, situation(20.0, desired=(0.7, 0.5))).kind == "lead"


def test_every_decision_says_why() -> None:
    reason = UpdateRule(UpdateConfig()).lead(situation(confidence=0.25), np.array([-0.1, 0.2]), 0.5).reason
    assert "residual 0.71 (confidence 25%)" in reason
    assert "settles (-0.10, +0.20) from the music" in reason
    assert "trusted 50%" in reason


@pytest.mark.parametrize("alpha", [0, -0.1, 1.1])
def test_alpha_out_of_range_is_refused(alpha) -> None:
    with pytest.raises(ValueError, match="alpha"):
        UpdateConfig(alpha=alpha)
