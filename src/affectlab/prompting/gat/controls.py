"""Regions and numbers that say nothing about the picture: what grounding is compared with."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from affectlab.prompting.gat.regions import Labels

_GRID_SIDE = 96
_TRIES = 12
_NEAR_ENOUGH = 0.01


def grid(shape: tuple[int, int]) -> Labels:
    """Cut an area into 2 × 2 equal parts, numbered from 1 in reading order."""
    rows = (np.arange(shape[0]) >= shape[0] / 2).astype(np.int64)
    columns = (np.arange(shape[1]) >= shape[1] / 2).astype(np.int64)
    return 1 + 2 * rows[:, None] + columns[None, :]


def random_regions(shape: tuple[int, int], shares: Sequence[float], generator: np.random.Generator) -> Labels:
    """Grow connected regions of given sizes from random places, blind to the picture.

    At each step the region that lacks most of its size takes the pixel at its border that a random field
    makes cheapest. A region may be walled in before it is full, so several draws are made and the one whose
    sizes are nearest is kept.

    Parameters
    ----------
    shape
        Height and width of the area.
    shares
        Wanted share of each region, in the order of their numbers.
    generator
        Decides everything that is left open.

    Returns
    -------
    Labels
        Of `shape`, numbers from 1.
    """
    factor = min(1.0, _GRID_SIDE / max(shape))
    small = max(2, round(shape[0] * factor)), max(2, round(shape[1] * factor))
    wanted = np.asarray(shares) / np.sum(shares)
    best, error = np.ones(small, dtype=np.int64), np.inf
    for _ in range(_TRIES):
        found = _grown(small, wanted, generator)
        got = np.bincount(found.ravel(), minlength=len(wanted) + 1)[1:] / found.size
        off = float(np.abs(got - wanted).max())
        if off < error:
            best, error = found, off
        if error < _NEAR_ENOUGH:
            break
    rows = np.arange(shape[0]) * small[0] // shape[0]
    columns = np.arange(shape[1]) * small[1] // shape[1]
    return best[rows[:, None], columns[None, :]]


def shuffled(count: int, generator: np.random.Generator) -> tuple[int, ...]:
    """Return for each number from 1 the region that it is drawn on; none stays where it belongs."""
    own = np.arange(1, count + 1)
    while True:
        drawn = generator.permutation(own)
        if not np.any(drawn == own):
            return tuple(int(one) for one in drawn)


def _grown(shape: tuple[int, int], shares: np.ndarray, generator: np.random.Generator) -> Labels:
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(generator.normal(size=shape), sigma=max(shape) / 16)
    field = (field - field.mean()) / (field.std() or 1)
    labels = np.zeros(shape, dtype=np.int64)
    total, count = labels.size, len(shares)
    seeds = generator.choice(total, size=count, replace=False)
    borders: list[list[tuple[float, int]]] = [[] for _ in shares]
    sizes = np.zeros(count)
    for region, seed in enumerate(seeds):
        heapq.heappush(borders[region], (-np.inf, int(seed)))
    flat, costs = labels.ravel(), field.ravel()
    while any(borders):
        lacking = [shares[one] - sizes[one] / total if borders[one] else -np.inf for one in range(count)]
        region = int(np.argmax(lacking))
        _, place = heapq.heappop(borders[region])
        if flat[place]:
            continue
        flat[place] = region + 1
        sizes[region] += 1
        row, column = divmod(place, shape[1])
        middle = divmod(int(seeds[region]), shape[1])
        for beside_row, beside in _beside(row, column, shape):
            index = beside_row * shape[1] + beside
            if not flat[index]:
                away = np.hypot(beside_row - middle[0], beside - middle[1]) / max(shape)
                heapq.heappush(borders[region], (float(costs[index] + 8 * away), index))
    return labels


def _beside(row: int, column: int, shape: tuple[int, int]) -> list[tuple[int, int]]:
    around = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return [(one, other) for one, other in around if 0 <= one < shape[0] and 0 <= other < shape[1]]
