"""A person's resting level of a feature that many channels contribute to.

The level is kept per contributor (channel or electrode pair), because each rests at a level of its own: were
only the average kept, a channel that drops out would look like a change of affect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MAD_TO_SD = 1.4826
"""Standard deviation of a Gaussian over its median absolute deviation."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far a window lies from rest.

    Parameters
    ----------
    score
        Distance from the resting level in resting standard deviations.
    variance
        Variance of `score` that comes from knowing the resting level from a short recording only.
    support
        Number of contributors the score rests on, counting each by its weight.
    """

    score: float
    variance: float
    support: float


class RestingLevel:
    """Robust level and spread of one feature over resting windows that overlap.

    Parameters
    ----------
    typical_sd
        Spread between windows that a person is expected to have before any is known.
    prior_windows
        How many independent windows `typical_sd` counts as.
    """

    def __init__(self, typical_sd: float, prior_windows: float) -> None:
        self._typical_sd = typical_sd
        self._prior_windows = prior_windows
        self._values: list[Array] = []
        self._weights: list[Array] = []
        self._summary: _Summary | None = None

    def add(self, values: Array, weights: Array) -> None:
        """Take in one resting window: values and weights in [0, 1], each of shape (n_contributors,)."""
        self._values.append(values)
        self._weights.append(weights)
        self._summary = None

    def deviation(self, values: Array, weights: Array, independent: float) -> Deviation | None:
        """Compare a window with rest, or return None when they share no usable contributor.

        The resting windows are averaged over contributors with the weights of the window to be judged, so
        that its score is in units of what the very same channels did at rest.

        Parameters
        ----------
        values, weights
            Of the window to be judged, each of shape (n_contributors,).
        independent
            How many windows that do not overlap the resting recording amounts to, > 0.
        """
        if self._summary is None:
            self._summary = _Summary.of(self._values, self._weights)
        shared = np.where(self._summary.known, weights, 0.0)
        support = float(shared.sum())
        if support <= 0:
            return None
        rest = self._summary.average(shared)
        if not rest.size:
            return None
        level = float(np.median(rest))
        count = independent * rest.size / len(self._values)
        here = float(shared @ np.where(self._summary.known, values - self._summary.level, 0.0)) / support
        return Deviation((here - level) / self._spread(rest - level, count), 1 / count, support)

    def _spread(self, centred: Array, count: float) -> float:
        """Pool the robust spread of `count` independent windows with the typical one."""
        own = MAD_TO_SD * float(np.median(np.abs(centred)))
        pooled = count * own**2 + self._prior_windows * self._typical_sd**2
        return float(np.sqrt(pooled / (count + self._prior_windows)))


@dataclass(frozen=True, slots=True, eq=False)
class _Summary:
    """Resting windows relative to each contributor's own level.

    `level` and `known` have shape (n_contributors,); `relative` and `weights` (n_windows, n_contributors).
    """

    level: Array
    known: NDArray[np.bool_]
    relative: Array
    weights: Array

    @classmethod
    def of(cls, values: list[Array], weights: list[Array]) -> _Summary:
        rows, masses = np.array(values), np.array(weights)
        used = masses > 0
        known: NDArray[np.bool_] = np.any(used, axis=0)
        level = _median_of_used(rows, used)
        return cls(level, known, np.where(used & known, rows - level, 0.0), masses)

    def average(self, weights: Array) -> Array:
        """Return the weighted average of every resting window that `weights` leaves anything of."""
        masses = self.weights @ weights
        sums = (self.weights * self.relative) @ weights
        some = masses > 0
        averages: Array = sums[some] / masses[some]
        return averages


def _median_of_used(rows: Array, used: NDArray[np.bool_]) -> Array:
    """Return the median of the used entries of every column; 0 for a column without any."""
    counts = used.sum(axis=0)
    ordered = np.sort(np.where(used, rows, np.inf), axis=0)
    columns = np.arange(rows.shape[1])
    middle = (ordered[np.maximum(counts - 1, 0) // 2, columns] + ordered[counts // 2, columns]) / 2
    return np.where(counts > 0, middle, 0.0)
