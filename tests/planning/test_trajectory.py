import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_requests import axis, states

from affectlab.planning.trajectory import MAX_SECTIONS, MAX_STEP, lead, sections_for, starting_point

points = st.tuples(axis, axis).map(np.array)


@pytest.mark.parametrize(
    ("minutes", "sections", "seconds"),
    [(0.1, 1, 10), (2, 12, 10), (5, 12, 25), (10, 13, 45), (45, 60, 45), (240, 60, 240), (9999, 60, 300)],
)
def test_sections_divide_the_session(minutes, sections, seconds) -> None:
    assert sections_for(minutes) == (sections, pytest.approx(seconds))


@given(st.floats(0.5, 300))
def test_sections_fill_the_session_to_within_half_a_section(minutes) -> None:
    count, seconds = sections_for(minutes)
    assert 1 <= count <= MAX_SECTIONS
    assert abs(count * seconds - 60 * minutes) <= seconds / 2 + 1e-6


@given(states)
def test_doubt_draws_the_start_to_neutral_and_never_across(state) -> None:
    start = starting_point(state)
    assert (np.abs(start) <= np.abs(state.mean)).all()
    assert (start * state.mean >= 0).all()


@given(points, points, st.floats(0.01, 300))
def test_leading_goes_in_equal_steps_on_a_straight_line(start, goal, minutes) -> None:
    way = lead(start, goal, minutes)
    steps = np.diff(way.points[way.meeting : way.meeting + way.leading + 1], axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[:1], steps.shape), atol=1e-9)
    across = (way.points - start) @ np.array([start[1] - goal[1], goal[0] - start[0]])
    np.testing.assert_allclose(across, 0, atol=1e-9)


@given(points, points, st.floats(0.01, 300))
def test_the_goal_is_reached_exactly_when_it_is_said_to_be(start, goal, minutes) -> None:
    way = lead(start, goal, minutes)
    near = np.linalg.norm(way.points[-1] - goal) < 1e-9
    assert near == way.reaches_goal or np.linalg.norm(goal - start) < 1e-9


def test_a_goal_out_of_reach_is_approached_at_the_full_step() -> None:
    way = lead(np.array([-1.0, 1.0]), np.array([1.0, -1.0]), 1.0)
    steps = np.linalg.norm(np.diff(way.points, axis=0), axis=1)[way.meeting :]
    assert not way.reaches_goal
    np.testing.assert_allclose(steps, 2 * np.sqrt(2) / 12)
    assert steps.max() <= MAX_STEP


def test_a_share_of_nothing_still_meets_for_a_section() -> None:
    assert lead(np.zeros(2), np.ones(2), 10, meeting_share=0.0).meeting == 1
