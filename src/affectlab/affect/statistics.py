"""Confidence intervals for data whose items come in dependent groups.

Items of one group (a speaker, a reader, an event, a listener) are not independent: resampling items would
make an interval too narrow, so whole groups are resampled. A statistic that is undefined on the data or on a
resample is NaN, never an exception: see `Interval.undefined`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from affectlab.errors import InvalidData

Indices = NDArray[np.intp]
Statistic = Callable[[Indices], float]


@dataclass(frozen=True, slots=True)
class Interval:
    """A statistic with its percentile interval, and the number of groups it rests on.

    Parameters
    ----------
    value
        The statistic on all items; NaN where it is undefined.
    low, high
        Ends of the interval; NaN if no resample had a defined statistic.
    groups
        Independent groups, the effective sample size.
    undefined
        Resamples on which the statistic was not finite, left out of the interval.
    """

    value: float
    low: float
    high: float
    groups: int
    undefined: int = 0


@dataclass(frozen=True, slots=True)
class Difference(Interval):
    """A difference B − A with its interval and two-sided bootstrap p value."""

    p: float = field(kw_only=True)


def cluster_bootstrap(
    statistic: Statistic,
    groups: Sequence[Hashable],
    *,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Percentile interval of `statistic`, resampling whole groups with replacement.

    Parameters
    ----------
    statistic
        Maps item indices, shape (n,), to a number; indices repeat as groups are drawn again.
    groups
        The group of each item, length n_items.
    resamples, level, seed
        Number of bootstrap samples, coverage in (0, 1), seed of the generator.

    Raises
    ------
    InvalidData
        If there are fewer than two groups, or `resamples` or `level` is out of range.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
    """
    blocks = group_members(groups)
    values = _resampled(statistic, blocks, resamples, seed)
    return _interval(statistic(np.arange(len(groups))), values, level, len(blocks))


def cluster_bootstrap_mean(
    values: ArrayLike,
    groups: Sequence[Hashable],
    *,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Interval of the mean of per-item `values`: `cluster_bootstrap` of a mean, from group sums alone.

    For whatever is an average over items (accuracy, absolute error, per-item divergence) this gives the
    same interval for the same seed, at a cost that grows with groups instead of items.

    Parameters
    ----------
    values
        Finite number of each item, shape (n_items,).
    groups, resamples, level, seed
        As for `cluster_bootstrap`.

    Raises
    ------
    InvalidData
        As `cluster_bootstrap`, or if a value is not finite or the lengths differ.
    """
    items = np.asarray(values, dtype=float)
    if items.shape != (len(groups),) or not np.all(np.isfinite(items)):
        raise InvalidData(f"need one finite value per item of {len(groups)}, got shape {items.shape}")
    blocks = group_members(groups)
    sums = np.array([items[block].sum() for block in blocks])
    sizes = np.array([block.size for block in blocks])
    draws = _draws(len(blocks), resamples, seed)
    means = np.array([sums[draw].sum() / sizes[draw].sum() for draw in draws])
    return _interval(float(items.mean()), means, level, len(blocks))


def paired_cluster_bootstrap(
    a: Statistic,
    b: Statistic,
    groups: Sequence[Hashable],
    *,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Difference:
    """Interval and p value of the difference `b` − `a` of two statistics of the same items.

    Both are computed on the same resample, so what the items have in common cancels. The two-sided p is
    twice the smaller share, (1 + k) / (1 + n), of resampled differences at or beyond zero: one minus the
    level of the percentile interval that just touches zero.

    Parameters
    ----------
    a, b
        Map the same item indices, shape (n,), to a number: for example two models on one test set.
    groups, resamples, level, seed
        As for `cluster_bootstrap`.

    Raises
    ------
    InvalidData
        As `cluster_bootstrap`.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
    """

    def difference(index: Indices) -> float:
        return b(index) - a(index)

    blocks = group_members(groups)
    values = _resampled(difference, blocks, resamples, seed)
    interval = _interval(difference(np.arange(len(groups))), values, level, len(blocks))
    return Difference(
        interval.value, interval.low, interval.high, interval.groups, interval.undefined, p=_two_sided(values)
    )


def group_members(groups: Sequence[Hashable]) -> list[Indices]:
    """Return the item indices of each group, groups in order of first appearance.

    Raises
    ------
    InvalidData
        If there are fewer than two groups.
    """
    members: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    if len(members) < 2:
        raise InvalidData(f"an interval or test needs at least two groups, got {len(members)}")
    return [np.array(indices, dtype=np.intp) for indices in members.values()]


def _draws(n_groups: int, resamples: int, seed: int) -> Iterator[Indices]:
    if resamples < 1:
        raise InvalidData(f"resamples must be at least 1, got {resamples}")
    generator = np.random.default_rng(seed)
    return (generator.integers(n_groups, size=n_groups) for _ in range(resamples))


def _resampled(statistic: Statistic, blocks: list[Indices], resamples: int, seed: int) -> NDArray[np.float64]:
    draws = _draws(len(blocks), resamples, seed)
    return np.array([statistic(np.concatenate([blocks[i] for i in draw])) for draw in draws], dtype=float)


def _interval(value: float, values: NDArray[np.float64], level: float, groups: int) -> Interval:
    if not 0 < level < 1:
        raise InvalidData(f"level must lie between 0 and 1, got {level}")
    finite = values[np.isfinite(values)]
    undefined = values.size - finite.size
    if not finite.size:
        return Interval(float(value), float("nan"), float("nan"), groups, undefined)
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high), groups, undefined)


def _two_sided(differences: NDArray[np.float64]) -> float:
    finite = differences[np.isfinite(differences)]
    if not finite.size:
        return float("nan")
    smaller = min(np.count_nonzero(finite <= 0), np.count_nonzero(finite >= 0))
    return min(1.0, float(2 * (1 + smaller)) / (1 + finite.size))
