"""Planners that take their time, fail, or answer what they should not."""

from __future__ import annotations

import threading
from collections.abc import Callable

from affectlab.planning import InterventionPlan, PlanRequest, RulePlanner


class ScriptedPlanner:
    """Answers each request with the next of its answers; the last one again and again."""

    name = "openai:scripted"

    def __init__(self, *answers: Callable[[PlanRequest], object]) -> None:
        self._answers = list(answers)
        self.asked: list[PlanRequest] = []

    def plan(self, request: PlanRequest) -> InterventionPlan:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer(request)


def like_a_model(request: PlanRequest) -> InterventionPlan:
    """A fitting plan that is not the rules'."""
    plan = RulePlanner().plan(request)
    return plan.model_copy(update={"made_by": ScriptedPlanner.name, "description": "Of a model."})


def absurd(request: PlanRequest) -> InterventionPlan:
    """A plan that obeys the form and leaps about."""
    return like_a_model(request).model_copy(
        update={"section_dynamics": tuple(i % 2 for i in range(len(like_a_model(request).trajectory)))}
    )


def raising(error: BaseException) -> Callable[[PlanRequest], object]:
    def fail(_request: PlanRequest) -> object:
        raise error

    return fail


def held_by(gate: threading.Event) -> Callable[[PlanRequest], object]:
    """Answers once `gate` is open."""

    def answer(request: PlanRequest) -> object:
        gate.wait(60)
        return like_a_model(request)

    return answer
