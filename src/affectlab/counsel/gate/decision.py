"""From what rules and graders say to one decision, closed where anything fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from affectlab.counsel.gate.verdict import LEVELS, Level, Verdict
from affectlab.counsel.gate.watched import Down

Action = Literal["answer", "safe reply, then answer", "safe reply"]
CLOSED = "closed: "
"""What a reason begins with that keeps every answer of the model back."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate decided about a conversation, and how.

    Parameters
    ----------
    verdict
        What a chat goes by.
    graders
        Name to the level each gave the last turn, or to ``down: REASON``.
    """

    verdict: Verdict
    graders: Mapping[str, str]

    @property
    def action(self) -> Action:
        """What is shown, if the model's answer passes: the answer, the safe reply before it or alone."""
        return action_of(self.verdict)

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON holds it."""
        return {**self.verdict.to_json(), "graders": dict(self.graders), "action": self.action}


def action_of(verdict: Verdict) -> Action:
    """Return what a verdict lets through."""
    if verdict.level == "immediate" or any(reason.startswith(CLOSED) for reason in verdict.reasons):
        return "safe reply"
    return "safe reply, then answer" if verdict.level == "high" else "answer"


def at_least(level: Level, floor: Level) -> Level:
    """Return the higher of two levels."""
    return max(level, floor, key=LEVELS.index)


def combined(rules: Level, others: Mapping[str, Verdict | Down]) -> tuple[Level, tuple[str, ...]]:
    """Return the highest level and the reasons that graders beside the rules give.

    A grader that is down makes the level at least low; where the rules see anything at all, it also keeps
    the model's answer back.
    """
    level, reasons = rules, list[str]()
    for name, said in others.items():
        if isinstance(said, Down):
            level = at_least(level, "low")
            reasons.append(f"down: {name}: {said.reason}")
            if rules != "none":
                reasons.append(f"{CLOSED}{name} is down and the rules see something")
        elif said.level != "none":
            level = at_least(level, said.level)
            reasons += [f"{name}: {reason}" for reason in said.reasons]
    return level, tuple(reasons)
