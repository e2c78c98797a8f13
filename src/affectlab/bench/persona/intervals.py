"""Intervals for answers that depend on each other through the event and through the reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Difference, Interval
from affectlab.bench.resampling import Resampler, difference, interval

Array = NDArray[np.float64]
_Kind = TypeVar("_Kind", bound=Interval)

Statistic = Callable[[Array], Array]
"""Maps sums of columns, shape (..., n_columns), to values of shape (...)."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Events and units of the same cells, length n_cells each, with the number and seed of resamples."""

    event: NDArray[np.object_]
    unit: NDArray[np.object_]
    resamples: int
    seed: int

    def resamplers(self) -> Mapping[str, Resampler]:
        """Return one resampler of whole events and one of whole units."""
        return {
            name: Resampler(of, resamples=self.resamples, seed=self.seed)
            for name, of in (("event", self.event), ("reader", self.unit))
        }


@dataclass(frozen=True, slots=True)
class Sums:
    """Columns summed over the cells and over resamples of whole events, and of whole units."""

    observed: Array
    resampled: Mapping[str, tuple[Array, int]]

    @classmethod
    def of(cls, columns: Array, clusters: Clusters) -> Sums:
        """Sum `columns`, shape (n_cells, n_columns)."""
        drawn = {name: (one, one.sums(columns)) for name, one in clusters.resamplers().items()}
        observed = next(iter(drawn.values()))[1][0]
        return cls(observed, {name: (sums[1], one.groups) for name, (one, sums) in drawn.items()})

    def interval(self, statistic: Statistic) -> tuple[Interval, str]:
        """Return the wider of the two intervals at 95 %, and what it resamples: "event" or "reader"."""
        value = float(statistic(self.observed))
        return _wider(
            {name: interval(value, statistic(sums), n) for name, (sums, n) in self.resampled.items()}
        )

    def difference(self, statistic: Statistic) -> tuple[Difference, str]:
        """Return the same for a difference, with the p value of the wider interval."""
        value = float(statistic(self.observed))
        return _wider(
            {name: difference(value, statistic(sums), n) for name, (sums, n) in self.resampled.items()}
        )


def _wider(found: Mapping[str, _Kind]) -> tuple[_Kind, str]:
    def width(name: str) -> float:
        wide = found[name].high - found[name].low
        return wide if np.isfinite(wide) else -1.0

    name = max(found, key=width)
    return found[name], name


def ratio(top: int, bottom: int) -> Statistic:
    """Return the statistic that divides one column's sum by another's, NaN where that is 0."""
    return lambda sums: divided(sums[..., top], sums[..., bottom])


def divided(top: Array, bottom: Array) -> Array:
    """Divide, NaN where the divisor is not above 0."""
    top, bottom = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0))
