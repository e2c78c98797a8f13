"""A person's own correction of the network: light, and shrunk to what holds for everybody.

The resting reference takes most of what one person differs from the next out of the signal. What is left is
corrected by a linear map from the network's answer and a few directions of its embedding, fitted to a few
minutes of labelled windows. Every weight has a Gaussian prior around "no correction", so that little data
changes little (maximum a posteriori).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DIRECTIONS = 3
"""Directions of the embedding that a correction may use: those along which the calibration varies most."""

OFFSET_SD, SLOPE_SD, DIRECTION_SD = 0.2, 0.5, 0.15
"""How far a person's correction is expected to lie from none: offset, slope of the network's mean, and
weight of each whitened direction, in units of affect (ours)."""

LOGIT_SCALE = 4.0
"""Log-odds per unit of affect, by which the same expectations hold for probabilities (ours)."""

PRIOR_WINDOWS = 8.0
"""How many independent windows the network's own spread counts as (ours)."""

_NEWTON_STEPS = 25
_LEAST_ODDS = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class AxisOutput:
    """What the network says of one axis of affect.

    Parameters
    ----------
    mean, sd
        Belief in affect, each of shape (n,).
    high
        Probability that affect lies above the middle of the scale, shape (n,).
    embedding
        Shape (n, n_embedding).
    """

    mean: Array
    sd: Array
    high: Array
    embedding: Array

    def __len__(self) -> int:
        return len(self.mean)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> AxisOutput:
        """Return some of the windows."""
        return AxisOutput(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


@dataclass(frozen=True, slots=True, eq=False)
class AxisHead:
    """A person's correction of one axis.

    Parameters
    ----------
    centre, projection
        Shapes (n_embedding,) and (n_embedding, k): embedding to whitened directions.
    weights, weights_covariance
        Shapes (k + 2,) and (k + 2, k + 2): offset, slope and directions, added to the network's mean.
    odds
        Shape (k + 2,), the same, added to the network's log-odds.
    spread
        Factor on the network's standard deviation, > 0.
    """

    centre: Array
    projection: Array
    weights: Array
    weights_covariance: Array
    odds: Array
    spread: float

    @classmethod
    def fit(cls, output: AxisOutput, labels: Array, *, share: float) -> AxisHead:
        """Learn a correction.

        Parameters
        ----------
        output
            What the network said of the calibration windows.
        labels
            What is known of them, in [-1, 1], shape (n,).
        share
            What one window counts as, in (0, 1]: windows of 4 s every 0.5 s share their samples eight-fold.
        """
        centre, projection = _directions(output.embedding)
        regressors = _regressors(output, centre, projection)
        prior = _prior_sd(projection.shape[1])
        precision = share / output.sd**2
        held = (regressors.T * precision) @ regressors + np.diag(1 / prior**2)
        covariance: Array = np.linalg.inv(held).astype(np.float64)
        weights = covariance @ (regressors.T @ (precision * (labels - output.mean)))
        left = labels - output.mean - regressors @ weights
        seen = share * float(np.sum((left / output.sd) ** 2))
        spread = float(np.sqrt((PRIOR_WINDOWS + seen) / (PRIOR_WINDOWS + share * len(labels))))
        odds = _fit_odds(regressors, _logit(output.high), labels > 0, share, prior * LOGIT_SCALE)
        return cls(centre, projection, weights, covariance, odds, spread)

    def apply(self, output: AxisOutput) -> AxisOutput:
        """Return the corrected output; the means stay in [-1, 1]."""
        regressors = _regressors(output, self.centre, self.projection)
        unsure = np.einsum("ni,ij,nj->n", regressors, self.weights_covariance, regressors)
        return replace(
            output,
            mean=np.clip(output.mean + regressors @ self.weights, -1, 1),
            sd=np.sqrt((self.spread * output.sd) ** 2 + unsure),
            high=_expit(_logit(output.high) + regressors @ self.odds),
        )


def _directions(embedding: Array) -> tuple[Array, Array]:
    """Return centre and whitening projection on the directions of largest variance."""
    centre = embedding.mean(axis=0)
    _, scales, vectors = np.linalg.svd(embedding - centre, full_matrices=False)
    scales = scales / np.sqrt(max(len(embedding) - 1, 1))
    kept = min(DIRECTIONS, int(np.sum(scales > 1e-6 * max(float(scales.max()), 1e-12))))
    return centre, (vectors[:kept] / scales[:kept, None]).T


def _regressors(output: AxisOutput, centre: Array, projection: Array) -> Array:
    """Return offset, mean and directions, shape (n, k + 2); far-off directions are held at three sd."""
    directions = np.clip((output.embedding - centre) @ projection, -3, 3)
    return np.column_stack([np.ones(len(output)), output.mean, directions])


def _prior_sd(directions: int) -> Array:
    return np.array([OFFSET_SD, SLOPE_SD, *([DIRECTION_SD] * directions)])


def _fit_odds(
    regressors: Array, logits: Array, high: NDArray[np.bool_], share: float, prior_sd: Array
) -> Array:
    """Fit a logistic correction by Newton's method; the prior makes its optimum unique."""
    weights = np.zeros(regressors.shape[1])
    for _ in range(_NEWTON_STEPS):
        chance = _expit(logits + regressors @ weights)
        slope = regressors.T @ (share * (high - chance)) - weights / prior_sd**2
        curve = (regressors.T * (share * chance * (1 - chance))) @ regressors + np.diag(1 / prior_sd**2)
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.max(np.abs(step)) < 1e-8:
            break
    return weights


def _logit(probability: Array) -> Array:
    held = np.clip(probability, _LEAST_ODDS, 1 - _LEAST_ODDS)
    return np.log(held / (1 - held))


def _expit(logit: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
