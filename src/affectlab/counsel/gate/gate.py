"""The risk gate as a chat uses it: read the person's words, check the model's, say what is safe."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, Self

from affectlab.counsel.gate.answers import AnswerRules
from affectlab.counsel.gate.classifier import ClassifierGrader
from affectlab.counsel.gate.config import GateConfig
from affectlab.counsel.gate.conversation import ConversationRules, TurnFindings
from affectlab.counsel.gate.course import latched
from affectlab.counsel.gate.decision import CLOSED, Decision, action_of, at_least, combined
from affectlab.counsel.gate.decision_log import DecisionLog
from affectlab.counsel.gate.helplines import read_helplines
from affectlab.counsel.gate.language import language_of, unreadable
from affectlab.counsel.gate.replies import EARLIER, SafeReplies
from affectlab.counsel.gate.verdict import LEVELS, Grader, Level, Passed, Verdict
from affectlab.counsel.gate.watched import Down, Watched
from affectlab.models import Turn

_REMEMBERED = 10_000
"""Conversations whose grades are kept for the turns that follow; ours."""


class RiskGate:
    """Stands between a person and a model, and is closed when anything fails.

    Open it with `open`, use it as a context manager or call `close`. Methods may be called from several
    threads; a conversation is known by its words, so nobody's turns mix with another's.
    """

    def __init__(
        self,
        config: GateConfig,
        rules: ConversationRules,
        graders: Sequence[Grader],
        replies: SafeReplies,
        log: DecisionLog | None,
        notice: str = "",
    ) -> None:
        self.notice = notice
        """What whoever runs the gate must be told; empty where there is nothing."""
        self._config = config
        self._rules = rules
        self._graders = [Watched(grader, config.deadline_s) for grader in graders]
        self._replies = replies
        self._answers = AnswerRules()
        self._log = log
        self._graded: OrderedDict[bytes, Level] = OrderedDict()
        self._remembering = threading.Lock()

    @classmethod
    def open(cls, config: GateConfig, graders: Sequence[Grader] = ()) -> Self:
        """Open the gate with the rules, the classifier that `config` asks for, and further `graders`.

        Raises
        ------
        CounselError
            If the rules, the classifier, the helplines or the log cannot be opened.
        """
        rules = ConversationRules(config.rules)
        helplines = read_helplines(config.helplines, config.locale) if config.helplines else None
        asked = [*([ClassifierGrader.shipped()] if config.classifier else []), *graders]
        replies = SafeReplies(helplines, config.locale)
        log = DecisionLog(config.log, keep_text=config.log_text) if config.log else None
        notice = (
            "the helplines are EXAMPLE data with fictitious numbers"
            if helplines and helplines.example
            else ""
        )
        return cls(config, rules, asked, replies, log, notice)

    def read(self, turns: Sequence[Turn]) -> Verdict:
        """Grade a conversation that ends with the person's words; never raises."""
        return self.decide(turns).verdict

    def decide(self, turns: Sequence[Turn]) -> Decision:
        """Grade as `read` does, and say what each grader said; never raises."""
        try:
            decision = self._decided(turns)
        except Exception as error:  # noqa: BLE001 — whatever it was, the gate closes
            decision = Decision(_failed(error, turns), {"rules": f"down: {type(error).__name__}"})
        about = decision.to_json()
        if lost := self._logged("read", turns[-1].text if turns else "", about):
            verdict = decision.verdict
            kept = Verdict(at_least(verdict.level, "low"), (*verdict.reasons, lost), verdict.language)
            return Decision(kept, decision.graders)
        return decision

    def check(self, answer: str, turns: Sequence[Turn], verdict: Verdict) -> Passed:  # noqa: ARG002
        """Say whether the model's answer may be shown; never raises, and at immediate always says no.

        `turns` are for gates that judge an answer by what it answers; this one does not.
        """
        try:
            passed = self._answers.check(answer, verdict.level)
            if action_of(verdict) == "safe reply":
                passed = Passed(False, (f"{verdict.level}: the gate answers itself", *passed.reasons))
        except Exception as error:  # noqa: BLE001 — an answer that cannot be checked is not shown
            passed = Passed(False, (f"{CLOSED}the check failed: {type(error).__name__}",))
        action = action_of(verdict) if passed.allowed else "safe reply"
        about = {"level": verdict.level, "reasons": list(passed.reasons), "action": action}
        if lost := self._logged("check", answer if isinstance(answer, str) else "", about):
            return Passed(False, (*passed.reasons, lost))
        return passed

    def safe_reply(self, turns: Sequence[Turn], verdict: Verdict) -> str:
        """Return what is said in place of the model's answer; never raises."""
        try:
            return self._replies.compose(turns, verdict)
        except Exception:  # noqa: BLE001 — something must be said whatever happens
            return _LAST_WORDS[verdict.language if verdict.language in _LAST_WORDS else "en"]

    def shown(self, answer: str, turns: Sequence[Turn], verdict: Verdict) -> str:
        """Return what the person reads: `answer`, the safe reply before it, or the safe reply alone.

        At high an answer that passes `check` stands behind the composed part; at immediate and where
        `check` says no the safe reply stands alone.
        """
        if not self.check(answer, turns, verdict).allowed:
            return self.safe_reply(turns, verdict)
        if action_of(verdict) == "answer":
            return answer
        return f"{self.safe_reply(turns, verdict).rstrip()}\n\n{answer}"

    def close(self) -> None:
        """Close the log; may be called twice."""
        if self._log:
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _decided(self, turns: Sequence[Turn]) -> Decision:
        text = next((turn.text for turn in reversed(turns) if turn.role == "user"), "")
        language = language_of(text, turns)
        if not any(turn.text.strip() for turn in turns if turn.role == "user"):
            return Decision(Verdict("none", ("there are no words",), language), {"rules": "none"})
        found = self._rules.find(turns)
        last = found[-1]
        others = {grader.name: grader.grade(turns) for grader in self._graders}
        level, reasons = combined(last.level, others)
        if why := unreadable(text):
            level = at_least(level, "low")
            reasons = (f"not graded with certainty: {why}", *reasons)
        stands, before = self._standing(turns, found, level)
        graders = {"rules": last.level, **{name: _said(one) for name, one in others.items()}}
        return Decision(Verdict(stands, (*last.reasons, *reasons, *before), language), graders)

    def _standing(
        self, turns: Sequence[Turn], found: Sequence[TurnFindings], level: Level
    ) -> tuple[Level, tuple[str, ...]]:
        """Return the level that the whole talk stands at, and why where that is because of earlier turns."""
        # An earlier turn that was graded here keeps what every grader said of it.
        earlier = [
            at_least(one.level, self._graded.get(_key(turns[: one.ends]), "none")) for one in found[:-1]
        ]
        self._remember(_key(turns[: found[-1].ends]), level)
        stands = latched([*earlier, level], self._config.latch_turns)
        if stands == level:
            return level, ()
        gravest, turn = max(zip(earlier, found, strict=False), key=lambda pair: LEVELS.index(pair[0]))
        signs = turn.reasons or (f"a grader said {gravest}",)
        return stands, tuple(f"{EARLIER}: {reason}" for reason in signs)

    def _remember(self, key: bytes, level: Level) -> None:
        with self._remembering:
            self._graded[key] = level
            if len(self._graded) > _REMEMBERED:
                self._graded.popitem(last=False)

    def _logged(self, event: str, text: str, about: Mapping[str, Any]) -> str:
        """Write a decision down; return why that failed, or nothing."""
        if not self._log:
            return ""
        try:
            self._log.append(event, text, about)
        except Exception as error:  # noqa: BLE001 — a decision that is not on record keeps the answer back
            return f"{CLOSED}the decision log is down: {type(error).__name__}"
        return ""


_LAST_WORDS = {
    "en": "I hear that this matters. Are you safe right now? If not, please contact your local emergency "
    "services or somebody you trust.",
    "zh": "我听到了，这对你很重要。你现在安全吗？如果不安全，请联系当地的急救服务，或者找一个你信任的人。",
}


def _failed(error: Exception, turns: Sequence[Turn]) -> Verdict:
    language: Literal["en", "zh"] = "en"
    with suppress(Exception):
        language = language_of("", turns)
    return Verdict("high", (f"{CLOSED}the rules failed: {type(error).__name__}",), language)


def _said(said: Verdict | Down) -> str:
    return f"down: {said.reason}" if isinstance(said, Down) else said.level


def _key(turns: Sequence[Turn]) -> bytes:
    words = json.dumps([(turn.role, turn.text) for turn in turns]).encode()
    return hashlib.blake2b(words, digest_size=16).digest()
