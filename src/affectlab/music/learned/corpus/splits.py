"""Which pieces train, which validate and which test: by piece, and together what shares a melody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from itertools import combinations, groupby

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "valid", "test")
# Share of the pieces that validate, and that test (ours).
HELD_OUT = 0.05
# Two pieces are versions of one tune when they share this much of the shorter one's n-grams (ours).
LEAST_SHARED = 0.15


def split_pieces(ngrams: Mapping[str, NDArray[np.uint64]]) -> dict[str, tuple[str, str]]:
    """Assign every piece to a split.

    Parameters
    ----------
    ngrams
        Name of each piece to the hashes of its melodic n-grams.

    Returns
    -------
    dict
        Name of each piece to (split, group): the group is the first name of those that share its melody, and
        the hash of the group's name decides.
    """
    groups = _groups(ngrams)
    return {name: (split_of(group), group) for name, group in groups.items()}


def split_of(name: str) -> str:
    """Return the split a group's name falls into, the same on every machine."""
    place = int.from_bytes(sha256(name.encode()).digest()[:8]) / 2**64
    if place < HELD_OUT:
        return "test"
    return "valid" if place < 2 * HELD_OUT else "train"


def _groups(ngrams: Mapping[str, NDArray[np.uint64]]) -> dict[str, str]:
    names = sorted(ngrams)
    own = [np.unique(ngrams[name]) for name in names]
    parents = list(range(len(names)))

    def root(index: int) -> int:
        while parents[index] != index:
            index = parents[index]
        return index

    for (first, second), count in _shared(own).items():
        if count >= LEAST_SHARED * min(len(own[first]), len(own[second])):
            low, high = sorted((root(first), root(second)))
            parents[high] = low
    return {name: names[root(index)] for index, name in enumerate(names)}


def _shared(own: list[NDArray[np.uint64]]) -> Counter[tuple[int, int]]:
    """Count the n-grams that each two pieces have in common, for those that have any."""
    if not own:
        return Counter()
    hashes = np.concatenate(own)
    owners = np.repeat(np.arange(len(own)), [len(one) for one in own])
    order = np.lexsort((owners, hashes))
    shared: Counter[tuple[int, int]] = Counter()
    rows = zip(hashes[order].tolist(), owners[order].tolist(), strict=True)
    for _, run in groupby(rows, key=lambda row: row[0]):
        shared.update(combinations([owner for _, owner in run], 2))
    return shared
