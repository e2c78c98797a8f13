"""The published consensus score of a group: S = 100 · (1 − H / ln 7).

H is the entropy in nats of the emotions that the group's members named. The score depends on how many
members named the most frequent emotion, the next, and so on, not on which these were. A group is small, so
from a score one can tell which of these compositions it had.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from affectlab.bench.dataset import Dataset
from affectlab.bench.persona.event import EMOTIONS

Composition = tuple[int, ...]
"""Members per emotion, most frequent first; no zeros."""

_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One group's published score for one event, against all compositions of a group of its size.

    Parameters
    ----------
    event, group, size
        Whose, and how many members it has.
    emotion, score
        As published.
    compositions
        Those that give the score to the four printed decimals; none where the score cannot be.
    one_absent
        Where there are none, those of a group with a member less: one did not answer.
    """

    event: str
    group: str
    size: int
    emotion: str
    score: float
    compositions: tuple[Composition, ...]
    one_absent: tuple[Composition, ...] = ()

    @property
    def tied(self) -> bool:
        """Whether the most frequent emotion shares its place with another, in every composition."""
        return bool(self.compositions) and all(one[1:2] == one[:1] for one in self.compositions)


def consensus_score(counts: Sequence[int]) -> float:
    """Return 100 · (1 − H / ln 7) of how often each emotion was named; at least one must have been."""
    total = sum(counts)
    entropy = -sum(n / total * math.log(n / total) for n in counts if n)
    # Of one emotion alone the entropy is −0.
    return 100 * (1 - entropy / math.log(len(EMOTIONS))) + 0.0


def plurality(emotions: Sequence[str]) -> str:
    """Return the most frequent emotion; of several the first in the order of `EMOTIONS`."""
    return max(EMOTIONS, key=emotions.count)


@cache
def compositions_of(size: int) -> tuple[tuple[Composition, float], ...]:
    """Return all compositions of a group of `size` over seven emotions, each with its score."""
    return tuple((found, consensus_score(found)) for found in _partitions(size, size, len(EMOTIONS)))


def matching(size: int, score: float) -> tuple[Composition, ...]:
    """Return the compositions of a group of `size` whose score prints as `score` does."""
    return tuple(
        found for found, value in compositions_of(size) if round(value, _DECIMALS) == round(score, _DECIMALS)
    )


def consensus_cells(dataset: Dataset) -> list[Cell]:
    """Check every printed score of a data set."""
    return [
        _cell(sample.groups["event"], group, printed)
        for sample in dataset.samples
        for group, printed in sample.details["consensus"].items()
    ]


def _cell(event: str, group: str, printed: Mapping[str, Any]) -> Cell:
    size, score = len(printed["members"]), printed["score"]
    found = matching(size, score)
    return Cell(
        event, group, size, printed["emotion"], score, found, () if found else matching(size - 1, score)
    )


def consensus_rows(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return shares of cells, over all and by group.

    Metrics: ``reproduced`` (some composition gives the score), ``ambiguous`` (several do), ``tied`` (the
    printed emotion is one of several that are equally frequent), ``score`` (mean).
    """
    groups = list(dict.fromkeys(cell.group for cell in cells))
    selections = [
        ("all", cells),
        *((group, [cell for cell in cells if cell.group == group]) for group in groups),
    ]
    return [row for group, chosen in selections if chosen for row in _rows(group, chosen)]


def _rows(group: str, cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    shares: dict[str, list[float]] = {
        "reproduced": [bool(cell.compositions) for cell in cells],
        "ambiguous": [len(cell.compositions) > 1 for cell in cells],
        "tied": [cell.tied for cell in cells],
        "score": [cell.score for cell in cells],
    }
    sizes = {cell.size for cell in cells}
    members = min(sizes) if len(sizes) == 1 else None
    for metric, values in shares.items():
        yield {
            "group": group,
            "members": members,
            "metric": metric,
            "value": sum(values) / len(values),
            "low": None,
            "high": None,
            "n": len(values),
        }


def _partitions(total: int, largest: int, parts: int) -> Iterator[Composition]:
    if total == 0:
        yield ()
        return
    if parts == 0:
        return
    for first in range(min(total, largest), 0, -1):
        for rest in _partitions(total - first, first, parts - 1):
            yield (first, *rest)
