"""What a method of decoding is given, and what it gives back.

Every method sees the same: windows of the people it may learn from, with their labels, and of everybody the
same stretch of rest, if any, that is known before anything is decoded. It never sees the labels of those it
is judged on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import EpochInfo, Epochs, EpochTable, Floats, Rows, Target

Signals = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """A person's resting baseline.

    Parameters
    ----------
    data
        Shape (m, channels, samples); see `Epochs`.
    quality
        Shape (m, channels).
    """

    data: Signals
    quality: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Windows to learn from or to be judged on.

    Parameters
    ----------
    epochs
        The windows, those of the baselines left out.
    rest
        Subject (and session, as "subject/session" where the data set has sessions: see `person_of`) to the
        resting baseline; empty where nothing of anybody is known beforehand.
    """

    epochs: Epochs
    rest: Mapping[str, Rest] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def info(self) -> EpochInfo:
        return self.epochs.info

    @property
    def table(self) -> EpochTable:
        return self.epochs.table

    @property
    def persons(self) -> NDArray[np.object_]:
        """Whose baseline counts for each window, shape (n,)."""
        return person_of(self.table)

    def take(self, rows: Rows) -> Examples:
        """Return some of the windows; baselines stay."""
        return replace(self, epochs=self.epochs.take(rows))


def person_of(table: EpochTable) -> NDArray[np.object_]:
    """Return "subject" or, where the data set has sessions, "subject/session" of each window, shape (n,)."""
    names = [
        f"{subject}/{session}" if session else str(subject)
        for subject, session in zip(table.subject, table.session, strict=True)
    ]
    return np.array(names, dtype=object)


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a method believes of one axis of affect; every array has shape (n,).

    Parameters
    ----------
    mean
        In [-1, 1].
    sd
        Standard deviation of that belief, > 0.
    high
        Probability that the label lies above the middle of the scale, 0.
    """

    mean: Floats
    sd: Floats
    high: Floats


class Fitted(Protocol):
    """A method once it has learned."""

    def predict(self, examples: Examples) -> Prediction:
        """Return beliefs about windows of people it may not have met; labels are not looked at."""
        ...


class Method(Protocol):
    """A way of decoding, to be compared with others on the same folds.

    How it chooses its own settings, when it stops and how it scales its probabilities is its own matter, with
    nothing but the examples it is given: inner splits keep people apart as the outer ones do.
    """

    name: str

    def fit(self, examples: Examples, target: Target, *, seed: int) -> Fitted:
        """Learn one axis from windows whose label is known."""
        ...
