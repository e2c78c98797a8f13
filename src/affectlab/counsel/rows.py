"""What counselling data are made of: a conversation up to a person's words, and what was answered.

Every set becomes rows of this form, in JSON Lines; training, judging and the decoys read nothing else.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from affectlab.models import Turn
from affectlab.prompting.empathy import Chain, Reply

Language = Literal["en", "zh"]
Split = Literal["train", "validation", "test"]
PairKind = Literal["votes", "echo", "generic", "off_topic", "preachy", "unsafe"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """Unique in its file."""
    source: str
    """Name of the data set."""
    group: str
    """The question or conversation it is from; groups are never torn between splits."""
    language: Language
    turns: tuple[Turn, ...] = Field(min_length=1)
    """The conversation so far; the last turn is the person's."""
    split: Split
    provenance: dict[str, Any] = Field(default_factory=dict)
    """File, line, licence, filters that changed it, who made what was not there."""


class CounselRow(_Row):
    """A conversation and one answer to it."""

    answer: str = Field(min_length=1)
    chain: Chain | None = None
    """Annotated reasoning, made by a teacher model or a person; see `provenance`."""
    votes: int | None = None
    """Of readers, where the set has them."""
    topic: str = ""

    @property
    def reply(self) -> Reply:
        """The answer with its reasoning."""
        return Reply(self.answer, self.chain)


class PairRow(_Row):
    """A conversation, the better of two answers to it, and the worse."""

    chosen: str = Field(min_length=1)
    rejected: str = Field(min_length=1)
    kind: PairKind
    """How the order is known: votes of people, or what was done to make the worse one."""
