"""Rows of figures: what each metric says of each method, with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval, cluster_bootstrap, holm, paired_cluster_bootstrap
from affectlab.decoding.epochs import Target
from affectlab.decoding.evaluation.exchange import Stretches, exchange_tests
from affectlab.decoding.evaluation.folds import Indices
from affectlab.decoding.evaluation.methods import DEFAULT
from affectlab.decoding.evaluation.metrics import METRICS, PER_SUBJECT, Judged
from affectlab.decoding.evaluation.settings import EvaluateSettings

Row = dict[str, Any]

COMPARED = ("balanced_accuracy", "ccc")
"""Metrics in which the default method is compared with each other one."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What one method believed of all windows that were judged.

    Parameters
    ----------
    method, target
        Whose beliefs, of which axis.
    judged
        Labels and beliefs.
    subject
        Whose window, shape (n,).
    unit
        Stretch of one label, shape (n,).
    resting, since
        Whether at rest, and where in its recording it starts, seconds, shape (n,).
    """

    method: str
    target: Target
    judged: Judged
    subject: NDArray[np.object_]
    unit: Indices
    resting: NDArray[np.bool_]
    since: NDArray[np.float64]


def shown_name(method: str) -> str:
    """Return the name a method's rows have."""
    return "default" if method == DEFAULT else method


def pooled_rows(
    scores: Scores, settings: EvaluateSettings, metrics: Sequence[str] = tuple(METRICS)
) -> Iterator[Row]:
    """Yield each metric over all windows, its interval by resampling whole people."""
    tests = _tests(scores, settings)
    for name in metrics:
        test = tests.get(name)
        extra = {"p": test.p, "chance": test.chance} if test else {}
        yield _row(scores, name, _interval(scores, name, settings)) | extra


def subject_rows(scores: Scores) -> Iterator[Row]:
    """Yield the metrics of each person."""
    for person in dict.fromkeys(scores.subject.tolist()):
        rows = scores.subject == person
        own = scores.judged.take(rows)
        for name in PER_SUBJECT:
            value = METRICS[name](own)
            found = {"metric": name, "value": value, "low": None, "high": None, "n": int(rows.sum())}
            yield {"method": shown_name(scores.method), "target": scores.target, "subject": person, **found}


def difference_rows(found: Mapping[str, Scores], settings: EvaluateSettings, oracles: set[str]) -> list[Row]:
    """Compare the default with each other method on the same resampled people; p values are Holm's.

    Parameters
    ----------
    found
        Method to scores, all of the same windows of one axis.
    settings
        Resamples and seed.
    oracles
        Methods that are told the answer in these data, and are no rivals.
    """
    if DEFAULT not in found:
        return []
    default = found[DEFAULT]
    rows = [
        _difference(default, other, metric, settings)
        for metric in COMPARED
        for name, other in found.items()
        if name != DEFAULT and name not in oracles
    ]
    if rows:
        for row, p in zip(rows, holm(np.array([row["p"] for row in rows])), strict=True):
            row["p_holm"] = float(p)
    return rows


def drift_rows(scores: Scores, settings: EvaluateSettings) -> list[Row]:
    """Say how far the belief moves while nothing changes but time, beside how far it moves with the state.

    Late minus early third of each person's judged rest, and windows with high minus windows with low labels,
    each the mean over people of the belief's mean, in units of the label.
    """
    shifts = []
    for person in dict.fromkeys(scores.subject.tolist()):
        own = scores.subject == person
        rest = own & scores.resting
        high, low = own & (scores.judged.label > 0), own & (scores.judged.label <= 0)
        if rest.sum() < 3 or not high.any() or not low.any():
            continue
        early, late = np.quantile(scores.since[rest], [1 / 3, 2 / 3])
        mean = scores.judged.mean
        before, after = (
            mean[rest & (scores.since <= early)].mean(),
            mean[rest & (scores.since >= late)].mean(),
        )
        shifts.append((after - before, mean[high].mean() - mean[low].mean()))
    if len(shifts) < 2:
        return []
    columns = np.array(shifts).T
    about = {"method": shown_name(scores.method), "target": scores.target, "control": "drift"}
    return [
        about | _mean_row(name, values, settings)
        for name, values in zip(("shift_late_rest", "shift_with_state"), columns, strict=True)
    ]


def _mean_row(metric: str, values: NDArray[np.float64], settings: EvaluateSettings) -> Row:
    interval = cluster_bootstrap(
        lambda rows: float(values[rows].mean()),
        list(range(len(values))),
        resamples=settings.resamples,
        seed=settings.seed,
    )
    return {"metric": metric, **_bounds(interval)}


def _tests(scores: Scores, settings: EvaluateSettings) -> dict[str, Any]:
    stretches = Stretches.of(scores.judged, scores.unit, scores.subject)
    return dict(exchange_tests(stretches, permutations=settings.permutations, seed=settings.seed))


def _interval(scores: Scores, metric: str, settings: EvaluateSettings) -> Interval:
    measure = METRICS[metric]
    return cluster_bootstrap(
        lambda rows: measure(scores.judged.take(rows)),
        scores.subject.tolist(),
        resamples=settings.resamples,
        seed=settings.seed,
    )


def _difference(default: Scores, other: Scores, metric: str, settings: EvaluateSettings) -> Row:
    measure = METRICS[metric]
    found = paired_cluster_bootstrap(
        lambda rows: measure(other.judged.take(rows)),
        lambda rows: measure(default.judged.take(rows)),
        default.subject.tolist(),
        resamples=settings.resamples,
        seed=settings.seed,
    )
    about = {"method": "default", "against": shown_name(other.method), "target": default.target}
    return about | {"metric": f"difference_{metric}", **_bounds(found), "p": found.p}


def _row(scores: Scores, metric: str, interval: Interval) -> Row:
    about = {"method": shown_name(scores.method), "target": scores.target, "metric": metric}
    return about | _bounds(interval) | {"windows": len(scores.judged.label)}


def _bounds(interval: Interval) -> Row:
    return {"value": interval.value, "low": interval.low, "high": interval.high, "n": interval.groups}
