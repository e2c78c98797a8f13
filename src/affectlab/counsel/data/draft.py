"""What a reader makes of a data set, before anything is filtered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from affectlab.models import Turn


@dataclass(frozen=True, slots=True)
class Draft:
    """A conversation and an answer as the set has them.

    Parameters
    ----------
    name
        Tells it from the others of its set.
    conversation
        Tells the question or conversation it is from from the others of its set.
    turns
        Up to the person's words.
    answer
        To the last turn.
    at
        File and row.
    votes, topic
        Where the set has them.
    extra
        For the row's provenance: what the set says beyond that.
    """

    name: str
    conversation: str
    turns: tuple[Turn, ...]
    answer: str
    at: str
    votes: int | None = None
    topic: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be used, and why."""

    at: str
    why: str

    def __str__(self) -> str:
        return f"{self.at}: {self.why}"


class BadRecord(ValueError):
    """A record lacks what its set's layout promises; the message is one line."""
