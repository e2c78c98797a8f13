"""Regions and numbers that say nothing about the picture: what grounding is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from affectlab.prompting.gat.regions import Labels

Shares = NDArray[np.float64]

_TRIES = 12
_NEAR_ENOUGH = 0.01
_WAVES = 0.05
"""Standard deviation of a cut from a straight line, as a share of the longer side."""


def grid(shape: tuple[int, int]) -> Labels:
    """Cut an area into 2 × 2 equal parts, numbered from 1 in reading order."""
    rows = (np.arange(shape[0]) >= shape[0] / 2).astype(np.int64)
    columns = (np.arange(shape[1]) >= shape[1] / 2).astype(np.int64)
    return 1 + 2 * rows[:, None] + columns[None, :]


def random_regions(shape: tuple[int, int], shares: Sequence[float], generator: np.random.Generator) -> Labels:
    """Cut connected regions of given sizes at random, blind to the picture.

    One region after another is cut off what is left along a wavy line of random direction, at the place where
    it has its size. Where a cut leaves a region in pieces, its smaller pieces go to their neighbours; several
    draws are made until sizes are right, or the one nearest to them is kept.

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
    wanted = np.asarray(shares) / np.sum(shares)
    best, error = np.ones(shape, dtype=np.int64), np.inf
    for _ in range(_TRIES):
        found = _in_one_piece(_cut(shape, wanted, generator), len(wanted))
        got = np.bincount(found.ravel(), minlength=len(wanted) + 1)[1:] / found.size
        off = float(np.abs(got - wanted).max())
        if off < error:
            best, error = found, off
        if error < _NEAR_ENOUGH:
            break
    return best


def shuffled(count: int, generator: np.random.Generator) -> tuple[int, ...]:
    """Return for each number from 1 the region that it is drawn on; none stays where it belongs."""
    own = np.arange(1, count + 1)
    while True:
        drawn = generator.permutation(own)
        if not np.any(drawn == own):
            return tuple(int(one) for one in drawn)


def _cut(shape: tuple[int, int], shares: Shares, generator: np.random.Generator) -> Labels:
    labels = np.zeros(shape, dtype=np.int64)
    ends = np.round(np.cumsum(shares) * labels.size).astype(int)
    order = generator.permutation(len(shares))
    starts = np.concatenate([[0], ends[:-1]])
    for region in order[:-1]:
        along = _wavy(shape, generator)
        left = np.flatnonzero(labels.ravel() == 0)
        sorted_places = left[np.argsort(along.ravel()[left], kind="stable")]
        labels.ravel()[sorted_places[: ends[region] - starts[region]]] = region + 1
    labels[labels == 0] = order[-1] + 1
    return labels


def _wavy(shape: tuple[int, int], generator: np.random.Generator) -> Shares:
    """Distance along a random direction, bent by a smooth random field; shape `shape`."""
    from scipy.ndimage import gaussian_filter

    longest = max(shape)
    field = gaussian_filter(generator.normal(size=shape), sigma=longest / 12, truncate=2)
    angle = generator.uniform(0, 2 * np.pi)
    rows, columns = np.indices(shape) / longest
    return np.cos(angle) * columns + np.sin(angle) * rows + _WAVES * field / (field.std() or 1)


def _in_one_piece(labels: Labels, count: int) -> Labels:
    """Keep the largest piece of each region and let regions grow into the rest."""
    from scipy.ndimage import label

    kept = np.zeros_like(labels)
    for region in range(1, count + 1):
        pieces, _ = label(labels == region)
        sizes = np.bincount(pieces.ravel())[1:]
        if len(sizes):
            kept[pieces == int(sizes.argmax()) + 1] = region
    while not kept.all():
        around = np.pad(kept, 1)
        beside = np.max([around[2:, 1:-1], around[:-2, 1:-1], around[1:-1, 2:], around[1:-1, :-2]], axis=0)
        kept = np.where(kept == 0, beside, kept)
    return kept
