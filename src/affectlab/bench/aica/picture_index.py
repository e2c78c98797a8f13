"""Finding the pictures that are near another one among many, without comparing all with all.

A hash of 256 bits is cut into 16 bands of 16 bits. Two hashes that differ in at most 31 bits have a band in
which they differ in at most one: looking up every band and its 16 neighbours finds them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from affectlab.bench.aica.picture_hash import BITS, distance

_BANDS = 16
_WIDTH = BITS // _BANDS
_FLIPS = (0, *(1 << bit for bit in range(_WIDTH)))

FURTHEST = 2 * _BANDS - 1
"""Largest distance at which every neighbour is found."""


class PictureIndex:
    """Hashes seen so far, each with a name; a lookup costs the same however many there are."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._hashes: list[int] = []
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, name: str, picture: int) -> None:
        """Take in the hash of a picture."""
        place = len(self._hashes)
        self._hashes.append(picture)
        self._names.append(name)
        for key in enumerate(_bands(picture)):
            self._buckets[key].append(place)

    def near(self, picture: int, furthest: int = FURTHEST) -> list[tuple[int, str]]:
        """Return distance and name of all pictures at most `furthest` bits away, the nearest first.

        Of equally near ones that which came first comes first. `furthest` is at most `FURTHEST`.
        """
        places = {place for key in _probes(picture) for place in self._buckets.get(key, ())}
        found = ((distance(picture, self._hashes[place]), place) for place in places)
        return [(away, self._names[place]) for away, place in sorted(found) if away <= furthest]


def _probes(picture: int) -> Iterator[tuple[int, int]]:
    for band, value in enumerate(_bands(picture)):
        for flip in _FLIPS:
            yield band, value ^ flip


def _bands(picture: int) -> tuple[int, ...]:
    """Cut a hash into bands; neighbouring bits, which go together in pictures, come into different ones."""
    return tuple(_gather(picture >> band) for band in range(_BANDS))


def _gather(shifted: int) -> int:
    """Return every 16th bit, as a number."""
    value = 0
    for bit in range(_WIDTH):
        value |= (shifted >> (_BANDS * bit) & 1) << bit
    return value
