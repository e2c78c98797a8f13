"""How well predicted categories match true ones.

Labels are any hashable values. A prediction that could not be parsed may stand as ``None``: it is wrong, and
with `labels` given it does not become a class of its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidData

Labels = Sequence[Hashable] | NDArray[Any]
Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Tally:
    """Per class: items that are of it, items predicted as it, and both."""

    classes: list[Hashable]
    true: Counts
    predicted: Counts
    hits: Counts

    @property
    def f1(self) -> Counts:
        # Never 0 / 0: a class is tallied because it occurs or is predicted.
        return np.asarray(2 * self.hits / (self.true + self.predicted))


def accuracy(truth: Labels, predicted: Labels) -> float:
    """Share of items whose label is right, in [0, 1].

    Raises
    ------
    InvalidData
        If there are no items or the lengths differ.
    """
    pairs = _pairs(truth, predicted)
    return sum(true == guess for true, guess in pairs) / len(pairs)


def uar(truth: Labels, predicted: Labels) -> float:
    """Unweighted average recall (balanced accuracy) over the classes that occur in `truth`, in [0, 1].

    A class that is only predicted has no recall and is not averaged; chance is 1 / n_classes whatever the
    balance.

    Raises
    ------
    InvalidData
        If there are no items or the lengths differ.
    """
    tally = _tally(truth, predicted)
    present = tally.true > 0
    return float(np.mean(tally.hits[present] / tally.true[present]))


def macro_f1(truth: Labels, predicted: Labels, *, labels: Sequence[Hashable] | None = None) -> float:
    """Unweighted mean of the classes' F1, in [0, 1].

    Parameters
    ----------
    truth, predicted
        Length n_items each.
    labels
        The classes to average over; every value in `truth` or `predicted` when not given. A class that
        neither occurs nor is predicted has no F1 and is left out of the mean.

    Raises
    ------
    InvalidData
        If there are no items, the lengths differ, or none of `labels` occurs.
    """
    tally = _tally(truth, predicted)
    wanted = set(tally.classes if labels is None else labels)
    scores = [score for name, score in zip(tally.classes, tally.f1, strict=True) if name in wanted]
    if not scores:
        raise InvalidData(f"none of the labels {list(labels or ())} occurs in truth or predictions")
    return float(np.mean(scores))


def weighted_f1(truth: Labels, predicted: Labels) -> float:
    """Mean of the classes' F1, each weighted by how often the class occurs in `truth`, in [0, 1].

    Raises
    ------
    InvalidData
        If there are no items or the lengths differ.
    """
    tally = _tally(truth, predicted)
    return float(np.average(tally.f1, weights=tally.true))


def _pairs(truth: Labels, predicted: Labels) -> list[tuple[Hashable, Hashable]]:
    true, guesses = _as_list(truth), _as_list(predicted)
    if not true or len(true) != len(guesses):
        raise InvalidData(
            f"need as many predictions as true labels and at least one, got {len(guesses)} and {len(true)}"
        )
    return list(zip(true, guesses, strict=True))


def _as_list(labels: Labels) -> list[Hashable]:
    # Python scalars hash far faster than NumPy's, and bootstraps count thousands of times.
    return list(labels.tolist()) if isinstance(labels, np.ndarray) else list(labels)


def _tally(truth: Labels, predicted: Labels) -> _Tally:
    codes: dict[Hashable, int] = {}
    pairs = [
        (codes.setdefault(true, len(codes)), codes.setdefault(guess, len(codes)))
        for true, guess in _pairs(truth, predicted)
    ]
    true, guess = np.array(pairs, dtype=np.intp).T
    size = len(codes)
    return _Tally(
        list(codes),
        np.bincount(true, minlength=size).astype(float),
        np.bincount(guess, minlength=size).astype(float),
        np.bincount(true[true == guess], minlength=size).astype(float),
    )
