"""Bootstrap over clusters for many statistics at once.

A statistic that depends on the data through sums over items (counts of a confusion matrix, summed errors)
needs only those sums per cluster: a resample weighs each cluster by how often it was drawn. All metrics of a
subset then share one matrix product per block of resamples. The draws are those of
`affectlab.affect.cluster_bootstrap` with the same seed, so the intervals are equal.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Difference, Interval
from affectlab.errors import InvalidData

Array = NDArray[np.float64]

_LEVEL = 0.95
_BLOCK_BYTES = 32 << 20


class Resampler:
    """Cluster resamples of one set of items.

    Parameters
    ----------
    sources
        The cluster of each item, length n_items, in the order of the items.
    resamples, seed
        Number of resamples, at least 1, and the seed of the generator.

    Raises
    ------
    InvalidData
        If there are no items, or `resamples` is below 1.
    """

    def __init__(self, sources: NDArray[np.object_], *, resamples: int, seed: int) -> None:
        if resamples < 1:
            raise InvalidData(f"resamples must be at least 1, got {resamples}")
        if not len(sources):
            raise InvalidData("an interval needs at least one item, got none")
        self._cluster = _first_seen(sources)
        self._resamples = resamples
        self._seed = seed

    @property
    def groups(self) -> int:
        return int(self._cluster.max()) + 1

    def sums(self, columns: Array) -> tuple[Array, Array]:
        """Sum `columns`, shape (n_items, n_columns), over the data and over every resample.

        Returns
        -------
        observed
            Shape (n_columns,).
        resampled
            Shape (resamples, n_columns); no rows where one cluster leaves nothing to resample.
        """
        order = np.argsort(self._cluster, kind="stable")
        starts = np.searchsorted(self._cluster[order], np.arange(self.groups))
        per_cluster = np.add.reduceat(columns[order], starts, axis=0)
        if self.groups < 2:
            return columns.sum(axis=0), np.empty((0, columns.shape[1]))
        blocks = [weights @ per_cluster for weights in self._weights()]
        return columns.sum(axis=0), np.concatenate(blocks)

    def _weights(self) -> Iterator[Array]:
        """Yield how often each cluster was drawn, shape (some resamples, groups)."""
        generator = np.random.default_rng(self._seed)
        rows = max(1, _BLOCK_BYTES // (8 * self.groups))
        for start in range(0, self._resamples, rows):
            size = min(rows, self._resamples - start)
            draws = generator.integers(self.groups, size=(size, self.groups))
            draws += np.arange(size)[:, None] * self.groups
            counts = np.bincount(draws.ravel(), minlength=size * self.groups)
            yield counts.reshape(size, self.groups).astype(float)


def interval(value: float, resampled: Array, groups: int) -> Interval:
    """Return the percentile interval at 95 %; NaN ends where no resample has the statistic."""
    finite = resampled[np.isfinite(resampled)]
    undefined = resampled.size - finite.size
    if not finite.size:
        return Interval(float(value), float("nan"), float("nan"), groups, undefined)
    low, high = np.quantile(finite, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(float(value), float(low), float(high), groups, undefined)


def difference(value: float, resampled: Array, groups: int) -> Difference:
    """Return the interval of a difference with the two-sided p of `affect.paired_cluster_bootstrap`."""
    found = interval(value, resampled, groups)
    finite = resampled[np.isfinite(resampled)]
    smaller = min(np.count_nonzero(finite <= 0), np.count_nonzero(finite >= 0))
    p = min(1.0, float(2 * (1 + smaller)) / (1 + finite.size)) if finite.size else float("nan")
    return Difference(found.value, found.low, found.high, found.groups, found.undefined, p=p)


def mean_intervals(
    values: Array, sources: NDArray[np.object_], *, resamples: int, seed: int
) -> list[tuple[Interval, int]]:
    """Return the clustered interval of each column's mean over its finite values, and how many there are.

    Parameters
    ----------
    values
        Shape (n_items, n_columns), NaN where an item has no value.
    sources
        The cluster of each item, length n_items.
    resamples, seed
        As for `Resampler`.
    """
    if not len(values):
        return [(Interval(float("nan"), float("nan"), float("nan"), 0), 0) for _ in range(values.shape[1])]
    resampler = Resampler(sources, resamples=resamples, seed=seed)
    there = np.isfinite(values)
    observed, resampled = resampler.sums(np.hstack([np.where(there, values, 0.0), there.astype(float)]))
    width = values.shape[1]
    value, draws = (
        _ratio(observed[:width], observed[width:]),
        _ratio(resampled[:, :width], resampled[:, width:]),
    )
    return [
        (interval(float(value[column]), draws[:, column], resampler.groups), int(there[:, column].sum()))
        for column in range(width)
    ]


def _ratio(top: Array, bottom: Array) -> Array:
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0))


def _first_seen(sources: NDArray[np.object_]) -> NDArray[np.intp]:
    codes: dict[object, int] = {}
    return np.array([codes.setdefault(source, len(codes)) for source in sources], dtype=np.intp)
