"""How well one arm predicts each unit's own emotion, and how two arms differ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import holm, jensen_shannon_divergence, manhattan_distance
from affectlab.bench.metrics import Answers, Row, Scale, columns, evaluate, row
from affectlab.bench.persona.intervals import Array, Clusters, Statistic, Sums, divided
from affectlab.bench.persona.predictions import NO_TRUTH, PersonaRun, Predictions
from affectlab.bench.results import Samples

SCORES: Mapping[str, str] = {
    "top1": "share of units whose own emotion is the most probable one; an answer that names none is wrong",
    "top2": "share of units whose own emotion is among the two most probable ones",
    "macro_f1": "unweighted mean of the emotions' F1, over emotions that occur or are answered",
    "manhattan": "mean Manhattan distance between probabilities and the unit's own emotion, 0 to 2",
    "jsd": "mean Jensen-Shannon divergence in bits between probabilities and the unit's own emotion",
    "alpha": "Krippendorff's alpha (nominal) between the answer and the unit's own emotion",
    "ece": "expected calibration error of the top emotion, 15 equal bins of confidence",
}
"""Metric to its definition."""

COMPARED = ("top1", "jsd")
"""Metrics whose differences between conditions are tested."""

PAIRS: tuple[tuple[str, str], ...] = (
    ("mbti", "none"),
    ("bigfive", "none"),
    ("bigfive-text", "none"),
    ("both", "none"),
    ("cot-appraisal", "none"),
    ("fewshot", "none"),
    ("demographic", "none"),
    ("both", "shuffled"),
    ("both", "random"),
    ("bigfive", "mbti"),
)
"""Conditions compared, first minus second, within a language."""

_EXTRA = ("top2", "manhattan", "jsd")


def score_rows(
    of: PersonaRun, arm: Predictions, keep: NDArray[np.bool_], *, resamples: int, seed: int
) -> list[Row]:
    """Return the metrics of one arm over the cells of `keep`, shape (events, units).

    Intervals at 95 % are the wider of those over whole events and over whole units; ``cluster`` says which.
    """
    cells = keep & (of.felt != NO_TRUTH)
    mine = cells & arm.answered
    if not mine.any():
        return []
    values, statistics = _laid_out(of, arm, mine)
    sums = Sums.of(values, _clusters(of, mine, resamples, seed))
    n, failed = int(mine.sum()), int((cells & arm.failed).sum())
    found = []
    for metric, statistic in statistics.items():
        interval, cluster = sums.interval(statistic)
        found.append({**row(metric, interval, n, failed), "cluster": cluster})
    return found


def difference_rows(of: PersonaRun, *, resamples: int, seed: int) -> list[Row]:
    """Return the paired differences of `PAIRS` in each language, over cells that both arms answered.

    The p values are adjusted by Holm's method over all pairs of a metric.
    """
    rows: list[Row] = []
    for language in dict.fromkeys(arm.language for arm in of.arms.values()):
        by_condition = {arm.condition: arm for arm in of.arms.values() if arm.language == language}
        for one, other in PAIRS:
            if one in by_condition and other in by_condition:
                a, b = by_condition[one], by_condition[other]
                rows += _differences(of, a, b, resamples=resamples, seed=seed)
    for metric in COMPARED:
        mine = [one for one in rows if one["metric"] == metric and np.isfinite(one["p"])]
        for found, p in zip(mine, holm(np.array([one["p"] for one in mine])), strict=True):
            found["p_holm"] = float(p)
    return rows


def alpha(confusion: Array) -> Array:
    """Krippendorff's nominal alpha of two raters from their confusion matrix.

    Equal to `affectlab.affect.krippendorff_alpha` on the same pairs, from counts alone.

    Parameters
    ----------
    confusion
        Counts of (first, second), shape (..., n_labels, n_labels).

    Returns
    -------
    ndarray
        Shape (...); NaN where all values are the same.
    """
    pairs = confusion + np.swapaxes(confusion, -1, -2)
    totals = pairs.sum(axis=-1)
    n = totals.sum(axis=-1)
    agreed = np.trace(pairs, axis1=-2, axis2=-1)
    expected = n**2 - (totals**2).sum(axis=-1)
    return 1 - divided((n - 1) * (n - agreed), expected)


def _differences(of: PersonaRun, a: Predictions, b: Predictions, *, resamples: int, seed: int) -> list[Row]:
    cells = a.answered & b.answered & (of.felt != NO_TRUTH)
    if not cells.any():
        return []
    (first, own), (second, others) = (_laid_out(of, one, cells) for one in (a, b))
    sums = Sums.of(np.hstack([first, second]), _clusters(of, cells, resamples, seed))
    cut = first.shape[1]
    rows = []
    for metric in COMPARED:
        if metric not in own or metric not in others:
            continue
        one, other = own[metric], others[metric]
        found, cluster = sums.difference(_minus(one, other, cut))
        about = {"arm": a.arm, "against": b.arm, "p": found.p, "p_holm": None, "cluster": cluster}
        rows.append({**row(metric, found, int(cells.sum()), 0), **about})
    return rows


def _minus(one: Statistic, other: Statistic, cut: int) -> Statistic:
    return lambda sums: one(sums[..., :cut]) - other(sums[..., cut:])


def _laid_out(
    of: PersonaRun, arm: Predictions, cells: NDArray[np.bool_]
) -> tuple[Array, dict[str, Statistic]]:
    """Return columns, shape (n_cells, n_columns), and how each metric follows from their sums."""
    truth, predicted = of.felt[cells], arm.predicted[cells]
    n_labels = len(of.labels)
    samples = _samples(of, cells)
    logs = np.log(arm.probability[cells]) if arm.likelihoods else np.full((truth.size, n_labels), np.nan)
    scale = Scale(n_labels, np.empty(0), np.empty(0))
    layout = columns(samples, Answers(predicted, logs, np.ones(truth.size, dtype=bool)), scale)
    confusion = layout.slices["confusion"]
    statistics: dict[str, Statistic] = {
        "top1": lambda sums: evaluate(sums, layout.slices, scale)["accuracy"],
        "macro_f1": lambda sums: evaluate(sums, layout.slices, scale)["macro_f1"],
        "alpha": lambda sums: alpha(
            sums[..., confusion].reshape(*sums.shape[:-1], n_labels, n_labels + 1)[..., :n_labels]
        ),
    }
    if not arm.likelihoods:
        return layout.values, statistics
    extra, known = _probability_columns(arm.probability[cells], samples.target, truth)
    width = layout.values.shape[1]
    statistics["ece"] = lambda sums: evaluate(sums, layout.slices, scale)["ece"]
    for place, metric in enumerate(_EXTRA):
        statistics[metric] = _share(width + place, width + len(_EXTRA))
    ordered = {metric: statistics[metric] for metric in SCORES}
    return np.column_stack([layout.values, extra, known]), ordered


def _share(column: int, count: int) -> Statistic:
    return lambda sums: divided(sums[..., column], sums[..., count])


def _probability_columns(
    probability: Array, target: Array, truth: NDArray[np.intp]
) -> tuple[Array, NDArray[np.float64]]:
    """Return `_EXTRA` per cell, zeros where a cell has no likelihoods, and which have some."""
    known = np.isfinite(probability).all(axis=1)
    found = np.zeros((truth.size, len(_EXTRA)))
    p, t = probability[known], target[known]
    top2 = np.argsort(-p, axis=1, kind="stable")[:, :2]
    found[known] = np.column_stack(
        [
            (top2 == truth[known][:, None]).any(axis=1),
            manhattan_distance(p, t),
            jensen_shannon_divergence(p, t),
        ]
    )
    return found, known.astype(float)


def _samples(of: PersonaRun, cells: NDArray[np.bool_]) -> Samples:
    """Return the cells as samples, with what metrics read of them: the true label."""
    truth = of.felt[cells]
    events, _ = np.nonzero(cells)
    words = np.array([of.events[event].id for event in events], dtype=object)
    none = np.full(truth.size, None, dtype=object)
    return Samples(
        id=words,
        subset=none,
        split=none,
        source=words,
        status=np.full(truth.size, "answered", dtype=object),
        truth=truth,
        target=np.eye(len(of.labels))[truth],
        prediction=truth,
        log_probabilities=np.zeros((truth.size, len(of.labels))),
        text=none,
        failure_kind=none,
        failure=none,
        details=none,
    )


def _clusters(of: PersonaRun, cells: NDArray[np.bool_], resamples: int, seed: int) -> Clusters:
    events, units = np.nonzero(cells)
    sources = np.array([event.source for event in of.events], dtype=object)
    return Clusters(sources[events], np.array(of.units, dtype=object)[units], resamples, seed)
