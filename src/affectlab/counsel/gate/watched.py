"""A grader under watch: what raises, hangs or answers rubbish is down, and says nothing reassuring."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from affectlab.counsel.gate.verdict import LEVELS, Grader, Verdict
from affectlab.models import Turn

_ABANDONED = 4
"""Calls that may hang at once before a grader is down without being asked; ours."""


@dataclass(frozen=True, slots=True)
class Down:
    """Why a grader has no say."""

    reason: str


class Watched:
    """Asks a grader in a thread of its own and waits no longer than the deadline."""

    def __init__(self, grader: Grader, deadline_s: float) -> None:
        self.name = grader.name
        self._grader = grader
        self._deadline_s = deadline_s
        self._free = threading.Semaphore(_ABANDONED)

    def grade(self, turns: Sequence[Turn]) -> Verdict | Down:
        """Return the grader's verdict, or that it is down; never raises."""
        if not self._free.acquire(timeout=self._deadline_s):
            return Down("earlier calls still hang")
        answers: queue.SimpleQueue[object] = queue.SimpleQueue()
        threading.Thread(target=self._ask, args=(tuple(turns), answers), daemon=True).start()
        try:
            return _sound(answers.get(timeout=self._deadline_s))
        except queue.Empty:
            return Down(f"no answer within {self._deadline_s:g} s")

    def _ask(self, turns: Sequence[Turn], answers: queue.SimpleQueue[object]) -> None:
        try:
            answers.put(self._grader.grade(turns))
        except BaseException as error:  # noqa: BLE001 — whatever it was, the gate must know and stay closed
            answers.put(Down(f"{type(error).__name__}: {str(error)[:200]}"))
        finally:
            self._free.release()


def _sound(answer: object) -> Verdict | Down:
    if isinstance(answer, Down):
        return answer
    if (
        isinstance(answer, Verdict)
        and answer.level in LEVELS
        and all(isinstance(one, str) for one in answer.reasons)
    ):
        return answer
    return Down(f"answered {str(answer)[:80]!r} and no verdict")
