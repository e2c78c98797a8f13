"""A planner that takes its time, kept off the thread that plays the music."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field

from affectlab.errors import AffectlabError
from affectlab.planning.limits import problems
from affectlab.planning.plan import InterventionPlan, Planner, PlanRequest, Preparable
from affectlab.planning.rules import RulePlanner

GRACE = 1.0
"""Seconds beyond the deadline in which a planner that keeps deadlines itself may still say why it is late."""


WARMING_SECONDS = 120.0
"""How long a planner may take to get ready before that counts as being late."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A plan that was asked for.

    Parameters
    ----------
    plan
        Of the planner, or of the rules with the `fallback_reason`.
    request
        What was asked.
    seconds
        Wall seconds from the question to the answer.
    missed
        Whether the deadline passed without an answer.
    """

    plan: InterventionPlan
    request: PlanRequest
    seconds: float
    missed: bool = False


@dataclass(slots=True, eq=False)
class _Job:
    request: PlanRequest
    asked: float
    begun: float | None = None
    plan: InterventionPlan | None = None
    failure: str | None = None
    over: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True, eq=False)
class _Warming:
    request: PlanRequest


class BackgroundPlanner:
    """Wraps a planner: `ask` returns at once with what the rules would do, `poll` once with its own answer.

    One thread asks the planner, one request at a time. A newer request replaces an older one, whose answer
    is then dropped and noted. The methods belong to one thread.

    Parameters
    ----------
    planner
        Whoever writes the plans; may hang, raise, or answer late.
    seconds
        How long an answer may take, > 0; a planner that is still busy with an earlier request is waited for
        as long again.
    rules
        Writes the plan to play meanwhile, and the one to fall back on; must be immediate.
    """

    def __init__(self, planner: Planner, *, seconds: float, rules: Planner | None = None) -> None:
        self._planner, self._seconds = planner, seconds
        self._rules: Planner = rules or RulePlanner()
        self._jobs: queue.SimpleQueue[_Job | _Warming | None] = queue.SimpleQueue()
        self._notes: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._current: _Job | None = None
        self._warm_by = 0.0
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """Name of the planner that is wrapped."""
        return self._planner.name

    @property
    def pending(self) -> PlanRequest | None:
        """The request that is being worked on, or None."""
        return None if self._current is None else self._current.request

    def warm(self, request: PlanRequest) -> None:
        """Let a planner that has to load something do so; what is asked meanwhile waits for it."""
        if isinstance(self._planner, Preparable):
            self._warm_by = time.monotonic() + WARMING_SECONDS
            self._hand(_Warming(request))

    def ask(self, request: PlanRequest) -> InterventionPlan:
        """Start the work on `request`; return the rules' plan at once.

        Raises
        ------
        InvalidPlan
            If not even the rules have a plan for this request.
        """
        meanwhile = self._rules.plan(request)
        if self._current is not None:
            self._notes.put(f"{self.name} is asked again before it has answered; its first answer is dropped")
        job = self._current = _Job(request, time.monotonic())
        self._hand(job)
        return meanwhile

    def poll(self) -> Finished | None:
        """Return the answer to the newest request when it is there or overdue, else None; never waits."""
        job = self._current
        if job is None or not (job.over.is_set() or self._left(job) <= 0):
            return None
        self._current = None
        taken = time.monotonic() - job.asked
        if not job.over.is_set():
            return Finished(self._fall_back(job.request, self._overdue(job)), job.request, taken, missed=True)
        if job.plan is None:
            return Finished(self._fall_back(job.request, str(job.failure)), job.request, taken)
        return Finished(job.plan, job.request, taken)

    def wait(self) -> Finished | None:
        """Wait for the answer to the newest request, at most as long as it may take; None without one."""
        while (job := self._current) is not None:
            if (finished := self.poll()) is not None:
                return finished
            job.over.wait(min(self._left(job), 0.05))
        return None

    def notes(self) -> tuple[str, ...]:
        """Return what happened to answers that nobody waits for any more, since the last call."""
        found = []
        while not self._notes.empty():
            found.append(self._notes.get_nowait())
        return tuple(found)

    def forget(self) -> None:
        """Wait no longer for the answer to the newest request."""
        self._current = None

    def close(self) -> None:
        """Drop what is being worked on; the thread ends when the planner lets go of it."""
        self.forget()
        self._jobs.put(None)
        self._thread = None

    def _hand(self, job: _Job | _Warming) -> None:
        if self._thread is None:
            # A planner that hangs for good must not keep the program from ending.
            self._thread = threading.Thread(target=self._work, name="planner", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def _left(self, job: _Job) -> float:
        if job.begun is None:
            return max(job.asked, self._warm_by) + self._seconds - time.monotonic()
        return job.begun + self._seconds + GRACE - time.monotonic()

    def _overdue(self, job: _Job) -> str:
        if job.begun is None:
            return f"{self.name} is still busy with an earlier request"
        return f"{self.name} did not answer within {self._seconds:g} s"

    def _fall_back(self, request: PlanRequest, reason: str) -> InterventionPlan:
        return self._rules.plan(request).model_copy(update={"fallback_reason": reason})

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if isinstance(job, _Warming):
                self._warm(job.request)
            elif job is self._current:
                job.begun = time.monotonic()
                self._answer(job)
                if job is not self._current:
                    taken = time.monotonic() - job.asked
                    self._notes.put(f"an answer of {self.name} came too late, after {taken:.1f} s: dropped")

    def _warm(self, request: PlanRequest) -> None:
        if not isinstance(self._planner, Preparable):
            raise AssertionError("a planner that needs no warming was warmed")
        try:
            self._planner.prepare(request)
        except BaseException as error:  # noqa: BLE001 - the thread's border: whatever it was, the rules play on
            self._notes.put(f"{self.name} could not be made ready: {_in_one_line(error)}")
        self._warm_by = 0.0

    def _answer(self, job: _Job) -> None:
        try:
            plan = self._planner.plan(job.request)
            job.failure = _unfit(plan, job.request)
            job.plan = plan if job.failure is None else None
        except AffectlabError as error:
            job.failure = f"{self.name}: {error}"
        except BaseException as error:  # noqa: BLE001 - the thread's border: whatever it was, the rules play on
            job.failure = f"{self.name} failed: {_in_one_line(error)}"
        job.over.set()


def _unfit(plan: object, request: PlanRequest) -> str | None:
    """Say why an answer cannot be played, whoever gave it; None for one that can."""
    if not isinstance(plan, InterventionPlan):
        return f"the answer is no plan but {type(plan).__name__}"
    # The rules' own plans are what there is to fall back on.
    if plan.made_by == RulePlanner.name:
        return None
    found = problems(plan, request)
    return None if not found else f"{plan.made_by}: {found[0].field} {found[0].message}"


def _in_one_line(error: BaseException) -> str:
    words = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
