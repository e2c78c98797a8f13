"""How near a model's ratings are to people's, beside how near people are to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval, ccc, cluster_bootstrap, mae, pearson, spearman
from affectlab.bench.aica.reliability import split_half_reliability
from affectlab.errors import InvalidData

Array = NDArray[np.float64]
Measure = Callable[[Array, Array], float]


@dataclass(frozen=True, slots=True, eq=False)
class Rated:
    """Ratings of the images of one corpus on one scale, by people and by a model.

    Parameters
    ----------
    people, model
        Mean rating and the model's, shape (n,); the model's NaN where its answer could not be read.
    sd, raters
        Spread and number of people, shape (n,), NaN where not published.
    low, high
        Ends of the scale.
    sources
        What intervals cluster by, length n.
    """

    people: Array
    model: Array
    sd: Array
    raters: Array
    low: float
    high: float
    sources: tuple[str, ...]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> Rated:
        """Read the rows of ``answers.parquet``, none of which failed and all of one scale."""
        facts = [row["details"] for row in rows]
        return cls(
            np.array([one["mean"] for one in facts], dtype=float),
            np.array([model_rating(row) for row in rows], dtype=float),
            np.array([np.nan if one["sd"] is None else one["sd"] for one in facts], dtype=float),
            np.array([np.nan if one["n"] is None else one["n"] for one in facts], dtype=float),
            float(facts[0]["low"]),
            float(facts[0]["high"]),
            tuple(str(row["source"]) for row in rows),
        )

    @property
    def read(self) -> NDArray[np.bool_]:
        """Which answers are a rating."""
        return np.isfinite(self.model)

    def measures(self) -> dict[str, Callable[[NDArray[np.intp]], float]]:
        """Return each metric as a function of the indices of images."""
        return {
            "mae": self._mae,
            **{name: self._on_read(measure) for name, measure in _AGREEMENT.items()},
            "parse_rate": lambda index: float(self.read[index].mean()),
            "human_reliability": self._reliability,
            "human_ceiling": lambda index: float(np.sqrt(self._reliability(index))),
        }

    def _mae(self, index: NDArray[np.intp]) -> float:
        """Mean error; an answer that is no rating has the largest error that the scale allows."""
        people, model = self.people[index], self.model[index]
        worst = np.maximum(people - self.low, self.high - people)
        return mae(people, people + np.where(np.isfinite(model), model - people, worst))

    def _on_read(self, measure: Measure) -> Callable[[NDArray[np.intp]], float]:
        def of(index: NDArray[np.intp]) -> float:
            index = index[self.read[index]]
            return measure(self.people[index], self.model[index]) if index.size > 1 else float("nan")

        return of

    def _reliability(self, index: NDArray[np.intp]) -> float:
        known = index[np.isfinite(self.sd[index]) & (self.raters[index] > 1)]
        return split_half_reliability(self.people[known], self.sd[known], self.raters[known])


def model_rating(row: Mapping[str, Any]) -> float:
    """Return the rating that an answer is: the number named, or the mean of a scale's points by likelihood.

    NaN where it is none.
    """
    if row["probabilities"]:
        return float(sum(float(point) * share for point, share in row["probabilities"].items()))
    return float(row["values"].get("rating", np.nan))


def rated_intervals(rated: Rated, *, resamples: int, seed: int) -> dict[str, Interval]:
    """Return every metric with its interval, clustered by source; metrics that are undefined are left out."""
    found = {}
    for name, measure in rated.measures().items():
        value = measure(np.arange(len(rated.people)))
        if not np.isfinite(value):
            continue
        try:
            found[name] = cluster_bootstrap(measure, rated.sources, resamples=resamples, seed=seed)
        except InvalidData:
            # All from one source: there is a value and no interval.
            found[name] = Interval(value, float("nan"), float("nan"), 1)
    return found


def _slope(people: Array, model: Array) -> float:
    """Slope of people's ratings over the model's: 1 is calibrated, below 1 the model exaggerates."""
    centred = model - model.mean()
    spread = float(centred @ centred)
    return float(centred @ (people - people.mean())) / spread if spread > 0 else float("nan")


def _intercept(people: Array, model: Array) -> float:
    return float(people.mean() - _slope(people, model) * model.mean())


_AGREEMENT: Mapping[str, Measure] = {
    "spearman": spearman,
    "pearson": pearson,
    "ccc": ccc,
    "slope": _slope,
    "intercept": _intercept,
}
