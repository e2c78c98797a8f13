"""From a method's scores to beliefs: probabilities and standard deviations that mean what they say.

Both maps are fitted on scores that windows got from fits without their own people, under the convention that
labels above and not above 0 are equally likely beforehand: how many windows of each there are is a matter of
how a study was recorded, not of the person who will be decoded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from affectlab.decoding.epochs import Floats
from affectlab.decoding.evaluation.method import Prediction

LEAST_SD = 0.02
"""Smallest standard deviation that is stated, in units of the label (ours)."""

_STEPS = 50
_PENALTY = 1e-5
"""Of the squared slope per standard deviation of scores: keeps it finite where scores part the classes."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Maps a score to a belief.

    Parameters
    ----------
    slope, intercept
        Of the log odds of a label above 0.
    gain, offset
        Of the mean.
    sd
        Of the label about that mean.
    """

    slope: float
    intercept: float
    gain: float
    offset: float
    sd: float

    def apply(self, scores: Floats) -> Prediction:
        """Return beliefs, each array of shape (n,)."""
        mean = np.clip(self.gain * scores + self.offset, -1.0, 1.0)
        return Prediction(mean, np.full(len(scores), self.sd), expit(self.slope * scores + self.intercept))


def fit_scaling(scores: Floats, label: Floats, mass: Floats) -> Scaling:
    """Fit both maps.

    Parameters
    ----------
    scores
        Out-of-fold scores, shape (n,).
    label
        Shape (n,).
    mass
        Weight of each window, shape (n,), summing to 1.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines, Advances in Large Margin Classifiers.
    """
    centre = mass @ scores
    spread = float(np.sqrt(mass @ (scores - centre) ** 2))
    if spread == 0:
        return _without_information(label, mass)
    standard = (scores - centre) / spread
    level = mass @ label
    # A slope below zero would turn a method that does worse than chance on its own people around.
    gain = max(0.0, float(mass @ (standard * (label - level))))
    sd = float(np.sqrt(mass @ (label - level - gain * standard) ** 2))
    slope, intercept = _logistic(standard, (label > 0).astype(float), mass)
    return Scaling(
        slope / spread,
        float(intercept - slope * centre / spread),
        gain / spread,
        float(level - gain * centre / spread),
        max(sd, LEAST_SD),
    )


def _without_information(label: Floats, mass: Floats) -> Scaling:
    level = float(mass @ label)
    share = float(np.clip(mass @ (label > 0), 1e-3, 1 - 1e-3))
    sd = float(np.sqrt(mass @ (label - level) ** 2))
    return Scaling(0.0, float(np.log(share / (1 - share))), 0.0, level, max(sd, LEAST_SD))


def _logistic(x: Floats, high: Floats, mass: Floats) -> tuple[float, float]:
    """Fit log odds = slope · x + intercept by Newton's method, the slope lightly penalised and ≥ 0."""
    design = np.column_stack([x, np.ones(len(x))])
    penalty = np.diag([_PENALTY, 1e-6])
    weights = np.zeros(2)
    for _ in range(_STEPS):
        chance = expit(design @ weights)
        slope = design.T @ (mass * (chance - high)) + penalty @ weights
        curvature = (design * (mass * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, slope)
        # Far from the solution a full step may overshoot into saturation.
        weights = weights - step * min(1.0, 2.0 / (np.abs(step).max() + 1e-12))
        if np.abs(step).max() < 1e-10:
            break
    return max(0.0, float(weights[0])), float(weights[1])
