"""What is measured of predictions.

Three families. Of the class (label above 0 or not), from P(high) ≥ .5 or from P(high) as a ranking: balanced
accuracy, accuracy, macro F1, AUC. Of the value: concordance, error, coverage of the stated intervals, over
windows as they are. Of the probability: ECE, Brier score and log loss, **both classes weighing the same**, as
methods state probabilities under equal priors (see `scaling`); how many windows of each class a study has is
no property of a person. `ece_as_recorded` is the calibration error without those weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import ccc
from affectlab.affect import rmse as root_mean_square_error
from affectlab.decoding.epochs import Floats
from affectlab.decoding.evaluation.inner import balanced_weights

BINS = 10
"""Of the reliability diagram, each holding the same weight of windows."""

_LEAST_CHANCE = 1e-3
"""Probabilities are kept this far from 0 and 1 in the log loss, so that one window cannot outweigh all."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Labels with what was believed of them, each of shape (n,)."""

    label: Floats
    mean: Floats
    sd: Floats
    high: Floats

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Judged:
        """Return some of the windows; places may repeat."""
        return Judged(self.label[rows], self.mean[rows], self.sd[rows], self.high[rows])


Metric = Callable[[Judged], float]


def balanced_accuracy(judged: Judged) -> float:
    """Mean of the shares found among high and among low labels, in [0, 1]; NaN with one class only."""
    truth, said = judged.label > 0, judged.high >= 0.5
    if truth.all() or not truth.any():
        return float("nan")
    return float((said[truth].mean() + 1 - said[~truth].mean()) / 2)


def accuracy(judged: Judged) -> float:
    """Share of windows on the right side, in [0, 1]."""
    return float(np.mean((judged.label > 0) == (judged.high >= 0.5)))


def macro_f1(judged: Judged) -> float:
    """Mean of the F1 of high and low, in [0, 1]."""
    truth, said = judged.label > 0, judged.high >= 0.5
    return (_f1(truth, said) + _f1(~truth, ~said)) / 2


def auc(judged: Judged) -> float:
    """Chance that a window with a high label gets a larger P(high) than one without; NaN with one class."""
    from scipy.stats import rankdata

    truth = judged.label > 0
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(judged.high)[truth].sum() - positives * (positives + 1) / 2
    return float(ranks / (positives * negatives))


def concordance(judged: Judged) -> float:
    """Lin's concordance of mean and label, in [-1, 1]."""
    return ccc(judged.label, judged.mean)


def rmse(judged: Judged) -> float:
    """Root mean squared error of the mean, in units of the label."""
    return root_mean_square_error(judged.label, judged.mean)


def coverage(level_in_sds: float) -> Metric:
    """Return the metric that says which share of labels lies within so many stated standard deviations."""

    def covered(judged: Judged) -> float:
        return float(np.mean(np.abs(judged.label - judged.mean) <= level_in_sds * judged.sd))

    return covered


def ece(judged: Judged) -> float:
    """Return the expected calibration error of P(high), both classes weighing the same; see `reliability`."""
    return _calibration_error(judged, balanced_weights(judged.label))


def ece_as_recorded(judged: Judged) -> float:
    """Return the expected calibration error of P(high), every window weighing the same."""
    return _calibration_error(judged, np.full(len(judged.label), 1 / len(judged.label)))


def brier(judged: Judged) -> float:
    """Mean squared distance of P(high) from what was the case, both classes weighing the same."""
    return float(balanced_weights(judged.label) @ (judged.high - (judged.label > 0)) ** 2)


def nll(judged: Judged) -> float:
    """Mean negative log likelihood of the class in nats, both classes weighing the same."""
    chance = np.clip(np.where(judged.label > 0, judged.high, 1 - judged.high), _LEAST_CHANCE, 1)
    return float(balanced_weights(judged.label) @ -np.log(chance))


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """A reliability diagram: per bin what was said, what was the case, and how much lies in it."""

    said: Floats
    found: Floats
    weight: Floats


def reliability(high: Floats, truth: NDArray[np.bool_], weights: Floats) -> Reliability:
    """Sort windows by P(high) into `BINS` bins of equal weight.

    Parameters
    ----------
    high, truth
        Stated probability and whether the label is high, shape (n,).
    weights
        Of each window, shape (n,), summing to 1. Windows of one stated probability stay in one bin.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning,
    AAAI 29.
    """
    place = np.unique(high, return_inverse=True)[1]
    mass = np.bincount(place, weights)
    middle = np.cumsum(mass) - mass / 2
    bins = np.minimum((middle * BINS).astype(int), BINS - 1)[place]
    weight = np.bincount(bins, weights, minlength=BINS)
    filled = weight > 0
    said = np.bincount(bins, weights * high, minlength=BINS)[filled] / weight[filled]
    found = np.bincount(bins, weights * truth, minlength=BINS)[filled] / weight[filled]
    return Reliability(said, found, np.asarray(weight[filled], dtype=float))


def _calibration_error(judged: Judged, weights: Floats) -> float:
    diagram = reliability(judged.high, judged.label > 0, weights)
    return float(diagram.weight @ np.abs(diagram.said - diagram.found))


def _f1(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    either = truth.sum() + said.sum()
    return float(2 * np.sum(truth & said) / either) if either else 0.0


METRICS: dict[str, Metric] = {
    "balanced_accuracy": balanced_accuracy,
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "auc": auc,
    "ccc": concordance,
    "rmse": rmse,
    "ece": ece,
    "ece_as_recorded": ece_as_recorded,
    "brier": brier,
    "nll": nll,
    "coverage68": coverage(1.0),
    "coverage95": coverage(1.96),
}
"""Pooled over people, with an interval by resampling whole people."""

PER_SUBJECT = ("balanced_accuracy", "auc", "ccc", "rmse")
"""What is also given for each person; calibration of one person has too few windows to be told."""
