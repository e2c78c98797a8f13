"""What the researcher may say to plans, from any thread."""

from __future__ import annotations

from collections.abc import Callable

from affectlab.planning.limits import PlanLimits, Problem
from affectlab.planning.plan import InterventionPlan
from affectlab.session.plan_desk import PlanDesk

Ask = Callable[[Callable[[PlanDesk, float], None]], None]


class PlanChoices:
    """Passes on to the session's thread what is decided about its plans; done at the next tick.

    Parameters
    ----------
    desk
        Where plans come into force.
    limits
        What no plan for this person may exceed.
    ask
        Has something done in the session's thread, with the desk and the session second.
    """

    def __init__(self, desk: PlanDesk, limits: PlanLimits, ask: Ask) -> None:
        self._desk, self.limits, self._ask = desk, limits, ask

    @property
    def asks_first(self) -> bool:
        """Whether a new plan waits for a yes while another is in force."""
        return self._desk.ask_first

    @property
    def in_force(self) -> InterventionPlan | None:
        """The plan that is played, None before the music."""
        here = self._desk.in_force
        return None if here is None else here.plan

    @property
    def proposed(self) -> InterventionPlan | None:
        """The plan that waits for a yes, or None."""
        proposal = self._desk.proposal
        return None if proposal is None else proposal.plan

    def ask_first(self, wanted: bool) -> None:
        """Have new plans wait for a yes, or not."""
        self._ask(lambda desk, now: desk.set_ask_first(wanted, now))

    def accept(self) -> None:
        """Put the proposed plan in force."""
        self._ask(lambda desk, now: desk.accept(now))

    def reject(self) -> None:
        """Forget the proposed plan."""
        self._ask(lambda desk, now: desk.reject(now))

    def edit(self, before: InterventionPlan, after: InterventionPlan) -> None:
        """Put `after` in force, made of `before`, which is the proposed plan or the one in force."""
        self._ask(lambda desk, now: desk.edit(before, after, now))

    def problems(self, before: InterventionPlan, after: InterventionPlan) -> tuple[Problem, ...]:
        """Return what would keep an edit from being played."""
        return self._desk.problems(before, after)
