"""Probabilities from the outputs of a classifier that knows only which is the likelier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEPS = 50
_PRECISE = 1e-9


def platt(logits: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and intercept of the line of `logits` that is the log-odds of `truth`.

    Fitted on outputs for cases the classifier has not seen, it makes probabilities of them at the base rate
    of those cases. Where high outputs do not mean truth the slope is 0, and the probability the base rate.

    Parameters
    ----------
    logits, truth
        Shape (n,); both values of `truth` occur.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines, Advances in Large Margin Classifiers;
    its targets, which keep the slope finite where classes are apart. Newton's method as in Lin, Lin and Weng
    (2007), A note on Platt's probabilistic outputs for support vector machines, Machine Learning 68, 267-276.
    """
    positives = int(truth.sum())
    negatives = truth.size - positives
    target = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    spread = float(logits.std()) or 1.0
    columns = np.stack([(logits - logits.mean()) / spread, np.ones(truth.size)], axis=1)
    line = _newton(columns, target)
    if line[0] <= 0:
        return 0.0, float(np.log(positives / negatives))
    slope = line[0] / spread
    return float(slope), float(line[1] - slope * logits.mean())


def _newton(columns: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the coefficients of a logistic regression; steps are halved until they help."""
    line = np.array([0.0, float(np.log(target.mean() / (1 - target.mean())))])
    for _ in range(_STEPS):
        probability = 1 / (1 + np.exp(-columns @ line))
        gradient = columns.T @ (probability - target)
        curvature = (columns.T * (probability * (1 - probability))) @ columns + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > _PRECISE and _loss(columns, target, line - size * step) > _loss(columns, target, line):
            size /= 2
        line = line - size * step
        if np.abs(size * step).max() < _PRECISE:
            break
    return line


def _loss(columns: NDArray[np.float64], target: NDArray[np.float64], line: NDArray[np.float64]) -> float:
    logits = columns @ line
    return float(np.sum(np.logaddexp(0.0, logits) - target * logits))
