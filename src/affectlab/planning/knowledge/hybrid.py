"""Both ways of searching, fused, and filtered by what the person must not be given.

Fusion: Cormack, Clarke and Buettcher (2009), Reciprocal Rank Fusion outperforms Condorcet and individual Rank
Learning Methods, SIGIR, with its constant of 60.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from affectlab.errors import AffectlabError
from affectlab.planning.knowledge.bm25 import WordIndex
from affectlab.planning.knowledge.dense import ExactVectors, Nearest, embedded, question
from affectlab.planning.knowledge.embedder import NAME, Embedder, models_folder
from affectlab.planning.knowledge.entry import KnowledgeEntry
from affectlab.planning.knowledge.search import Found, Wanted
from affectlab.planning.knowledge.store import everything
from affectlab.planning.profile import Contraindication

_RANK: Final = 60
_DEPTH: Final = 50
"""Entries that each way of searching may propose; ours."""
Keys = frozenset[Contraindication]
MANY: Final = 100_000
"""Past so many entries LanceDB searches instead of NumPy, where it is installed."""
WITHOUT: Final = f"searched by words alone; to search by meaning too: affectlab models pull {NAME}"


class HybridRetriever:
    """Finds entries by words and, with an embedder, by meaning.

    Parameters
    ----------
    entries
        What to search; no two of one id.
    embedder
        Embeds questions; None searches by words alone.
    vectors
        Finds among the entries' embeddings, in their order; with `embedder`, not without.
    note
        What a user should know of how it searches; empty for nothing.
    """

    def __init__(
        self,
        entries: Sequence[KnowledgeEntry],
        embedder: Embedder | None = None,
        vectors: Nearest | None = None,
        note: str = "",
    ) -> None:
        self.entries = tuple(entries)
        self.note = note
        self._by_name = {entry.id: entry for entry in self.entries}
        self._words = WordIndex(self.entries)
        self._embedder, self._vectors = embedder, vectors
        self._cautions = {
            number: entry.contraindications
            for number, entry in enumerate(self.entries)
            if entry.contraindications
        }

    def entry(self, name: str) -> KnowledgeEntry | None:
        """Return the entry called `name`, None where there is none."""
        return self._by_name.get(name)

    def search(self, wanted: Wanted) -> tuple[Found, ...]:
        """Return the entries nearest to what is wanted, the nearest first.

        Entries that speak only of contraindications the person does not have are left out. Of those that
        speak of the person's, the nearest to each contraindication is always there, and they fill up to half
        of the places; they come first.
        """
        own, others = self._parted(wanted.contraindications)
        depth = max(_DEPTH, wanted.limit)
        words = _ranks(self._words.nearest(wanted.text, depth, others))
        dense = _ranks(self._nearest(wanted.text, depth, others))
        scores = {
            number: sum(1 / (_RANK + ranks[number]) for ranks in (words, dense) if number in ranks)
            for number in {*words, *dense, *own}
        }
        order = sorted(scores, key=lambda number: (-scores[number], number))
        chosen = _leading(order, own, wanted)
        chosen += [number for number in order if number not in chosen]
        return tuple(
            Found(self.entries[number], scores[number], words.get(number), dense.get(number))
            for number in chosen[: wanted.limit]
        )

    def _nearest(self, text: str, count: int, left_out: frozenset[int]) -> list[int]:
        if self._embedder is None or self._vectors is None or not text.strip():
            return []
        (vector,) = self._embedder.queries([question(text)])
        return self._vectors.nearest(vector, count, left_out)

    def _parted(self, person: frozenset[Contraindication] | None) -> tuple[dict[int, Keys], frozenset[int]]:
        """Return the cautions that are for a person, with what of theirs they speak of, and the others."""
        if person is None:
            return {}, frozenset()
        own = {number: keys & person for number, keys in self._cautions.items() if keys & person}
        return own, frozenset(self._cautions.keys() - own.keys())


def _leading(order: Sequence[int], own: dict[int, Keys], wanted: Wanted) -> list[int]:
    """Return which of the person's cautions lead the results, the nearest first."""
    cautions = [number for number in order if number in own]
    # Each of the person's contraindications has its nearest entry, however many these are.
    kept = {next(number for number in cautions if key in own[number]) for key in set().union(*own.values())}
    room = max(wanted.limit // 2 - len(kept), 0)
    kept.update([number for number in cautions if number not in kept][:room])
    return [number for number in cautions if number in kept]


def _ranks(numbers: list[int]) -> dict[int, int]:
    return {number: rank for rank, number in enumerate(numbers, 1)}


def open_retriever(own: Path | None = None) -> HybridRetriever:
    """Return a retriever of the shipped entries and the user's own.

    Without the text embedder it searches by words alone and says so in its `note`. The first call after
    entries or embedder have changed embeds what is new, about 15 ms an entry.

    Parameters
    ----------
    own
        Folder of the user's own entries; by default ``~/.config/affectlab/knowledge``.

    Raises
    ------
    InvalidData
        If an entry is not valid.
    """
    entries = everything(own)
    folder = models_folder() / NAME
    if not folder.is_dir():
        return HybridRetriever(entries, note=WITHOUT)
    try:
        embedder = Embedder(folder)
    except AffectlabError as error:
        return HybridRetriever(entries, note=f"searched by words alone: {error}")
    return HybridRetriever(entries, embedder, _vectors(entries, embedder))


def _vectors(entries: Sequence[KnowledgeEntry], embedder: Embedder) -> Nearest:
    vectors = embedded(entries, embedder)
    if len(entries) > MANY:
        from importlib.util import find_spec

        if find_spec("lancedb"):
            from affectlab.planning.knowledge.lance import LanceVectors

            return LanceVectors(vectors)
    return ExactVectors(vectors)
