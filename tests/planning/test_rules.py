import numpy as np
import pytest
from hypothesis import given
from planning_requests import axis, points, request, requests

from affectlab.affect import AffectState
from affectlab.errors import InvalidPlan
from affectlab.planning import AffectTarget, InterventionPlan, PlanRequest, RulePlanner
from affectlab.planning.trajectory import MAX_STEP, NEUTRAL_SD

plan = RulePlanner().plan


@given(requests)
def test_every_request_gets_a_valid_plan(asked) -> None:
    made = plan(asked)
    assert InterventionPlan.model_validate(made.model_dump(by_alias=True)) == made
    assert made.made_by == "rules"
    assert made.fallback_reason is None


@given(requests)
def test_the_same_request_gives_the_same_plan(asked) -> None:
    assert plan(asked) == RulePlanner().plan(asked)


@given(requests)
def test_no_step_is_longer_than_the_bound(asked) -> None:
    steps = np.linalg.norm(np.diff(points(plan(asked)), axis=0), axis=1)
    assert (steps <= MAX_STEP + 1e-9).all()


@given(requests)
def test_every_section_is_as_near_the_goal_as_the_one_before(asked) -> None:
    away = np.linalg.norm(points(plan(asked)) - [asked.goal.valence, asked.goal.arousal], axis=1)
    assert (np.diff(away) <= 1e-9).all()


@given(requests)
def test_loudness_rises_and_falls_with_the_arousal_of_the_trajectory(asked) -> None:
    made = plan(asked)
    order = np.argsort(points(made)[:, 1], kind="stable")
    assert (np.diff(np.array(made.section_dynamics)[order]) >= 0).all()


@given(axis, axis)
def test_a_person_known_for_sure_is_met_exactly(valence, arousal) -> None:
    np.testing.assert_allclose(
        points(plan(request(state=(valence, arousal))))[0], [valence, arousal], atol=1e-9
    )


def test_a_person_hardly_known_is_met_nearer_to_neutral() -> None:
    start = points(plan(request(state=(0.8, -0.6), sd=NEUTRAL_SD)))[0]
    np.testing.assert_allclose(start, [0.4, -0.3])


@given(axis, axis, axis, axis)
def test_the_goal_is_reached_and_held_when_there_is_time(valence, arousal, to_valence, to_arousal) -> None:
    made = plan(request(state=(valence, arousal), goal=(to_valence, to_arousal), minutes=15))
    np.testing.assert_allclose(points(made)[-2:], [[to_valence, to_arousal]] * 2, atol=1e-9)


def test_a_goal_too_far_for_the_time_is_approached_and_said_to_be_out_of_reach() -> None:
    made = plan(request(state=(-1, 1), goal=(1, -1), minutes=0.5))
    assert np.linalg.norm(points(made)[-1] - [1, -1]) > 1
    assert "too far to reach in 0.5 minutes" in made.rationale


def test_the_person_is_met_before_being_led() -> None:
    at_start = points(plan(request(state=(-0.6, 0.6), minutes=10)))
    while_playing = points(plan(request(state=(-0.6, 0.6), minutes=10, reason="residual: away")))
    assert _sections_at_start(at_start) == 3
    assert _sections_at_start(while_playing) == 2


def test_the_meeting_of_a_long_session_does_not_drag_on() -> None:
    made = plan(request(state=(-0.6, 0.6), minutes=120))
    assert (_sections_at_start(points(made)) - 1) * made.section_seconds <= 240


def test_tempo_and_density_are_those_of_the_goal() -> None:
    calm, lively = plan(request(goal=(0.4, -0.8))), plan(request(goal=(0.4, 0.8)))
    assert (calm.tempo_bpm, lively.tempo_bpm) == pytest.approx((55, 118), abs=1)
    assert (calm.texture_density, lively.texture_density) == pytest.approx((0.19, 0.73), abs=0.01)


def test_words_name_the_numbers() -> None:
    made = plan(request(state=(-0.2, 0.4), sd=0.1, minutes=10))
    assert "valence -0.20 (sd 0.10) and arousal +0.40 (sd 0.10)" in made.rationale
    assert "The goal 'relax' at (+0.40, -0.50) is then held for 4.0 min" in made.rationale
    assert "to 63 beats per minute" in made.description


@pytest.mark.parametrize("minutes", [0.0, -1.0, float("nan"), float("inf")])
def test_time_that_is_not_left_is_refused(minutes) -> None:
    asked = PlanRequest(
        AffectState.at(0, 0, sd=1), AffectTarget(valence=0, arousal=0), "hold", minutes, "start"
    )
    with pytest.raises(InvalidPlan, match=f"positive number of minutes, got {minutes}"):
        plan(asked)


def _sections_at_start(way) -> int:
    return int((way == way[0]).all(axis=1).sum())
