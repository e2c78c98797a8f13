"""How well a number tells conflict from agreement, whatever threshold is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from affectlab.affect import Interval, cluster_bootstrap

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RocCurve:
    """Rates at every threshold, the strictest first.

    Parameters
    ----------
    thresholds
        Shape (points,), descending from infinity: conflict is called where a value is at least this.
    false_positives, true_positives
        Shape (points,), in [0, 1]: shares of cases in agreement and in conflict that are called conflict.
    auc
        Area under the curve with its interval, whole sources resampled.
    """

    thresholds: Array
    false_positives: Array
    true_positives: Array
    auc: Interval


def auc(values: ArrayLike, conflict: ArrayLike) -> float:
    """Return the probability that a case in conflict has a higher value than one in agreement.

    Ties count half. NaN where there is only one kind of case.
    """
    truth = np.asarray(conflict, dtype=bool)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(np.asarray(values, dtype=float))
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def roc_curve(
    values: ArrayLike,
    conflict: ArrayLike,
    sources: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> RocCurve:
    """Return the receiver operating characteristic of `values`.

    Parameters
    ----------
    values
        Shape (n,), finite: the higher, the likelier conflict.
    conflict
        Shape (n,): which cases are in conflict, some and not all.
    sources
        Length n: what is resampled as a whole.

    Raises
    ------
    InvalidData
        If there are fewer than two sources.
    """
    found, truth = np.asarray(values, dtype=float), np.asarray(conflict, dtype=bool)
    interval = cluster_bootstrap(
        lambda index: auc(found[index], truth[index]), sources, resamples=resamples, seed=seed
    )
    thresholds, false, true = _rates(found, truth)
    return RocCurve(thresholds, false, true, interval)


def youden(values: ArrayLike, conflict: ArrayLike) -> float:
    """Return the threshold with the largest difference of true and false positive rates.

    Halfway between the last value that is called conflict and the first that is not.

    References
    ----------
    Youden (1950), Index for rating diagnostic tests, Cancer 3, 32-35.
    """
    thresholds, false, true = _rates(np.asarray(values, dtype=float), np.asarray(conflict, dtype=bool))
    best = int(np.argmax(true - false))
    below = thresholds[min(best + 1, len(thresholds) - 1)]
    return float((thresholds[best] + below) / 2)


def _rates(values: Array, truth: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    distinct, members = np.unique(-values, return_inverse=True)
    true = np.cumsum(np.bincount(members, weights=truth, minlength=len(distinct)))
    false = np.cumsum(np.bincount(members, weights=~truth, minlength=len(distinct)))
    start = np.zeros(1)
    return (
        np.concatenate([[np.inf], -distinct]),
        np.concatenate([start, false / max(1, (~truth).sum())]),
        np.concatenate([start, true / max(1, truth.sum())]),
    )
