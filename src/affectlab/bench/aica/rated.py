"""How near a model's ratings are to people's, beside how near people are to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.resampling import Resampler

Array = NDArray[np.float64]


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

    def columns(self) -> Array:
        """Return what is summed for every metric but rank correlation, shape (n, 12)."""
        read = self.read
        # Around the middle of the scale, so that squares lose no digits.
        middle = (self.low + self.high) / 2
        people, model = self.people - middle, np.where(read, self.model, middle) - middle
        worst = np.maximum(self.people - self.low, self.high - self.people)
        known = np.isfinite(self.sd) & (self.raters > 1)
        error = np.divide(self.sd**2, self.raters, out=np.zeros(len(people)), where=known)
        ones = np.ones(len(people))
        on_read = [read * one for one in (ones, people, model, people**2, model**2, people * model)]
        on_known = [known * one for one in (ones, people, people**2)]
        missed = np.where(read, np.abs(people - model), worst)
        return np.column_stack([ones, missed, *on_read, *on_known, error])

    def evaluate(self, sums: Array) -> dict[str, Array]:
        """Return metrics of sums of `columns`, shape (..., 12): metric to values of shape (...)."""
        n, missed, read, x, y, xx, yy, xy, known, kx, kxx, error = np.moveaxis(sums, -1, 0)
        mean_x, mean_y = _over(x, read), _over(y, read)
        spread_x, spread_y = _spread(xx, mean_x, read), _spread(yy, mean_y, read)
        together = _over(xy, read) - mean_x * mean_y
        slope = _over(together, spread_y)
        middle = (self.low + self.high) / 2
        between = _spread(kxx, _over(kx, known), known) * _over(known, known - 1)
        reliability = np.maximum(0.0, _over(between - _over(error, known), between))
        return {
            "mae": _over(missed, n),
            "mae_share": _over(missed, n) / (self.high - self.low),
            "pearson": _over(together, np.sqrt(spread_x * spread_y)),
            "ccc": _over(2 * together, spread_x + spread_y + (mean_x - mean_y) ** 2),
            "slope": slope,
            "intercept": middle + mean_x - slope * (middle + mean_y),
            "parse_rate": _over(read, n),
            "human_reliability": reliability,
            "human_ceiling": np.sqrt(reliability),
        }

    def rank_correlation(self, weights: Array) -> Array:
        """Return Spearman's correlation over the answers that were read, each counted `weights` times.

        Parameters
        ----------
        weights
            Shape (..., n), whole numbers.

        Returns
        -------
        NDArray[np.float64]
            Shape (...), NaN where a series is constant.
        """
        there = weights[..., self.read]
        people, model = (_mid_ranks(one[self.read], there) for one in (self.people, self.model))
        n = there.sum(axis=-1)
        mean_x, mean_y = _over((there * people).sum(axis=-1), n), _over((there * model).sum(axis=-1), n)
        x, y = people - mean_x[..., None], model - mean_y[..., None]
        spread = np.sqrt((there * x**2).sum(axis=-1) * (there * y**2).sum(axis=-1))
        return _over((there * x * y).sum(axis=-1), spread)


def model_rating(row: Mapping[str, Any]) -> float:
    """Return the rating that an answer is: the number named, or the mean of a scale's points by likelihood.

    NaN where it is none.
    """
    if row["probabilities"]:
        return float(sum(float(point) * share for point, share in row["probabilities"].items()))
    return float(row["values"].get("rating", np.nan))


def rated_draws(rated: Rated, resampler: Resampler) -> dict[str, tuple[float, Array]]:
    """Return every metric with its resamples; metrics that are undefined are left out."""
    observed, resampled = resampler.sums(rated.columns())
    values, draws = rated.evaluate(observed), rated.evaluate(resampled)
    found = {name: (float(values[name]), draws[name]) for name in values}
    ones, weights = resampler.sums(np.eye(len(rated.people)))
    found["spearman"] = float(rated.rank_correlation(ones)), rated.rank_correlation(weights)
    return {name: one for name, one in found.items() if np.isfinite(one[0])}


def stated_intensity(rows: Sequence[Mapping[str, Any]], resampler: Resampler) -> tuple[float, Array] | None:
    """Rank correlation of the intensity that trees state, low, medium or high, with people's ratings.

    Parameters
    ----------
    rows
        Of ``answers.parquet``: labels of one corpus in one arm. People's mean intensity counts where it was
        rated, else their mean arousal.
    resampler
        Of the same rows.

    Returns
    -------
    tuple or None
        The correlation over the answers that state an intensity, and its resamples; None where undefined.
    """
    stated = np.array([row["values"].get("intensity", np.nan) for row in rows], dtype=float)
    ratings = [row["details"].get("ratings") or {} for row in rows]
    felt = [one.get("intensity") or one.get("arousal") or {} for one in ratings]
    people = np.array([one.get("mean", np.nan) for one in felt], dtype=float)
    unknown = np.full(len(rows), np.nan)
    known = np.where(np.isfinite(people), stated, np.nan)
    sources = tuple(str(row["source"]) for row in rows)
    pairs = Rated(np.nan_to_num(people), known, unknown, unknown, 1.0, 3.0, sources)
    ones, weights = resampler.sums(np.eye(len(rows)))
    value = float(pairs.rank_correlation(ones))
    return (value, pairs.rank_correlation(weights)) if np.isfinite(value) else None


def _mid_ranks(values: Array, weights: Array) -> Array:
    """Rank values that are each there `weights` times, ties sharing their mean rank, shape of `weights`."""
    if not values.size:
        return weights
    _, first, place = np.unique(np.sort(values), return_index=True, return_inverse=True)
    order = np.argsort(values, kind="stable")
    tied = np.add.reduceat(weights[..., order], first, axis=-1)
    middle = np.cumsum(tied, axis=-1) - (tied - 1) / 2
    back = np.empty_like(place)
    back[order] = place
    return np.asarray(middle[..., back])


def _spread(squares: Array, mean: Array, n: Array) -> Array:
    """Variance dividing by n; exactly 0 where only rounding is left of it."""
    found = _over(squares, n) - mean**2
    return np.where(found > 1e-12 * (1 + mean**2), found, 0.0)


def _over(top: Array, bottom: Array) -> Array:
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0))
