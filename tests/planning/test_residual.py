from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_requests import states, targets

from affectlab.affect import AffectState
from affectlab.errors import InvalidConfig
from affectlab.planning import AffectTarget, ResidualWatch

HERE = AffectState.at(-0.4, 0.4, sd=0.2)
GOAL = AffectTarget(valence=0.4, arousal=-0.4)
NEAR = AffectTarget(valence=-0.3, arousal=0.4)


def first_answer(watch, belief, target, times):
    return next((time for time in times if watch.check(time, belief, target) is not None), None)


def test_a_lasting_residual_asks_once_after_the_dwell() -> None:
    watch = ResidualWatch(dwell_seconds=30)
    assert first_answer(watch, HERE, GOAL, range(0, 200, 10)) == 30
    assert first_answer(watch, HERE, GOAL, range(40, 2000, 10)) is None


def test_the_reason_names_the_numbers() -> None:
    watch = ResidualWatch(dwell_seconds=0)
    reason = watch.check(0.0, HERE, GOAL)
    assert "(-0.40, +0.40)" in reason
    assert "now 1.13 or 5.7 standard deviations from (+0.40, -0.40)" in reason


def test_coming_back_starts_the_dwell_again() -> None:
    watch = ResidualWatch(dwell_seconds=30)
    assert first_answer(watch, HERE, GOAL, (0, 10, 20)) is None
    assert watch.check(25, HERE, NEAR) is None
    assert first_answer(watch, HERE, GOAL, range(30, 200, 10)) == 60


def test_a_fresh_plan_is_left_alone_for_a_while() -> None:
    watch = ResidualWatch(dwell_seconds=30, pause_seconds=120)
    watch.restart(100.0)
    assert first_answer(watch, HERE, GOAL, range(100, 400, 10)) == 220
    watch.restart(220.0)
    assert first_answer(watch, HERE, GOAL, range(220, 600, 10)) == 340


def test_doubt_makes_the_same_distance_matter_less() -> None:
    vague = AffectState.at(-0.4, 0.4, sd=0.6)
    assert first_answer(ResidualWatch(), vague, GOAL, range(0, 1000, 10)) is None


def test_only_the_axis_that_is_known_counts() -> None:
    known_arousal = AffectState(np.array([0.0, 0.0]), np.diag([1.0, 0.01]), 0.0)
    off_valence, off_arousal = AffectTarget(valence=0.9, arousal=0), AffectTarget(valence=0, arousal=0.9)
    assert first_answer(ResidualWatch(), known_arousal, off_valence, range(0, 1000, 10)) is None
    assert first_answer(ResidualWatch(), known_arousal, off_arousal, range(0, 1000, 10)) == 30


def test_a_very_sure_belief_does_not_fuss_over_a_hair() -> None:
    sure = AffectState.at(-0.4, 0.4, sd=0.001)
    assert first_answer(ResidualWatch(), sure, NEAR, range(0, 1000, 10)) is None


@given(states, targets, st.lists(st.floats(0, 60), max_size=30))
def test_never_two_plans_within_the_pause(belief, target, steps) -> None:
    watch, asked, now = ResidualWatch(pause_seconds=120), [], 0.0
    for step in steps:
        now += step
        if watch.check(now, belief, target) is not None:
            asked.append(now)
            watch.restart(now)
    assert all(later - earlier >= 120 for earlier, later in pairwise(asked))


@pytest.mark.parametrize(
    ("name", "value"), [("deviations", 0), ("least_distance", -1), ("dwell_seconds", float("nan"))]
)
def test_parameters_out_of_range_are_named(name, value) -> None:
    with pytest.raises(InvalidConfig, match=f"{name} of the residual watch must be .*, got {value}"):
        ResidualWatch(**{name: value})
