"""What a language model was told and what it answered, for the record of a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]

Outcome = Literal["valid", "repair", "invalid", "late", "failed", "busy", "cached"]
"""What became of a question.

valid: a plan came of it. repair: the model was asked once more. invalid: wrong after the repair.
late: no answer by the deadline. failed: the server refused or broke off. busy: an earlier request still runs.
cached: the answer was known.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question to a language model.

    Parameters
    ----------
    planner
        ``provider:model``.
    messages
        All that the model was told, instructions first.
    answer
        What came back, cut at `KEPT_CHARACTERS`; empty where nothing did.
    seconds
        From sending to the end of the answer.
    outcome
        What became of it.
    remark
        Why there was no plan, or what was dropped; empty where there is nothing to say.
    """

    planner: str
    messages: tuple[Message, ...]
    answer: str
    seconds: float
    outcome: Outcome
    remark: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)


KEPT_CHARACTERS = 4000
"""Longest answer that is kept in the record."""


class Provider(Protocol):
    """Asks one language model."""

    name: str

    strict: bool
    """Whether no answer can leave its schema, so that the bounds in it need no words."""

    @property
    def identity(self) -> str:
        """Whatever decides its answers: model, file, settings."""
        ...

    def answer(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        seconds: float,
    ) -> str:
        """Return the answer in words, held to `schema` where the server can do that.

        Raises
        ------
        TimeoutError
            If there is no whole answer after `seconds`.
        ModelError
            If the server refuses or breaks off.
        """
        ...

    def warm(self, messages: Sequence[Message]) -> None:
        """Load the model and let it read `messages` in advance, where that helps."""
        ...

    def close(self) -> None:
        """Give back memory and connections."""
        ...
