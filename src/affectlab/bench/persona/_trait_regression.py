"""Multinomial logistic regression of answers on what others answered and on who the unit is.

The logit of label k for unit u and event e is ``b_k + β·l_uek + Σ_f x_uf·(w_fk + γ_f·l_uek)``: l is the
logarithm of the smoothed share of *other* units that named k, x are the unit's features. The weights w let a
feature favour an emotion, γ lets it decide how far the unit goes with the others. Both have a ridge penalty
that grows with the number of events, because a unit's habits do not average out over events.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

Array = NDArray[np.float64]

_RIDGE = 0.1
_SMOOTHING = 1.0
_STEPS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A regression's coefficients: intercepts (n_labels,), slope, weights (n_features, n_labels) and γ."""

    intercepts: Array
    slope: float
    weights: Array
    conformity: Array

    def log_probabilities(self, others: Array, features: Array) -> Array:
        """Return log P, shape (n_units, n_events, n_labels)."""
        pace = self.slope + features @ self.conformity
        shift = self.intercepts + features @ self.weights
        return np.asarray(log_softmax(shift[:, None] + pace[:, None, None] * others, axis=-1))


def fit(one_hot: Array, others: Array, features: Array) -> Fitted:
    """Fit the regression.

    Parameters
    ----------
    one_hot
        Answers, shape (n_units, n_events, n_labels); zeros where a unit did not answer.
    others
        l, from `others_shares`, the same shape.
    features
        x, standardised, shape (n_units, n_features); with no feature the event alone predicts.
    """
    labels, wide = one_hot.shape[2], features.shape[1]
    answered = one_hot.sum(axis=2, keepdims=True)
    total = max(float(answered.sum()), 1.0)
    penalty = _RIDGE * one_hot.shape[1] / total

    def loss(flat: Array) -> tuple[float, Array]:
        found = _unpacked(flat, labels, wide)
        log_p = found.log_probabilities(others, features)
        residual = np.exp(log_p) * answered - one_hot
        by_unit, pull = residual.sum(axis=1), np.einsum("uek,uek->u", residual, others)
        gradient = np.concatenate(
            [by_unit.sum(axis=0), [pull.sum()], (features.T @ by_unit).ravel(), features.T @ pull]
        )
        ridge = np.concatenate([np.zeros(labels + 1), flat[labels + 1 :]])
        value = -float((one_hot * log_p).sum()) / total + penalty / 2 * float(ridge @ ridge)
        return value, gradient / total + penalty * ridge

    start = np.zeros(labels + 1 + wide * (labels + 1))
    start[labels] = 1.0
    done = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return _unpacked(np.asarray(done.x), labels, wide)


def others_shares(counts: Array, own: Array) -> Array:
    """Return the log share of other units that named each label, smoothed by how common labels are.

    Parameters
    ----------
    counts
        How many units named each label, shape (n_events, n_labels).
    own
        What of it is the unit's own answer, shape (n_units, n_events, n_labels); zeros for units that are not
        among those counted.
    """
    others = counts - own
    prior = (counts.sum(axis=0) + 1) / (counts.sum() + counts.shape[1])
    total = others.sum(axis=-1, keepdims=True)
    return np.asarray(np.log((others + _SMOOTHING * prior) / (total + _SMOOTHING)))


def _unpacked(flat: Array, labels: int, wide: int) -> Fitted:
    weights = flat[labels + 1 : labels + 1 + wide * labels].reshape(wide, labels)
    return Fitted(flat[:labels], float(flat[labels]), weights, flat[labels + 1 + wide * labels :])
