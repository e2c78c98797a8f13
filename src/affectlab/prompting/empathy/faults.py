"""What can be wrong with how a reply is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

FaultCode = Literal[
    "missing",
    "order",
    "repeated",
    "outside",
    "empty",
    "misplaced",
    "nested",
    "unclosed",
    "unopened",
    "truncated",
    "in_answer",
    "misspelt",
    "unknown",
    "unasked",
]

_WORDS: Final[dict[FaultCode, str]] = {
    "missing": "<{tag}> is missing",
    "order": "<{tag}> comes too late: a part that follows it stands before it",
    "repeated": "<{tag}> is opened more than once",
    "outside": "there is text outside the parts, near <{tag}>",
    "empty": "<{tag}> holds no words",
    "misplaced": "<{tag}> does not stand where it belongs",
    "nested": "<{tag}> is opened inside another part",
    "unclosed": "<{tag}> is not closed before the next part",
    "unopened": "</{tag}> closes what was not opened",
    "truncated": "the text ends inside <{tag}>",
    "in_answer": "the answer holds the tag {tag}",
    "misspelt": "{tag} is not written as agreed (lower or upper case, spaces)",
    "unknown": "{tag} is no part of a reply",
    "unasked": "<{tag}> was not asked for",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    code
        What kind of thing.
    tag
        The part it is about; for misspelt, unknown and in_answer the tag as written.
    at
        Where, in characters from the beginning.
    """

    code: FaultCode
    tag: str
    at: int

    def __str__(self) -> str:
        return _WORDS[self.code].format(tag=self.tag)


class MalformedReply(ValueError):
    """A reply that is not laid out as agreed; `faults` says all that is wrong."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        return "; ".join(str(fault) for fault in self.faults)
