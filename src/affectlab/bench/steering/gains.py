"""What a steering gains in conflict and costs where modalities agree, sample by sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Difference
from affectlab.bench.metrics import Scale, evaluate
from affectlab.bench.resampling import Resampler, difference, interval
from affectlab.bench.results import UNPARSED
from affectlab.steering.case import Case

SUBSETS = ("conflict", "aligned")
METRICS = ("accuracy", "macro_f1")

Predictions = NDArray[np.intp]
"""Shape (n,): index of the label answered, `UNPARSED` where there is no answer."""


@dataclass(frozen=True, slots=True)
class Gain:
    """One metric on one kind of cases.

    Parameters
    ----------
    subset, metric
        One of `SUBSETS` and one of `METRICS`.
    value, low, high
        Of the steered model, with its 95 % interval by source.
    gain
        Paired difference to the unsteered model, with interval and p.
    n
        Cases, those that could not be asked left out.
    """

    subset: str
    metric: str
    value: float
    low: float
    high: float
    gain: Difference
    n: int


class Judge:
    """Compares answers to the same cases.

    Parameters
    ----------
    cases
        What was asked.
    labels
        Number of possible answers.
    unsteered
        What the model answers when it is left alone; cases without an answer are left out of everything.
    resamples, seed
        Of the bootstrap over sources.
    """

    def __init__(
        self, cases: Sequence[Case], labels: int, unsteered: Predictions, *, resamples: int, seed: int
    ) -> None:
        conflict = np.array([case.conflict for case in cases])
        asked = unsteered != UNPARSED
        self._rows = {
            "conflict": np.flatnonzero(asked & conflict),
            "aligned": np.flatnonzero(asked & ~conflict),
        }
        self._truth = np.array([case.truth for case in cases], dtype=np.intp)
        self._sources = np.array([case.source for case in cases], dtype=object)
        self._unsteered, self._scale = unsteered, Scale(labels, np.empty(0), np.empty(0))
        self._resamples, self._seed = resamples, seed

    def gains(self, steered: Predictions) -> list[Gain]:
        """Return every metric on every kind of cases that there are any of."""
        return [
            one for subset, rows in self._rows.items() if rows.size for one in self._of(subset, rows, steered)
        ]

    def _of(self, subset: str, rows: NDArray[np.intp], steered: Predictions) -> list[Gain]:
        resampler = Resampler(self._sources[rows], resamples=self._resamples, seed=self._seed)
        confusions = [self._confusion(answers, rows) for answers in (self._unsteered, steered)]
        observed, resampled = resampler.sums(np.hstack(confusions))
        cut = confusions[0].shape[1]
        (was, now), (was_drawn, drawn) = self._both(observed, cut), self._both(resampled, cut)
        found = []
        for metric in METRICS:
            own = interval(float(now[metric]), drawn[metric], resampler.groups)
            gain = difference(
                float(now[metric] - was[metric]), drawn[metric] - was_drawn[metric], resampler.groups
            )
            found.append(Gain(subset, metric, own.value, own.low, own.high, gain, rows.size))
        return found

    def _confusion(self, answers: Predictions, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return one-hot cells of truth by answer, shape (rows, labels * (labels + 1))."""
        k = self._scale.n_labels
        given = np.where(answers[rows] == UNPARSED, k, answers[rows])
        return np.eye(k * (k + 1))[self._truth[rows] * (k + 1) + given]

    def _both(
        self, sums: NDArray[np.float64], cut: int
    ) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
        slices = {"confusion": slice(0, cut)}
        return evaluate(sums[..., :cut], slices, self._scale), evaluate(sums[..., cut:], slices, self._scale)
