"""Splits inside the windows a method learns from, for what it chooses by itself."""

from __future__ import annotations

import numpy as np

from affectlab.decoding.epochs import EpochTable, Floats
from affectlab.decoding.evaluation.folds import Indices

LEAST_PEOPLE = 4
"""With fewer people an inner split keeps blocks of time apart instead of people (ours)."""


def inner_groups(table: EpochTable, parts: int = 5) -> Indices:
    """Return the inner part each window belongs to, shape (n,), 0 to `parts` - 1 or fewer.

    Whole people go to a part, as in the outer protocols. Where too few are left for that (one, within a
    person), each recording is cut into as many stretches of time.
    """
    people = list(dict.fromkeys(table.subject.tolist()))
    if len(people) >= LEAST_PEOPLE:
        part = {name: number % parts for number, name in enumerate(people)}
        return np.array([part[name] for name in table.subject.tolist()], dtype=np.intp)
    groups = np.zeros(len(table), dtype=np.intp)
    for recording in dict.fromkeys(table.recording.tolist()):
        rows = np.flatnonzero(table.recording == recording)
        order = rows[np.argsort(table.start[rows], kind="stable")]
        groups[order] = np.arange(rows.size) * parts // rows.size
    return groups


def balanced_weights(label: Floats) -> Floats:
    """Weigh windows so that labels above and not above 0 count the same, summing to 1, shape (n,).

    Where one of the two is missing all windows count the same.
    """
    high = label > 0
    shares = np.where(high, high.mean(), 1 - high.mean())
    weights = 1.0 / shares
    return np.asarray(weights / weights.sum(), dtype=float)
