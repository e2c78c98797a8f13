"""What a counselling model says: four layers of reasoning about the person, then the answer.

The layers are those of Empathy-R1 (arXiv 2509.14851)::

    <empathy_think><L1>…</L1><L2>…</L2><L3>…</L3><L4>…</L4></empathy_think><answer>…</answer>
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

THINK: Final = "empathy_think"
ANSWER: Final = "answer"
LAYERS: Final = ("L1", "L2", "L3", "L4")


class Chain(NamedTuple):
    """The four layers, in the order in which they are written."""

    emotions: str
    """L1: emotions and what they arose from (appraisal)."""
    causes: str
    """L2: causes and beliefs, cognitive biases among them."""
    intent: str
    """L3: what is sought: validation, understanding, or advice."""
    strategy: str
    """L4: how to respond."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, with the reasoning before it or without.

    Parameters
    ----------
    answer
        What the person reads.
    chain
        The reasoning; None where the model is asked for the answer alone.
    """

    answer: str
    chain: Chain | None = None

    def text(self) -> str:
        """Return the reply as the model writes it."""
        answer = f"<{ANSWER}>{self.answer}</{ANSWER}>"
        if self.chain is None:
            return answer
        layers = "".join(f"<{tag}>{words}</{tag}>" for tag, words in zip(LAYERS, self.chain, strict=True))
        return f"<{THINK}>{layers}</{THINK}>{answer}"
