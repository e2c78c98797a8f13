"""The plan in force: who makes it, what takes its place, and what the researcher says to that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import SimpleQueue

from affectlab.planning.background import BackgroundPlanner, Finished
from affectlab.planning.limits import Problem, problems
from affectlab.planning.llm.exchange import Exchange
from affectlab.planning.plan import InterventionPlan, Planner, PlanRequest
from affectlab.planning.rules import RulePlanner
from affectlab.session.events import (
    Event,
    NoticeEvent,
    PageEvent,
    PlanChoiceEvent,
)
from affectlab.session.plan_counts import PlanCounts
from affectlab.session.plan_events import choice_event, exchange_event, plan_event

RESEARCHER = "researcher"
CHOSEN = "request"
"""The reason of a plan whose goal somebody has just chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class InForce:
    """A plan, what it answers, the session second at which it began, and whose answer may take its place."""

    plan: InterventionPlan
    request: PlanRequest
    began: float
    awaits: PlanRequest | None = None


class PlanDesk:
    """Keeps one plan in force from `begin` on, and never waits for a planner in real time.

    Everything here runs in the session's thread; `in_force` and `proposal` are replaced as a whole and may be
    read from any.

    Parameters
    ----------
    planner
        Writes the plans. The rules answer at once; any other is asked in the background while the rules'
        plan is played.
    seconds
        How long an answer may take.
    waits
        Whether time stands still until the planner has answered, as simulated time does.
    exchanges
        Where a model's planner puts what it was told and what it answered.
    emit
        Receives what happens.
    """

    def __init__(
        self,
        planner: Planner,
        *,
        seconds: float,
        waits: bool,
        exchanges: SimpleQueue[Exchange],
        emit: Callable[[Event], None],
    ) -> None:
        self._rules = planner if isinstance(planner, RulePlanner) else RulePlanner()
        self._instant = self._rules if planner is self._rules else None
        self._background = BackgroundPlanner(planner, seconds=seconds, rules=self._rules)
        self._waits, self._exchanges, self._emit = waits, exchanges, emit
        self._ready: Finished | None = None
        self.ask_first = False
        self.counts = PlanCounts()
        self.in_force: InForce | None = None
        self.proposal: InForce | None = None

    def warm(self, request: PlanRequest) -> None:
        """Let the planner load what it needs; nobody waits for that but the first plan."""
        if self._instant is None:
            self._background.warm(request)

    def prepare(self, request: PlanRequest) -> None:
        """Ask early for the first plan, so that it may be there when the music begins."""
        if self._instant is None and not self._waits:
            self._background.ask(request)

    def begin(self, request: PlanRequest, now: float) -> None:
        """Put a plan for `request` in force; where it is to be asked for first, propose it."""
        self.counts.replans += self.in_force is not None
        if self.proposal is not None and request.reason == CHOSEN:
            self._emit(self._choice("expire", CHOSEN, now, after=None, proposal=self.proposal.plan))
            self.proposal = None
        if self._instant is not None:
            self._offer(self._instant.plan(request), request, now)
        elif self._waits:
            self._background.ask(request)
            finished = self._background.wait()
            if finished is not None:
                self._tell(now)
                self._count(finished, now)
                self._offer(finished.plan, request, now)
        else:
            self._meanwhile(request, now)

    def poll(self, now: float) -> None:
        """Take in what planners have answered and said since the last time; never waits."""
        if self._instant is not None:
            return
        self._tell(now)
        finished = self._background.poll()
        if finished is None:
            return
        self._count(finished, now)
        here = self.in_force
        if here is None:
            self._ready = finished if finished.plan.fallback_reason is None else None
        elif here.awaits is finished.request:
            self._arrive(finished.plan, here, now)
        else:
            self._offer(finished.plan, finished.request, now)

    def drop(self) -> None:
        """Forget a first plan that was asked for early; it was for something else."""
        self._ready = None
        self._background.forget()

    def close(self, now: float) -> None:
        """Take in what was said last; nobody waits for an answer any more."""
        self._background.close()
        self._tell(now)

    # What the researcher says

    def set_ask_first(self, wanted: bool, now: float) -> None:
        """Have new plans wait for a yes while another is in force, or come into force by themselves."""
        if wanted != self.ask_first:
            self.ask_first = wanted
            self._emit(PageEvent(time=now, kind="ask_first", data={"on": wanted}))

    def accept(self, now: float) -> None:
        """Put the proposed plan in force."""
        proposed = self.proposal
        if proposed is None:
            self._notice("there is no proposed plan to accept", now)
            return
        self._choose("accept", now, after=proposed.plan)
        self._enter(replace(proposed, began=now), "accepted by the researcher", now)

    def reject(self, now: float) -> None:
        """Leave the plan in force as it is, and forget the proposed one."""
        if self.proposal is None:
            self._notice("there is no proposed plan to reject", now)
            return
        self._choose("reject", now, after=None)

    def edit(self, before: InterventionPlan, after: InterventionPlan, now: float) -> None:
        """Put `after` in force, which the researcher made of `before`: the proposed plan or the one in force.

        A plan that has changed meanwhile, or an edit that breaks a limit, is refused with a notice.
        """
        edited = self._edited(before)
        if edited is None:
            self._notice("an edit was not taken: the plan it began from is no longer there", now)
            return
        found = problems(after, edited.request)
        if found:
            self._notice(f"an edit was not taken: {found[0].field} {found[0].message}", now)
            return
        proposed = edited is self.proposal
        self._choose("edit", now, after=after, of_proposal=proposed)
        reason = f"edited by the researcher, based on a plan by {before.made_by}"
        self._enter(InForce(after, edited.request, now if proposed else edited.began), reason, now)

    def problems(self, before: InterventionPlan, after: InterventionPlan) -> tuple[Problem, ...]:
        """Return what keeps an edit from being played; may be called from any thread."""
        edited = self._edited(before)
        return () if edited is None else problems(after, edited.request)

    # How plans come into force

    def _edited(self, before: InterventionPlan) -> InForce | None:
        candidates = (self.proposal, self.in_force)
        return next((one for one in candidates if one is not None and one.plan == before), None)

    def _meanwhile(self, request: PlanRequest, now: float) -> None:
        """Put the early answer in force if it still fits; else ask, and let the rules' plan play."""
        ready, self._ready = self._ready, None
        if ready is not None and not problems(ready.plan, request):
            self._enter_first(ready.plan, request, now)
            return
        awaited = self._background.pending if self.in_force is None else None
        meanwhile = self._rules.plan(request) if awaited is not None else self._background.ask(request)
        if not self._asks(request):
            reason = f"{request.reason}; until {self._background.name} has answered"
            self._enter(InForce(meanwhile, request, now, awaited or request), reason, now)

    def _enter_first(self, plan: InterventionPlan, request: PlanRequest, now: float) -> None:
        """Begin with a plan that was there in time, or with the rules' and a question."""
        first = self._rules.plan(request) if self.ask_first else plan
        self._enter(InForce(first, request, now), request.reason, now)
        if self.ask_first:
            self._propose(plan, request, now)

    def _arrive(self, plan: InterventionPlan, here: InForce, now: float) -> None:
        """Let a model's plan take the place of the one that was played meanwhile, or write down why not."""
        # The state may have moved since a first plan was asked for.
        found = problems(plan, here.request)
        if plan.fallback_reason is not None:
            self._explain(here, plan.fallback_reason, now)
        elif found:
            reason = f"{plan.made_by}: {found[0].field} {found[0].message}"
            self.counts.fallbacks += 1
            self._notice(f"the rules plan instead: {reason}", now)
            self._explain(here, reason, now)
        else:
            self._offer(plan, here.request, now)

    def _offer(self, plan: InterventionPlan, request: PlanRequest, now: float) -> None:
        if self._asks(request):
            self._propose(plan, request, now)
        else:
            self._enter(InForce(plan, request, now), request.reason, now)

    def _asks(self, request: PlanRequest) -> bool:
        """Whether a plan must be asked for: an edited one is never replaced unasked, unless its goal is."""
        here = self.in_force
        if here is None or (request.reason == CHOSEN and here.request is not request):
            return False
        return self.ask_first or here.plan.made_by == RESEARCHER

    def _propose(self, plan: InterventionPlan, request: PlanRequest, now: float) -> None:
        self.proposal = InForce(plan, request, now)
        self._emit(self._choice("propose", plan.made_by, now, after=None, proposal=plan))

    def _enter(self, entering: InForce, reason: str, now: float) -> None:
        plan, self.in_force = entering.plan, entering
        self.counts.plans[plan.made_by] += 1
        self._emit(plan_event(plan, reason, now))

    def _explain(self, here: InForce, reason: str, now: float) -> None:
        """Write into the rules' plan in force why it stays."""
        plan = here.plan.model_copy(update={"fallback_reason": reason})
        self.in_force = replace(here, plan=plan, awaits=None)
        self._emit(plan_event(plan, f"it stays: {reason}", now))

    # What is told

    def _choose(
        self, action: str, now: float, *, after: InterventionPlan | None, of_proposal: bool = True
    ) -> None:
        proposed = self.proposal.plan if self.proposal is not None and of_proposal else None
        self.counts.choices[action] += 1
        self._emit(self._choice(action, RESEARCHER, now, after=after, proposal=proposed))
        if of_proposal:
            self.proposal = None

    def _choice(
        self,
        action: str,
        who: str,
        now: float,
        *,
        after: InterventionPlan | None,
        proposal: InterventionPlan | None,
    ) -> PlanChoiceEvent:
        before = None if self.in_force is None else self.in_force.plan
        return choice_event(action, who, now, before=before, after=after, proposal=proposal)

    def _count(self, finished: Finished, now: float) -> None:
        self.counts.missed += finished.missed
        if finished.plan.fallback_reason is not None:
            self.counts.fallbacks += 1
            self._notice(f"the rules plan instead: {finished.plan.fallback_reason}", now)

    def _tell(self, now: float) -> None:
        while not self._exchanges.empty():
            self.counts.exchanges += 1
            self._emit(exchange_event(self._exchanges.get_nowait(), now))
        for note in self._background.notes():
            self.counts.dropped += 1
            self._notice(note, now)

    def _notice(self, text: str, now: float) -> None:
        self._emit(NoticeEvent(time=now, kind="plan", text=text))
