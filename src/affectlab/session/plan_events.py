"""Events of the planning: what is recorded of plans, choices and exchanges."""

from __future__ import annotations

from typing import Any

from affectlab.planning.llm.exchange import Exchange
from affectlab.planning.plan import InterventionPlan
from affectlab.session.events import ExchangeEvent, PlanChoiceEvent, PlanEvent


def plan_event(plan: InterventionPlan, reason: str, now: float) -> PlanEvent:
    """Return the event of a plan that came into force at `now`."""
    return PlanEvent(time=now, planner=plan.made_by, reason=reason, plan=_json(plan))


def choice_event(
    action: str,
    who: str,
    now: float,
    *,
    before: InterventionPlan | None,
    after: InterventionPlan | None,
    proposal: InterventionPlan | None,
) -> PlanChoiceEvent:
    """Return the event of what `who` proposed or decided at `now`."""
    plans = {"before": before, "after": after, "proposal": proposal}
    held = {name: None if plan is None else _json(plan) for name, plan in plans.items()}
    return PlanChoiceEvent(time=now, who=who, action=action, **held)


def exchange_event(exchange: Exchange, now: float) -> ExchangeEvent:
    """Return the event of an exchange whose answer was taken in at `now`."""
    return ExchangeEvent(
        time=now,
        model=exchange.planner,
        messages=[{"role": one.role, "text": one.text} for one in exchange.messages],
        answer=exchange.answer,
        seconds=round(exchange.seconds, 3),
        outcome=exchange.outcome,
        remark=exchange.remark,
    )


def _json(plan: InterventionPlan) -> dict[str, Any]:
    return plan.model_dump(by_alias=True, mode="json")
