"""Which rows belong together, which say the same twice, and which turn stands for a conversation."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

from affectlab.counsel.data.duplicates import Shingles, components, near_duplicates, shingles
from affectlab.counsel.data.filtering import Item
from affectlab.counsel.data.sources import source_named
from affectlab.counsel.data.tally import Tally

_SAME_ROW = 0.8
"""Similarity of last words and answer from which a row is another once more; ours."""

_ENOUGH = 40
"""Shingles; answers of fewer are phrases that any two conversations may share; ours."""


def groups_of(items: Sequence[Item], alike: float) -> dict[str, str]:
    """Return for each conversation the group it is in.

    Conversations are one group where the persons' words or long answers are nearly the same, within a set and
    across sets; so that a rewrite is on the side of the split where the original is.

    Parameters
    ----------
    items
        All rows.
    alike
        Jaccard similarity from which texts count as nearly the same.
    """
    names = list(dict.fromkeys(item.conversation for item in items))
    places = {name: place for place, name in enumerate(names)}
    links = [
        (places[one], places[other])
        for texts in (_asked(items), _answers(items))
        for one, other in _alike(texts, alike)
    ]
    return {name: names[first] for name, first in zip(names, components(len(names), links), strict=True)}


def without_repeats(items: Sequence[Item], tally: Tally) -> list[Item]:
    """Return the rows that do not say once more what an earlier one says."""
    texts = [_shingles(f"{item.draft.turns[-1].text}\n{item.draft.answer}", item) for item in items]
    # Every row is compared with those before it, kept or not: of many copies the first stays.
    repeated = {later for _, later in near_duplicates(texts, _SAME_ROW)}
    for place in sorted(repeated):
        tally.count("repeated", items[place].id)
    return [item for place, item in enumerate(items) if place not in repeated]


def one_turn_each(items: Sequence[Item], seed: int) -> list[Item]:
    """Return one row of each conversation of several turns, drawn by `seed`; answers to letters all stay."""
    by_conversation: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if source_named(item.source).form == "dialogues":
            by_conversation[item.conversation].append(item)
    drawn = {min(together, key=lambda item: _drawn(item, seed)).id for together in by_conversation.values()}
    return [item for item in items if item.conversation not in by_conversation or item.id in drawn]


def _drawn(item: Item, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{item.id}".encode()).digest()


def _asked(items: Sequence[Item]) -> list[tuple[str, Shingles]]:
    """Return each conversation with the persons' words, as far as any row goes."""
    longest: dict[str, Item] = {}
    for item in items:
        before = longest.get(item.conversation)
        if before is None or len(item.asked) > len(before.asked):
            longest[item.conversation] = item
    return [(name, _shingles(item.asked, item)) for name, item in longest.items()]


def _answers(items: Sequence[Item]) -> list[tuple[str, Shingles]]:
    made = ((item.conversation, _shingles(item.draft.answer, item)) for item in items)
    return [(name, text) for name, text in made if len(text) >= _ENOUGH]


def _alike(texts: Sequence[tuple[str, Shingles]], alike: float) -> Iterator[tuple[str, str]]:
    for one, other in near_duplicates([text for _, text in texts], alike):
        yield texts[one][0], texts[other][0]


def _shingles(text: str, item: Item) -> Shingles:
    return shingles(text, item.language)
