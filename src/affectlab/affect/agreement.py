"""How well two series of ratings agree, and how well many raters agree.

A coefficient whose formula divides zero by zero (a correlation with a constant, agreement among ratings that
never vary) is undefined and returned as NaN, which bootstraps count and leave out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from affectlab.errors import InvalidData

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def mae(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Mean absolute error, in the unit of the ratings.

    Raises
    ------
    InvalidData
        If there are no items, shapes differ or a value is not finite.
    """
    x, y = _series(truth, predicted)
    return float(np.mean(np.abs(x - y)))


def rmse(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Root mean squared error, in the unit of the ratings.

    Raises
    ------
    InvalidData
        If there are no items, shapes differ or a value is not finite.
    """
    x, y = _series(truth, predicted)
    return float(np.sqrt(np.mean((x - y) ** 2)))


def pearson(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Pearson's correlation, in [-1, 1]; NaN if either series is constant.

    Raises
    ------
    InvalidData
        If there are no items, shapes differ or a value is not finite.
    """
    x, y = _series(truth, predicted)
    if _is_constant(x) or _is_constant(y):
        return float("nan")
    return float(np.clip(_direction(x) @ _direction(y), -1, 1))


def spearman(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Spearman's rank correlation, ties sharing their mean rank, in [-1, 1]; NaN if a series is constant.

    Raises
    ------
    InvalidData
        If there are no items, shapes differ or a value is not finite.
    """
    x, y = _series(truth, predicted)
    return pearson(_ranks(x), _ranks(y))


def ccc(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Lin's concordance correlation coefficient, in [-1, 1].

    Unlike Pearson's it falls with any shift or stretch of the predictions. Moments divide by n. A constant
    prediction of varying ratings has concordance 0; two constants have NaN where they are equal and 0 where
    they differ.

    Raises
    ------
    InvalidData
        If there are no items, shapes differ or a value is not finite.

    References
    ----------
    Lin (1989), A concordance correlation coefficient to evaluate reproducibility, Biometrics 45, 255-268.
    """
    x, y = _series(truth, predicted)
    if _is_constant(x) and np.array_equal(x, y):
        return float("nan")
    if _is_constant(x) or _is_constant(y):
        return 0.0
    covariance = np.mean((x - x.mean()) * (y - y.mean()))
    return float(2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))


def krippendorff_alpha(table: ArrayLike, *, level: Literal["nominal", "ordinal", "interval"]) -> float:
    """Krippendorff's α: 1 for perfect agreement, 0 for chance, below 0 for systematic disagreement.

    Parameters
    ----------
    table
        Ratings, shape (n_units, n_raters), NaN where a rater did not rate; categories coded as numbers.
        Units with fewer than two ratings are ignored.
    level
        What differences mean: ``"nominal"`` (different or not), ``"ordinal"`` (ranks between) or
        ``"interval"`` (squared difference).

    Returns
    -------
    float
        NaN if all pairable ratings are the same value.

    Raises
    ------
    InvalidData
        If the table is not two-dimensional, holds an infinity, or no unit has two ratings.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, University of Pennsylvania.
    """
    coincidences, values = _coincidences(_ratings(table))
    totals = coincidences.sum(axis=0)
    distance = _distances(values, totals, level)
    expected = float((np.outer(totals, totals) * distance).sum())
    if expected == 0:
        return float("nan")
    return float(1 - (totals.sum() - 1) * (coincidences * distance).sum() / expected)


def cohen_kappa(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    *,
    weights: Literal["none", "quadratic"] = "none",
) -> float:
    """Cohen's κ: agreement of two raters beyond what their own distributions give by chance, in [-1, 1].

    Parameters
    ----------
    first, second
        The category that each rater gave each item, in the same order.
    weights
        ``"none"`` counts every disagreement as one; ``"quadratic"`` counts the squared difference, of
        categories that are numbers.

    Returns
    -------
    float
        NaN if chance alone gives no disagreement, as where both always say the same one thing.

    Raises
    ------
    InvalidData
        If there are no items, the lengths differ, or weighted categories are no finite numbers.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20, 37-46; weighted: Cohen (1968), Psychological
    Bulletin 70, 213-220.
    """
    if not len(first) or len(first) != len(second):
        raise InvalidData(f"need two raters of the same items, at least one, got {len(first)}, {len(second)}")
    if weights == "quadratic":
        x, y = _series(np.array(first, dtype=float), np.array(second, dtype=float))
        observed = float(np.mean((x - y) ** 2))
        by_chance = float(np.mean((x[:, None] - y[None, :]) ** 2))
    else:
        observed = sum(one != other for one, other in zip(first, second, strict=True)) / len(first)
        shares = Counter(first), Counter(second)
        by_chance = 1 - sum(shares[0][one] * shares[1][one] for one in shares[0]) / len(first) ** 2
    return 1 - observed / by_chance if by_chance else float("nan")


def _series(truth: ArrayLike, predicted: ArrayLike) -> tuple[Vector, Vector]:
    x, y = np.asarray(truth, dtype=float), np.asarray(predicted, dtype=float)
    if x.ndim != 1 or x.shape != y.shape or not x.size:
        raise InvalidData(f"need two series of the same length, at least one item, got {x.shape}, {y.shape}")
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))):
        missing = np.count_nonzero(~np.isfinite(x) | ~np.isfinite(y))
        raise InvalidData(f"{missing} of {x.size} items hold a value that is not finite; leave them out")
    return x, y


def _is_constant(x: Vector) -> bool:
    # Exact on purpose: the variance of equal floats may round to something above zero.
    return bool(np.all(x == x[0]))


def _direction(x: Vector) -> Vector:
    centred = x - x.mean()
    # Scaled before squaring, so that ratings that differ by very little do not underflow.
    scaled = centred / np.abs(centred).max()
    return np.asarray(scaled / np.linalg.norm(scaled))


def _ranks(x: Vector) -> Vector:
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    ranks: Vector = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return ranks


def _ratings(table: ArrayLike) -> Matrix:
    ratings = np.asarray(table, dtype=float)
    if ratings.ndim != 2 or np.any(np.isinf(ratings)):
        raise InvalidData(
            f"ratings must be a table of units by raters, NaN where missing, got shape {ratings.shape}"
        )
    paired: Matrix = ratings[np.count_nonzero(~np.isnan(ratings), axis=1) >= 2]
    if not paired.size:
        raise InvalidData("agreement needs at least one unit with two ratings, got none")
    return paired


def _coincidences(ratings: Matrix) -> tuple[Matrix, Vector]:
    """Pairs of values within units, each unit weighing as many ratings as it has."""
    given = ~np.isnan(ratings)
    values, codes = np.unique(ratings[given], return_inverse=True)
    counts = np.zeros((len(ratings), len(values)))
    np.add.at(counts, (np.nonzero(given)[0], codes), 1)
    weights = 1 / (counts.sum(axis=1) - 1)
    return (counts * weights[:, None]).T @ counts - np.diag(weights @ counts), values


def _distances(values: Vector, totals: Vector, level: str) -> Matrix:
    if level == "nominal":
        return np.asarray(1 - np.eye(len(values)))
    if level == "interval":
        return np.asarray((values[:, None] - values[None, :]) ** 2)
    if level == "ordinal":
        # Ratings up to and including half of a value's own: differences of these are ranks between values.
        midranks = np.cumsum(totals) - totals / 2
        return np.asarray((midranks[:, None] - midranks[None, :]) ** 2)
    raise InvalidData(f"level must be nominal, ordinal or interval, got {level!r}")
