import threading
import time

import pytest
from planning_requests import request
from slow_planners import ScriptedPlanner, absurd, held_by, like_a_model, raising

from affectlab.errors import ModelUnavailable
from affectlab.planning import RulePlanner
from affectlab.planning.background import BackgroundPlanner


@pytest.fixture
def gate():
    opened = threading.Event()
    yield opened
    opened.set()


def asking(*answers, seconds=30.0):
    planner = ScriptedPlanner(*answers)
    return planner, BackgroundPlanner(planner, seconds=seconds)


def test_the_rules_answer_at_once_and_the_planner_when_it_is_done(gate) -> None:
    _, background = asking(held_by(gate))
    meanwhile = background.ask(request())
    assert meanwhile == RulePlanner().plan(request())
    assert background.poll() is None
    assert background.pending is not None
    gate.set()
    finished = background.wait()
    assert finished.plan.made_by == "openai:scripted"
    assert finished.plan.fallback_reason is None
    assert not finished.missed
    assert background.poll() is None
    assert background.pending is None


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (raising(ModelUnavailable("the server at :1 does not answer")), "the server at :1 does not answer"),
        (raising(RuntimeError("two\nlines")), "openai:scripted failed: RuntimeError: two lines"),
        (raising(MemoryError()), "openai:scripted failed: MemoryError"),
        (raising(SystemExit(3)), "openai:scripted failed: SystemExit: 3"),
        (lambda _request: "rubbish", "the answer is no plan but str"),
        (lambda _request: None, "the answer is no plan but NoneType"),
        (absurd, "section_dynamics"),
    ],
)
def test_whatever_a_planner_does_the_rules_answer_and_say_why(answer, line) -> None:
    _, background = asking(answer)
    background.ask(request())
    finished = background.wait()
    assert finished.plan.made_by == "rules"
    assert line in finished.plan.fallback_reason
    assert "\n" not in finished.plan.fallback_reason
    assert not finished.missed


def test_a_planner_that_failed_is_asked_again() -> None:
    _, background = asking(raising(SystemExit()), like_a_model)
    background.ask(request())
    assert background.wait().plan.made_by == "rules"
    background.ask(request())
    assert background.wait().plan.made_by == "openai:scripted"


def test_a_planner_that_hangs_is_not_waited_for_beyond_its_deadline(gate, monkeypatch) -> None:
    monkeypatch.setattr("affectlab.planning.background.GRACE", 0.0)
    _, background = asking(held_by(gate), like_a_model, seconds=0.05)
    background.ask(request())
    finished = background.wait()
    assert finished.missed
    assert finished.plan.fallback_reason == "openai:scripted did not answer within 0.05 s"
    background.ask(request())
    again = background.wait()
    assert again.missed
    assert again.plan.fallback_reason == "openai:scripted is still busy with an earlier request"


def test_an_answer_to_an_older_request_is_dropped_and_noted(gate) -> None:
    planner, background = asking(held_by(gate), like_a_model)
    older, newer = request(goal=(0.4, -0.5)), request(goal=(-0.2, 0.1))
    background.ask(older)
    while not planner.asked:
        time.sleep(0.001)
    background.ask(newer)
    gate.set()
    finished = background.wait()
    assert finished.request is newer
    assert planner.asked == [older, newer]
    assert len(background.notes()) == 2
    assert background.notes() == ()


def test_requests_that_nobody_waits_for_are_never_put_to_the_planner(gate) -> None:
    planner, background = asking(held_by(gate), like_a_model)
    first, second, third = request(), request(), request()
    background.ask(first)
    while not planner.asked:
        time.sleep(0.001)
    background.ask(second)
    background.ask(third)
    gate.set()
    assert background.wait().request is third
    assert [one is asked for one, asked in zip((first, third), planner.asked, strict=True)] == [True, True]


def test_a_closed_one_has_nothing_to_say(gate) -> None:
    _, background = asking(held_by(gate))
    background.ask(request())
    background.close()
    gate.set()
    assert background.wait() is None
    assert background.poll() is None
