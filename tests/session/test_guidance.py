from itertools import pairwise
from queue import SimpleQueue

import numpy as np
import pytest

from affectlab.affect import AffectState
from affectlab.planning import RulePlanner, parse_goal
from affectlab.planning.profile import NOBODY
from affectlab.session.arms import ArmRequest, make_driver
from affectlab.session.brief import Brief
from affectlab.session.config import UpdateConfig
from affectlab.session.events import ControlEvent, PlanEvent
from affectlab.session.guidance import Guidance
from affectlab.session.plan_desk import PlanDesk

STEPS = np.arange(0, 200, 0.5)


def guide(arm="closed", goal="relax", profile=NOBODY, **update):
    events = []
    config = UpdateConfig(**update)
    donor = (AffectState.at(0.0, 0.0, sd=0.3, time=1.0),)
    driver = make_driver(ArmRequest(arm, config, 0, donor))
    desk = PlanDesk(RulePlanner(), seconds=1.0, waits=False, exchanges=SimpleQueue(), emit=events.append)
    guidance = Guidance(
        arm, driver, desk, config, goal=parse_goal(goal), brief=Brief(profile), emit=events.append
    )
    return guidance, driver, events
    return guidance, driver, events


def lead(guidance, driver, *, felt=None) -> dict[float, object]:
    """Steps of half a second; `felt` is decoded throughout. Returns the controls by time."""
    controls = {}
    for now in STEPS:
        driver.hear((0.0, 0.0), float(now))
        if felt is not None:
            driver.decoded(AffectState.at(*felt, sd=0.1, time=float(now)))
        if (control := guidance.step(float(now))) is not None:
            controls[float(now)] = control
    return controls


@pytest.mark.parametrize("arm", ["closed", "open", "sham", "random"])
def test_decisions_are_at_least_ten_seconds_apart_in_every_arm(arm) -> None:
    guidance, driver, events = guide(arm)
    guidance.begin(0.0, 200.0)
    controls = lead(guidance, driver)
    assert list(controls) == pytest.approx(np.arange(0, 200, 10))
    decided = [event.time for event in events if isinstance(event, ControlEvent)]
    assert decided == list(controls)
    assert all(later - earlier >= 10 for earlier, later in pairwise(decided))


def test_nothing_is_decided_without_a_plan() -> None:
    guidance, _, events = guide()
    assert guidance.step(5.0) is None
    assert events == []
    assert guidance.desired(5.0) == (0.4, -0.5)


def test_the_plan_begins_where_the_person_is_and_ends_at_the_goal() -> None:
    guidance, driver, events = guide()
    driver.reported(AffectState.at(-0.5, 0.6, sd=0.1, time=0.0))
    guidance.begin(0.0, 1200.0)
    (plan,) = [event for event in events if isinstance(event, PlanEvent)]
    first, last = plan.plan["trajectory"][0], plan.plan["trajectory"][-1]
    assert np.hypot(first["valence"] + 0.5, first["arousal"] - 0.6) < 0.4
    assert (last["valence"], last["arousal"]) == pytest.approx((0.4, -0.5), abs=0.05)
    assert guidance.desired(1195.0) == pytest.approx((0.4, -0.5), abs=0.05)


def test_controls_express_what_the_decision_asks_for() -> None:
    guidance, driver, events = guide("open")
    guidance.begin(0.0, 200.0)
    controls = lead(guidance, driver)
    for event in events:
        if isinstance(event, ControlEvent):
            control = controls[event.time]
            assert (control.valence, control.arousal) == pytest.approx(event.music, abs=1e-3)
            assert (control.tempo_bpm, control.density) == (event.tempo_bpm, event.density)
            assert 40 <= control.tempo_bpm <= 160


def test_a_new_goal_is_planned_for_at_once_and_leads_elsewhere() -> None:
    guidance, _, events = guide()
    guidance.begin(0.0, 600.0)
    guidance.choose_goal(parse_goal("energise"), 100.0)
    assert [(e.time, e.reason) for e in events] == [(0.0, "start"), (100.0, "request")]
    assert guidance.goal.name == "energise"
    assert guidance.desired(590.0)[1] > 0.3


def test_a_goal_chosen_before_the_music_waits_for_it() -> None:
    guidance, _, events = guide()
    guidance.choose_goal(parse_goal("energise"), 0.0)
    assert events == []
    guidance.begin(10.0, 600.0)
    assert events[0].plan["trajectory"][-1]["arousal"] > 0.3


@pytest.mark.parametrize(("arm", "again"), [("closed", True), ("open", False), ("random", False)])
def test_only_arms_that_listen_plan_again_for_a_person_who_does_not_follow(arm, again) -> None:
    guidance, driver, events = guide(arm)
    guidance.begin(0.0, 200.0)
    for now in STEPS:
        driver.reported(AffectState.at(-0.9, 0.9, sd=0.1, time=float(now)))
        guidance.step(float(now))
    reasons = [event.reason for event in events if isinstance(event, PlanEvent)]
    assert reasons[0] == "start"
    assert any(reason.startswith("residual: the person, believed at") for reason in reasons[1:]) == again


def test_a_slower_pace_is_kept() -> None:
    guidance, driver, _ = guide(decision_seconds=25.0)
    guidance.begin(0.0, 200.0)
    assert list(lead(guidance, driver)) == pytest.approx(np.arange(0, 200, 25))
