"""What is asked of the knowledge base, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from affectlab.planning.knowledge.entry import KnowledgeEntry
from affectlab.planning.profile import Contraindication


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question to the knowledge base.

    Parameters
    ----------
    text
        In words, English or Chinese.
    contraindications
        Of the person: entries that speak of others are left out, those of the person come first. None asks
        on nobody's behalf: nothing is left out and nothing comes first.
    limit
        Most entries to return.
    """

    text: str
    contraindications: frozenset[Contraindication] | None = frozenset()
    limit: int = 8


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that was found.

    Parameters
    ----------
    entry
        The entry.
    score
        Of the fusion; higher is nearer.
    bm25, dense
        Its rank by each way of searching, 1 the first; None where that way did not find it or is absent.
    """

    entry: KnowledgeEntry
    score: float
    bm25: int | None = None
    dense: int | None = None


class Retriever(Protocol):
    """Finds entries."""

    def search(self, wanted: Wanted) -> tuple[Found, ...]:
        """Return the entries nearest to what is wanted, the nearest first."""
        ...

    def entry(self, name: str) -> KnowledgeEntry | None:
        """Return the entry called `name`, None where there is none."""
        ...
