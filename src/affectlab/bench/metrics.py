"""How good answers are: metrics of a set of samples with clustered intervals.

Every metric here is a function of sums over samples (a confusion matrix, summed log-likelihoods, calibration
gaps), so thousands of resamples cost one matrix product: see `affectlab.bench.resampling`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval, jensen_shannon_divergence
from affectlab.bench.resampling import Resampler, interval
from affectlab.bench.results import UNPARSED, Run, Samples

Array = NDArray[np.float64]
Row = dict[str, Any]

CALIBRATION_BINS = 15
PRIMARY = "accuracy"
"""The metric whose subsets a comparison adjusts its p values over."""

DEFINITIONS: Mapping[str, str] = {
    "accuracy": "share of right answers; an answer that names no label is wrong",
    "macro_f1": "unweighted mean of the labels' F1, over labels that occur or are answered",
    "weighted_f1": "mean of the labels' F1, weighted by how often the label is true",
    "uar": "unweighted average recall over the labels that occur",
    "mae": "mean absolute error of the label's place in the order, from 0 (first) to 1 (last)",
    "mae_midpoint": "mean absolute error on the labels' numbers (midpoints of their bins)",
    "nll": "mean negative natural logarithm of the true label's probability",
    "ece": f"expected calibration error of the top label, {CALIBRATION_BINS} equal bins of confidence",
    "jsd": "mean Jensen-Shannon divergence in bits between votes and probabilities",
    "parse_rate": "share of answers that name exactly one label",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """Labels with the two distances between them that absolute errors use, where labels are ordered.

    Parameters
    ----------
    places
        Shape (n_labels,): index / (n_labels - 1); empty where labels have no order.
    numbers
        Shape (n_labels,): the labels' numbers; empty where labels have no order.
    """

    n_labels: int
    places: Array
    numbers: Array

    @classmethod
    def of(cls, labels: Sequence[str], values: Mapping[str, float]) -> Scale:
        if not values or len(labels) < 2:
            return cls(len(labels), np.empty(0), np.empty(0))
        places = np.arange(len(labels)) / (len(labels) - 1)
        return cls(len(labels), places, np.array([values[label] for label in labels]))


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What one method answers to a set of samples.

    Parameters
    ----------
    prediction
        Label index, shape (n,); `UNPARSED` where the answer names none.
    log_probabilities
        Shape (n, n_labels), NaN rows where there are none.
    given
        Shape (n,): the method answers at all; others are left out of its metrics.
    """

    prediction: NDArray[np.intp]
    log_probabilities: Array
    given: NDArray[np.bool_]

    @classmethod
    def of(cls, samples: Samples) -> Answers:
        """Return the model's own answers."""
        return cls(samples.prediction, samples.log_probabilities, ~samples.failed)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Answers:
        """Return the answers to the samples at `rows`, indices or a mask."""
        return Answers(self.prediction[rows], self.log_probabilities[rows], self.given[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What is summed: per sample, shape (n, width); laid out by `slices`."""

    values: Array
    slices: Mapping[str, slice]


def columns(samples: Samples, answers: Answers, scale: Scale) -> Columns:
    """Lay out, per sample, the numbers whose sums make every metric; zeros where no answer is given."""
    given = answers.given
    k = scale.n_labels
    cell = samples.truth * (k + 1) + np.where(answers.prediction == UNPARSED, k, answers.prediction)
    confusion = np.eye(k * (k + 1))[cell] * given[:, None]
    parts = {"confusion": confusion}
    known = given & np.isfinite(answers.log_probabilities).all(axis=1)
    if known.any():
        parts |= _probability_columns(samples, answers, known)
    offsets = np.cumsum([0, *(part.shape[1] for part in parts.values())])
    slices = {name: slice(offsets[i], offsets[i + 1]) for i, name in enumerate(parts)}
    return Columns(np.hstack(list(parts.values())), slices)


def _probability_columns(samples: Samples, answers: Answers, known: NDArray[np.bool_]) -> dict[str, Array]:
    logs = np.where(known[:, None], answers.log_probabilities, 0.0)
    probabilities = np.exp(logs)
    rows = np.arange(len(logs))
    top = probabilities.argmax(axis=1)
    confidence = probabilities[rows, top]
    bins = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1)
    gap = (top == samples.truth) - confidence
    parts = {
        "known": known[:, None].astype(float),
        "nll": np.where(known, -logs[rows, samples.truth], 0.0)[:, None],
        "gap": np.eye(CALIBRATION_BINS)[bins] * (gap * known)[:, None],
    }
    if has_votes(samples):
        divergence = np.zeros(len(logs))
        shares = probabilities[known] / probabilities[known].sum(axis=1, keepdims=True)
        divergence[known] = jensen_shannon_divergence(samples.target[known], shares)
        parts["jsd"] = divergence[:, None]
    return parts


def has_votes(samples: Samples) -> bool:
    """Whether any true label is a distribution of votes and not one label."""
    return bool((samples.target.max(axis=1) < 1 - 1e-9).any())


def evaluate(sums: Array, slices: Mapping[str, slice], scale: Scale) -> dict[str, Array]:
    """Return every metric of sums of `columns`.

    Parameters
    ----------
    sums
        Shape (..., width).
    slices, scale
        Layout of the last axis, and the labels.

    Returns
    -------
    dict
        Metric to values of shape (...), NaN where undefined.
    """
    k = scale.n_labels
    confusion = sums[..., slices["confusion"]].reshape(*sums.shape[:-1], k, k + 1)
    found = _counts_metrics(confusion, k) | _errors(confusion, scale)
    if "known" in slices:
        known = sums[..., slices["known"]][..., 0]
        found["nll"] = _over(sums[..., slices["nll"]][..., 0], known)
        found["ece"] = _over(np.abs(sums[..., slices["gap"]]).sum(axis=-1), known)
    if "jsd" in slices:
        found["jsd"] = _over(sums[..., slices["jsd"]][..., 0], known)
    return found


def _counts_metrics(confusion: Array, k: int) -> dict[str, Array]:
    true, answered = confusion.sum(axis=-1), confusion[..., :k].sum(axis=-2)
    hits = np.diagonal(confusion[..., :k], axis1=-2, axis2=-1)
    n = true.sum(axis=-1)
    f1 = _over(2 * hits, true + answered)
    recall = _over(hits, true)
    return {
        "accuracy": _over(hits.sum(axis=-1), n),
        "macro_f1": _mean_defined(f1),
        "weighted_f1": _over(np.where(true > 0, f1 * true, 0.0).sum(axis=-1), n),
        "uar": _mean_defined(recall),
        "parse_rate": _over(answered.sum(axis=-1), n),
    }


def _errors(confusion: Array, scale: Scale) -> dict[str, Array]:
    """Mean absolute errors; an answer that names no label has the largest error its true label allows."""
    if not scale.places.size:
        return {}
    n = confusion.sum(axis=(-2, -1))
    errors = {}
    for name, positions in (("mae", scale.places), ("mae_midpoint", scale.numbers)):
        distance = np.abs(positions[:, None] - positions[None, :])
        cost = np.hstack([distance, distance.max(axis=1, keepdims=True)])
        errors[name] = _over((confusion * cost).sum(axis=(-2, -1)), n)
    return errors


def _over(top: Array, bottom: Array) -> Array:
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0))


def _mean_defined(scores: Array) -> Array:
    defined = np.isfinite(scores)
    return _over(np.where(defined, scores, 0.0).sum(axis=-1), defined.sum(axis=-1).astype(float))


def method_rows(
    samples: Samples, methods: Mapping[str, Answers], scale: Scale, *, subset: str, resamples: int, seed: int
) -> list[Row]:
    """Return the metric rows of every method on one subset, all on the same resamples.

    Failed samples are counted and left out. A method that answers none of the samples has no rows.
    """
    asked = ~samples.failed
    failed = int((~asked).sum())
    rest = samples.take(asked)
    kept = {name: here for name, one in methods.items() if (here := one.take(asked)).given.any()}
    if not kept:
        return []
    layouts = {name: columns(rest, one, scale) for name, one in kept.items()}
    resampler = Resampler(rest.source, resamples=resamples, seed=seed)
    observed, resampled = resampler.sums(np.hstack([one.values for one in layouts.values()]))
    rows, start = [], 0
    for name, layout in layouts.items():
        mine = slice(start, start := start + layout.values.shape[1])
        values = evaluate(observed[mine], layout.slices, scale)
        draws = evaluate(resampled[:, mine], layout.slices, scale)
        about = {"method": name, "subset": subset}
        n = int(kept[name].given.sum())
        rows += [
            about | row(metric, interval(float(values[metric]), draws[metric], resampler.groups), n, failed)
            for metric in DEFINITIONS
            if metric in values
        ]
    return rows


def row(metric: str, found: Interval, n: int, failed: int) -> Row:
    """Return one measured value as commands print it."""
    return {
        "metric": metric,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": n,
        "failed": failed,
    }


def scale_of(run: Run) -> Scale:
    return Scale.of(run.labels, run.values)
