"""A speaker and a guard that do what a test writes down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from affectlab.counsel.chat import ChatSettings, Counsellor
from affectlab.counsel.gate import Level, Passed, Verdict
from affectlab.errors import ContextExceeded
from affectlab.models import Identity, Request, Sampling, Speech, Spoken, Stop, Turn

CHAIN = "<empathy_think><L1>sad</L1><L2>loss</L2><L3>to be heard</L3><L4>listen</L4></empathy_think>"


def laid_out(answer: str) -> str:
    return f"{CHAIN}<answer>{answer}</answer>"


class Scripted:
    """Says the n-th script to the n-th request, the last one for ever; slowly if wanted.

    Parameters
    ----------
    scripts
        A reply each, or what makes one of a request, or an error.
    step
        Characters of a piece.
    pause
        Seconds before each piece, which a stop cuts short.
    context
        Most turns before the last that fit.
    """

    holds_to_grammar = False
    identity = Identity("scripted", "1")

    def __init__(
        self,
        *scripts: str | Exception | Callable[[Request], str],
        step: int = 7,
        pause: float = 0.0,
        context: int | None = None,
        lanes: int = 4,
    ) -> None:
        self.scripts, self.step, self.pause, self.context = list(scripts), step, pause, context
        self.lanes = lanes
        self.asked: list[tuple[Request, Sampling]] = []
        self.begun, self.closed, self.under_way, self.most = 0, 0, 0, 0
        self._lock = threading.Lock()

    def stream(
        self, request: Request, sampling: Sampling, grammar: str | None = None, stop: Stop | None = None
    ) -> Speech:
        with self._lock:
            self.asked.append((request, sampling))
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            self.begun += 1
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            return (yield from self._said(script, request, sampling, stop or Stop()))
        finally:
            with self._lock:
                self.closed += 1
                self.under_way -= 1

    def _said(self, script, request: Request, sampling: Sampling, stop: Stop) -> Speech:
        if self.context is not None and len(request.earlier) > self.context:
            raise ContextExceeded("too many turns; shorten the conversation")
        if isinstance(script, Exception):
            raise script
        text = script if isinstance(script, str) else script(request)
        wake = threading.Event()
        with stop.doing(wake.set):
            for place in range(0, len(text), self.step):
                if wake.wait(self.pause) if self.pause else stop.is_set:
                    return Spoken(False, place // self.step, 9)
                yield text[place : place + self.step]
        return Spoken(True, len(text), 9)

    def close(self) -> None:
        """Nothing to give back."""


class Watchful:
    """A guard that goes by marks: ``!high`` or ``!immediate`` in the last turn, ``DOSE`` in an answer."""

    def __init__(self, safe: str = "Please call somebody.") -> None:
        self.safe = safe
        self.checked: list[str] = []

    def read(self, turns: Sequence[Turn]) -> Verdict:
        levels: tuple[Level, ...] = ("immediate", "high", "low")
        level = next((one for one in levels if f"!{one}" in turns[-1].text), "none")
        return Verdict(level, ("mark",), "zh" if "你" in turns[-1].text else "en")

    def check(self, answer: str, turns: Sequence[Turn], verdict: Verdict) -> Passed:
        self.checked.append(answer)
        return Passed("DOSE" not in answer, ("a dose",) if "DOSE" in answer else ())

    def safe_reply(self, turns: Sequence[Turn], verdict: Verdict) -> str:
        return self.safe


def counsellor(*scripts, guard: Watchful | None = None, speaker: Scripted | None = None, **settings):
    chosen = speaker or Scripted(*scripts)
    return Counsellor(chosen, guard or Watchful(), ChatSettings(model="scripted", **settings))
