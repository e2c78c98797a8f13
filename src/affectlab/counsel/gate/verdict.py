"""What the risk gate says of words, and what anything that grades risk must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from affectlab.models import Turn

Level = Literal["none", "low", "high", "immediate"]
LEVELS: tuple[Level, ...] = ("none", "low", "high", "immediate")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much risk a person's words speak of.

    Parameters
    ----------
    level
        none: no risk. low: distress, or risk long ago or of others. high: a wish to die, to hurt oneself or
        someone else, or being hurt. immediate: a plan, means, or an act under way.
    reasons
        Why, in words for the log; each names the rule or the grader it is from.
    language
        Of the words, as the gate read them.
    """

    level: Level
    reasons: tuple[str, ...]
    language: Literal["en", "zh"]

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON holds it."""
        return {"level": self.level, "reasons": list(self.reasons), "language": self.language}


@dataclass(frozen=True, slots=True)
class Passed:
    """Whether an answer may be shown.

    Parameters
    ----------
    allowed
        False: something else must be said instead.
    reasons
        What was found; not empty where it is not allowed.
    """

    allowed: bool
    reasons: tuple[str, ...] = ()


class Grader(Protocol):
    """Grades the risk of a conversation's last turn: rules, a classifier, a model."""

    @property
    def name(self) -> str: ...

    def grade(self, turns: Sequence[Turn]) -> Verdict:
        """Grade the last turn in the light of those before it; any exception counts as being down."""
        ...
