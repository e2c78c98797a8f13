"""Texts that say nearly the same, by MinHash over shingles, checked exactly.

Shingles are 5 Chinese characters or 3 English words in a row. 126 hashes in bands of 3 find pairs of Jaccard
similarity 0.5 with probability 0.996 and of 0.3 with 0.68 (1 - (1 - s³)⁴²); what they find is compared in
full.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from affectlab.counsel.data.words import english_words, han
from affectlab.counsel.rows import Language

Shingles = NDArray[np.uint64]

_ROWS, _BANDS = 3, 42
_WIDTH: dict[Language, int] = {"zh": 5, "en": 3}
# More alike than this many in one bucket share a phrase, not a text; neighbours in order still link them.
_MOST_IN_BUCKET = 60
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def shingles(text: str, language: Language) -> Shingles:
    """Return the hashed shingles of a text, sorted, each once; a text shorter than one is one."""
    units = [ord(char) for char in han(text)] if language == "zh" else _hashed(english_words(text))
    width = _WIDTH[language]
    if not units:
        return np.empty(0, dtype=np.uint64)
    padded = np.array(units + [0] * (width - len(units)), dtype=np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    mixed = np.zeros(len(windows), dtype=np.uint64)
    for column in range(width):
        mixed = _mix(mixed * _MULTIPLIER + windows[:, column])
    return np.unique(mixed)


def similarity(one: Shingles, other: Shingles) -> float:
    """Return the Jaccard similarity of two sets of shingles, 0 to 1."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    union = len(one) + len(other) - shared
    return shared / union if union else 0.0


def near_duplicates(texts: Sequence[Shingles], threshold: float) -> Iterator[tuple[int, int]]:
    """Yield pairs of places whose texts are at least `threshold` alike; an empty text is like none."""
    for one, other in sorted(_candidates(texts)):
        if similarity(texts[one], texts[other]) >= threshold:
            yield one, other


def components(count: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each of `count` places the first place that it is linked with, over any number of links."""
    parent = list(range(count))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one, other in links:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return [root(place) for place in range(count)]


def _candidates(texts: Sequence[Shingles]) -> set[tuple[int, int]]:
    places = [place for place, text in enumerate(texts) if len(text)]
    if not places:
        return set()
    bands = np.stack([_signature(texts[place]) for place in places])
    found: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        buckets: dict[int, list[int]] = defaultdict(list)
        for place, value in zip(places, bands[:, band].tolist(), strict=True):
            buckets[value].append(place)
        for bucket in buckets.values():
            found.update(_pairs(bucket))
    return found


def _pairs(bucket: list[int]) -> Iterable[tuple[int, int]]:
    if len(bucket) > _MOST_IN_BUCKET:
        return pairwise(bucket)
    return combinations(bucket, 2)


def _signature(text: Shingles) -> NDArray[np.uint64]:
    """Return one number for each band of the MinHash signature; shape (bands,)."""
    lowest = _mix(text[None, :] ^ _SALTS[:, None]).min(axis=1).reshape(_BANDS, _ROWS)
    value = np.zeros(_BANDS, dtype=np.uint64)
    for row in range(_ROWS):
        value = _mix(value * _MULTIPLIER + lowest[:, row])
    return value


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter 64-bit numbers (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _hashed(words: Iterable[str]) -> list[int]:
    return [crc32(word.encode()) for word in words]


_SALTS = _mix(np.arange(1, _ROWS * _BANDS + 1, dtype=np.uint64) * _MULTIPLIER)
