"""A planner that asks a language model, checks what it says, and falls back on the rules.

The model is asked in a thread of its own; `LlmPlanner.plan` waits for it no longer than the deadline,
whatever the server does. A request that is still under way then is abandoned, and until it has ended the
planner answers with the rules at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from affectlab.errors import AffectlabError
from affectlab.planning.knowledge import Found, Retriever, Wanted
from affectlab.planning.limits import MUST_NOT_PLAY, Problem
from affectlab.planning.llm.build import Built, build
from affectlab.planning.llm.cache import AnswerCache
from affectlab.planning.llm.draft import Unusable, read_draft, read_object
from affectlab.planning.llm.exchange import KEPT_CHARACTERS, Exchange, Message, Outcome, Provider
from affectlab.planning.llm.offer import Offer, offer_for
from affectlab.planning.llm.prompt import keys_of, question, repair
from affectlab.planning.plan import InterventionPlan, Planner, PlanRequest

DEADLINE_SECONDS = 10.0
"""How long a plan may take before the rules write it."""

ENTRIES = 3
"""Entries of the knowledge base that a model is shown; reading more would cost a small model's deadline."""

Told = Callable[[Exchange], None]


class _NoPlan(Exception):
    """Why a model's answer gave no plan, in one line."""


class LlmPlanner:
    """Plans by a language model; see `affectlab.planning.Planner`.

    Parameters
    ----------
    provider
        Who is asked.
    rules
        Who plans when the model does not.
    knowledge
        Where claims are looked up; None to ask without.
    deadline
        Seconds until `plan` returns at the latest.
    told
        Called with every exchange, in the thread that called `plan`.
    cache
        Answers that are known.
    """

    def __init__(
        self,
        provider: Provider,
        rules: Planner,
        *,
        knowledge: Retriever | None = None,
        deadline: float = DEADLINE_SECONDS,
        told: Told | None = None,
        cache: AnswerCache | None = None,
    ) -> None:
        self.name = provider.name
        self.deadline = deadline
        self._provider, self._rules, self._knowledge = provider, rules, knowledge
        self._told = told
        self._cache = cache or AnswerCache()
        self._working: Thread | None = None
        self._lock = Lock()

    @property
    def busy(self) -> bool:
        """Whether a request is under way, perhaps one that was given up."""
        return self._working is not None and self._working.is_alive()

    def plan(self, request: PlanRequest) -> InterventionPlan:
        """Return the model's plan, or that of the rules with the reason, by the deadline.

        Raises
        ------
        InvalidPlan
            If the rules refuse the request.
        """
        if request.profile.contraindications & MUST_NOT_PLAY:
            return self._fallback(request, "the profile rules music out")
        task = _Task(self.deadline, self.name)
        if not self._begin(task, request):
            task.note((), "", 0.0, "busy")
            self._tell(task)
            return self._fallback(request, "the model is still busy with an earlier request")
        plan, reason = task.outcome()
        self._tell(task)
        return plan or self._fallback(request, reason)

    def prepare(self, request: PlanRequest) -> None:
        """Load the model, if need be, and let it read what a plan for `request` begins with; takes its time.

        Raises
        ------
        AffectlabError
            If the model cannot be loaded.
        """
        self._provider.warm(self._asked(request)[1])

    def close(self) -> None:
        """Give back the model's memory and connections."""
        self._provider.close()

    def _begin(self, task: _Task, request: PlanRequest) -> bool:
        with self._lock:
            if self.busy:
                return False
            self._working = Thread(target=self._work, args=(task, request), name="planner", daemon=True)
            self._working.start()
        return True

    def _work(self, task: _Task, request: PlanRequest) -> None:
        try:
            task.finish(self._attempt(task, request), "")
        except _NoPlan as error:
            task.finish(None, str(error))
        except (AffectlabError, OSError, ValueError, RuntimeError) as error:
            task.finish(None, _line(error))

    def _attempt(self, task: _Task, request: PlanRequest) -> InterventionPlan:
        offer, asked = self._asked(request)
        schema = offer.schema()
        key = AnswerCache.key(self._provider.identity, asked, schema)
        known = self._cache.get(key)
        if known is not None:
            try:
                built = build(read_draft(known), request, offer, self.name)
            except Unusable:
                known = None
            else:
                task.note(asked, "", 0.0, "cached", _dropped(built))
                return built.plan
        content, built = self._answered(task, request, offer, asked)
        self._cache.put(key, content)
        return built.plan

    def _answered(
        self, task: _Task, request: PlanRequest, offer: Offer, asked: tuple[Message, ...]
    ) -> tuple[dict[str, Any], Built]:
        """Ask, and once more where the answer was wrong."""
        schema, content = offer.schema(), dict[str, Any]()
        for last in (False, True):
            answer, seconds = self._ask(task, asked, schema)
            try:
                content |= read_object(answer)
                built = build(read_draft(content), request, offer, self.name)
            except Unusable as error:
                wrong = error.problems
                task.note(asked, answer, seconds, "invalid" if last else "repair", _said(wrong))
            else:
                task.note(asked, answer, seconds, "valid", _dropped(built))
                return content, built
            asked = repair(asked, answer, wrong, request.profile.language)
            schema = offer.schema(keys_of(wrong, offer.schema()))
        raise _NoPlan(f"the model's plan was still wrong after a repair: {_said(wrong)}")

    def _ask(self, task: _Task, asked: tuple[Message, ...], schema: dict[str, Any]) -> tuple[str, float]:
        began = time.monotonic()
        task.asking(asked)
        try:
            answer = self._provider.answer(asked, schema, task.left())
        except TimeoutError:
            task.note(asked, "", time.monotonic() - began, "late")
            raise _NoPlan(task.too_late) from None
        except AffectlabError as error:
            task.note(asked, "", time.monotonic() - began, "failed", _line(error))
            raise
        return answer, time.monotonic() - began

    def _asked(self, request: PlanRequest) -> tuple[Offer, tuple[Message, ...]]:
        offer = offer_for(request, self._found(request))
        return offer, question(request, offer, bounds=not self._provider.strict)

    def _found(self, request: PlanRequest) -> tuple[Found, ...]:
        if self._knowledge is None:
            return ()
        wanted = Wanted(_sought(request), request.profile.contraindications, 2 * ENTRIES)
        found = offer_for(request, self._knowledge.search(wanted)).entries
        return found[:ENTRIES]

    def _fallback(self, request: PlanRequest, reason: str) -> InterventionPlan:
        plan = self._rules.plan(request)
        return plan.model_copy(update={"fallback_reason": f"{self.name}: {reason}"})

    def _tell(self, task: _Task) -> None:
        if self._told is not None:
            for exchange in task.exchanges():
                self._told(exchange)


@dataclass
class _Task:
    """One plan under way, seen from the thread that waits and the one that works."""

    seconds: float
    planner: str
    _noted: list[Exchange] = field(default_factory=list)
    _open: tuple[Message, ...] = ()
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds
        self._done = Event()
        self._result: tuple[InterventionPlan | None, str] = None, self.too_late

    @property
    def too_late(self) -> str:
        return f"no plan after {self.seconds:g} s"

    def left(self) -> float:
        return max(self._end - time.monotonic(), 0.001)

    def asking(self, asked: tuple[Message, ...]) -> None:
        with self._lock:
            self._open = asked

    def note(
        self, asked: tuple[Message, ...], answer: str, seconds: float, outcome: Outcome, remark: str = ""
    ) -> None:
        with self._lock:
            kept = answer[:KEPT_CHARACTERS]
            self._noted.append(Exchange(self.planner, asked, kept, seconds, outcome, remark))
            self._open = ()

    def finish(self, plan: InterventionPlan | None, reason: str) -> None:
        self._result = plan, reason
        self._done.set()

    def outcome(self) -> tuple[InterventionPlan | None, str]:
        """Wait, no longer than the deadline."""
        # A little longer, so that a request that ends itself at the deadline is not called abandoned.
        self._done.wait(self.left() + 0.05)
        return self._result if self._done.is_set() else (None, self.too_late)

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return what was asked so far; a question without an answer is late."""
        with self._lock:
            late = Exchange(self.planner, self._open, "", self.seconds, "late")
            return (*self._noted, *((late,) if self._open else ()))


def _sought(request: PlanRequest) -> str:
    profile = request.profile
    return " ".join(
        (request.goal_name, *profile.goals[:3], *profile.preferred[:3], request.wish[:120])
    ).strip()


def _said(wrong: tuple[Problem, ...]) -> str:
    return _cut("; ".join(f"{one.field or 'answer'} {one.message}" for one in wrong))


def _dropped(built: Built) -> str:
    return _cut(f"citations dropped: {', '.join(built.dropped)}") if built.dropped else ""


def _line(error: Exception) -> str:
    return _cut(str(error) or type(error).__name__)


def _cut(text: str) -> str:
    return " ".join(text.split())[:300]
