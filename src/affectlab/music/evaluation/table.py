"""Rows of arm and metric with intervals over takes, and the differences between arms on the same plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval, cluster_bootstrap, paired_cluster_bootstrap
from affectlab.music.evaluation.human import STATISTICS, distance
from affectlab.music.evaluation.measuring import BEFORE, BOTH, Measured
from affectlab.music.evaluation.metrics import r2, step_beats, step_change
from affectlab.music.evaluation.predictors import AXES

Row = dict[str, Any]
Indices = NDArray[np.intp]
Statistic = Callable[[Indices], float]
Vector = NDArray[np.float64]
Human = Mapping[str, Vector]

RELATIVE: Final = ("emo_mse", "emo_mse_centred")
BASELINE: Final = "none"
# Pairs of arms that are compared beside every arm with the baseline: what the local branch adds.
PAIRS: Final = (("full", "global"),)


def table(arms: Mapping[str, Sequence[Measured]], human: Human | None, *, resamples: int = 2000) -> list[Row]:
    """Return the rows of every arm, then the differences.

    Parameters
    ----------
    arms
        Name of each arm to its takes, in the same order of plans in every arm.
    human
        Statistics of music by people, for the distances; None leaves them out.
    resamples
        Of the bootstrap over takes.

    Returns
    -------
    list
        `{arm, metric, value, low, high, n}`, n the number of takes that have the metric; differences carry
        `against`, the arm that is subtracted, and `p`. Of the `RELATIVE` metrics there is also the ratio of
        the two less 1, as `emo_mse_relative`.
        An undefined value is None, and so are its ends; `undefined`, where there is one, is the share of
        resamples that were, which the interval leaves out.
    """
    found = {arm: _statistics(takes, human) for arm, takes in arms.items()}
    rows = [
        _row(arm, metric, statistic, takes, resamples)
        for arm, statistics in found.items()
        for metric, (statistic, takes) in statistics.items()
    ]
    for arm, other in _compared(tuple(arms)):
        rows += [_difference(arm, other, metric, found, resamples) for metric in found[arm]]
        rows += [
            _relative(arm, other, metric, found, resamples) for metric in RELATIVE if metric in found[arm]
        ]
    return rows


_Found = dict[str, tuple[Statistic, Indices]]


def _compared(arms: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [(arm, BASELINE) for arm in arms if arm != BASELINE and BASELINE in arms]
    return pairs + [pair for pair in PAIRS if set(pair) <= set(arms)]


def _statistics(takes: Sequence[Measured], human: Human | None) -> _Found:
    """Return each metric as a statistic of take numbers, with the takes that have it."""
    found: _Found = {}
    for name in dict.fromkeys(name for take in takes for name in take.values):
        values = np.array([take.values.get(name, np.nan) for take in takes])
        having = _having(takes, "values", name)
        found[name] = (partial(_mean, values), having)
        if human and name in STATISTICS:
            found[f"{name}_distance"] = (partial(_distance, values, human[name]), having)
    if "emo_mse" in found:
        found["emo_mse_centred"] = (partial(_centred, takes), found["emo_mse"][1])
    for key in dict.fromkeys(key for take in takes for key in take.points):
        axis, predictor = key
        name = f"r2_{axis}" if predictor == BOTH else f"r2_{axis}_{predictor}"
        points = [take.points.get(key, np.zeros((0, 2))) for take in takes]
        found[name] = (partial(_r2, points), _having(takes, "points", key))
    for axis in dict.fromkeys(axis for take in takes for axis in take.responses):
        responses = [take.responses.get(axis, np.zeros(0)) for take in takes]
        having = _having(takes, "responses", axis)
        found[f"step_change_{axis}"] = (partial(_of_mean_response, step_change, responses), having)
        found[f"step_beats_{axis}"] = (partial(_of_mean_response, step_beats, responses), having)
    return found


def _having(takes: Sequence[Measured], what: str, key: object) -> Indices:
    return np.array([index for index, take in enumerate(takes) if key in getattr(take, what)], np.intp)


def _mean(values: Vector, at: Indices) -> float:
    return float(values[at].mean())


def _centred(takes: Sequence[Measured], at: Indices) -> float:
    """Emo-MSE once each axis is freed from its mean error over takes, which may be the predictors' own."""
    columns = [f"{kind}_{axis}" for axis in AXES for kind in ("emo_mse", "bias")]
    means = np.array([[takes[index].values[name] for name in columns] for index in at]).mean(axis=0)
    return float(np.mean(means[::2] - means[1::2] ** 2))


def _distance(values: Vector, human: Vector, at: Indices) -> float:
    return distance(values[at], human)


def _r2(points: list[Vector], at: Indices) -> float:
    pooled = np.concatenate([points[index] for index in at])
    return r2(pooled[:, 0], pooled[:, 1])


def _of_mean_response(measure: Any, responses: list[Vector], at: Indices) -> float:
    """Measure the mean response over takes: single ones are too noisy to tell when they cross a line."""
    shortest = min(len(responses[index]) for index in at)
    mean = np.mean([responses[index][:shortest] for index in at], axis=0)
    return float(measure(mean, BEFORE))


def _on(statistic: Statistic, takes: Indices, at: Indices) -> float:
    return statistic(takes[at])


def _row(arm: str, metric: str, statistic: Statistic, takes: Indices, resamples: int) -> Row:
    row: Row = {"arm": arm, "metric": metric}
    if len(takes) < 2:
        return row | _nothing(len(takes))
    found = cluster_bootstrap(partial(_on, statistic, takes), takes.tolist(), resamples=resamples)
    return row | _described(found, resamples)


def _difference(arm: str, other: str, metric: str, found: Mapping[str, _Found], resamples: int) -> Row:
    row: Row = {"arm": arm, "against": other, "metric": metric}
    takes = _common(found[arm], found[other], metric)
    if len(takes) < 2:
        return row | _nothing(len(takes))
    ours, theirs = (partial(_on, found[one][metric][0], takes) for one in (arm, other))
    gain = paired_cluster_bootstrap(theirs, ours, takes.tolist(), resamples=resamples)
    described = _described(gain, resamples)
    return row | described | {"p": None if described["value"] is None else gain.p}


def _relative(arm: str, other: str, metric: str, found: Mapping[str, _Found], resamples: int) -> Row:
    row: Row = {"arm": arm, "against": other, "metric": f"{metric}_relative"}
    takes = _common(found[arm], found[other], metric)
    if len(takes) < 2:
        return row | _nothing(len(takes))
    ours, theirs = (partial(_on, found[one][metric][0], takes) for one in (arm, other))
    ratio = cluster_bootstrap(lambda at: ours(at) / theirs(at) - 1, takes.tolist(), resamples=resamples)
    return row | _described(ratio, resamples)


def _common(ours: _Found, theirs: _Found, metric: str) -> Indices:
    """Return the takes that have a metric in both arms."""
    if metric not in ours or metric not in theirs:
        return np.zeros(0, np.intp)
    return np.intersect1d(ours[metric][1], theirs[metric][1])


def _nothing(n: int) -> Row:
    return {"value": None, "low": None, "high": None, "n": n}


def _described(found: Interval, resamples: int) -> Row:
    if not np.isfinite(found.value):
        return _nothing(found.groups)
    row: Row = {"value": found.value, "low": found.low, "high": found.high, "n": found.groups}
    return row | ({"undefined": found.undefined / resamples} if found.undefined else {})
