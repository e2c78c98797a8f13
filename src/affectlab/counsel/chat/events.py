"""What happens while a message is answered, in the order in which it happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from affectlab.counsel.gate import Verdict
from affectlab.models import Spoken

Finish = Literal["stop", "length", "gate", "stopped", "failed"]
"""stop: the model had done. length: it was cut. gate: the gate answered, or held the rest back. stopped:
somebody or a deadline ended it. failed: the model broke off, or gave no answer twice."""

NoticeKind = Literal["risk", "forgotten", "again", "withheld", "failed"]
"""risk: the words speak of danger. forgotten: old turns were dropped. again: the model is asked once more.
withheld: reasoning is not shown. failed: the answer broke off."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person is told beside the answer."""

    kind: NoticeKind
    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Words of one layer of the reasoning, L1 to L4; only where it is shown."""

    layer: str
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """The next words of the answer; they have passed the gate."""

    text: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """What the model went on to say is held back, and this is said instead."""

    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The end.

    Parameters
    ----------
    verdict
        Of the person's words.
    finish
        Why it ended.
    answer
        All that was shown as answer; the next request's assistant turn.
    spoken
        What the model says of its last reply; `Spoken()` where it was not asked.
    """

    verdict: Verdict
    finish: Finish
    answer: str
    spoken: Spoken


ChatEvent: TypeAlias = Notice | Reasoning | Words | Replaced | Done
