"""Weighted ridge regression whose strength is chosen on people it was not fitted on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from affectlab.decoding.epochs import Floats
from affectlab.decoding.evaluation.folds import Indices

STRENGTHS: tuple[float, ...] = tuple(10.0 ** (half / 2) for half in range(-6, 7))
"""Penalties that are tried, in units of the features' variance: weights sum to 1, features have sd 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Ridge:
    """A fitted regression.

    Parameters
    ----------
    centre, scale
        Of each feature, shape (d,).
    weights
        Of the standardised features, shape (d,).
    intercept
        In units of the label.
    strength
        The penalty that was chosen.
    """

    centre: Floats
    scale: Floats
    weights: Floats
    intercept: float
    strength: float

    def scores(self, features: Floats) -> Floats:
        """Return the regression's values, shape (n,)."""
        values: Floats = (features - self.centre) / self.scale @ self.weights + self.intercept
        return values


def fit_ridge(features: Floats, label: Floats, mass: Floats, groups: Indices) -> tuple[Ridge, Floats]:
    """Fit, choosing the strength with the least squared error on groups left out.

    Parameters
    ----------
    features
        Shape (n, d).
    label
        Shape (n,).
    mass
        Weight of each window, shape (n,), summing to 1.
    groups
        Inner part of each window, shape (n,); two parts or more.

    Returns
    -------
    ridge
        Fitted on everything with the strength chosen.
    out_of_fold
        What each window gets from the fit that did not see its part, with that strength, shape (n,).
    """
    centre = mass @ features
    scale = np.sqrt(mass @ (features - centre) ** 2)
    scale[scale < 1e-9 * max(1.0, float(scale.max()))] = np.inf
    design = np.column_stack([(features - centre) / scale, np.ones(len(label))])
    moments = _Moments.of(design, label, mass)
    guesses = np.empty((len(STRENGTHS), len(label)))
    for part in np.unique(groups):
        rows = groups == part
        rest = moments.without(_Moments.of(design[rows], label[rows], mass[rows]))
        guesses[:, rows] = np.array(list(rest.solutions())) @ design[rows].T
    best = int(np.argmin((guesses - label) ** 2 @ mass))
    whole = list(moments.solutions())[best]
    ridge = Ridge(centre, scale, whole[:-1], float(whole[-1]), STRENGTHS[best])
    return ridge, guesses[best]


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Weighted sums that a fit needs, so that leaving a part out is a subtraction."""

    products: Floats
    towards: Floats

    @classmethod
    def of(cls, design: Floats, label: Floats, mass: Floats) -> _Moments:
        weighted = design * mass[:, None]
        return cls(weighted.T @ design, weighted.T @ label)

    def without(self, part: _Moments) -> _Moments:
        return _Moments(self.products - part.products, self.towards - part.towards)

    def solutions(self) -> Iterator[Floats]:
        """Yield weights and intercept for each strength, shape (d + 1,); the intercept is not penalised."""
        total = self.products[-1, -1]
        mean = self.products[-1, :-1] / total
        level = self.towards[-1] / total
        covariance = self.products[:-1, :-1] / total - np.outer(mean, mean)
        values, vectors = np.linalg.eigh(covariance)
        along = vectors.T @ (self.towards[:-1] / total - mean * level)
        for strength in STRENGTHS:
            weights = vectors @ (along / (np.maximum(values, 0.0) + strength))
            yield np.append(weights, level - mean @ weights)
