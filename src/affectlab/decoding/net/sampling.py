"""Which windows are drawn, and how labels are counted: people and classes weigh the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import TARGETS, EpochTable, Floats, Target
from affectlab.errors import DecodingError

Places = NDArray[np.intp]


def label_matrix(table: EpochTable, targets: tuple[Target, ...]) -> Floats:
    """Return labels of valence and arousal, shape (n, 2); NaN where unknown or not to be learned."""
    columns = [table.label(axis) if axis in targets else np.full(len(table), np.nan) for axis in TARGETS]
    return np.column_stack(columns).astype(np.float64)


def trained_axes(labels: Floats) -> tuple[Target, ...]:
    """Return the axes with labels on both sides of 0.

    Raises
    ------
    DecodingError
        If there is none.
    """
    found = tuple(
        axis
        for axis, column in zip(TARGETS, labels.T, strict=True)
        if (column > 0).any() and (column <= 0).any()
    )
    if not found:
        raise DecodingError(
            "no axis has labels above and not above 0; a decoder needs windows of both to learn from"
        )
    return found


def draw_weights(labels: Floats, persons: NDArray[np.object_]) -> Floats:
    """Return the chance of each window to be drawn, shape (n,), summing to 1.

    On each axis people weigh the same, and of a person's windows those above 0 as much as the others.
    """
    total = np.zeros(len(labels))
    for column in labels.T:
        known = np.isfinite(column)
        keys = [f"{person}/{high}" for person, high in zip(persons[known], column[known] > 0, strict=True)]
        _, which, counts = np.unique(np.array(keys, dtype=str), return_inverse=True, return_counts=True)
        total[known] += 1.0 / counts[which]
    return np.asarray(total / total.sum())


def class_mass(column: Floats) -> Floats:
    """Return weights, shape (n,), that give both classes the same and sum to 1; 0 where the label is NaN."""
    known = np.isfinite(column)
    mass = np.zeros(len(column))
    for side in (column > 0, column <= 0):
        if (side & known).any():
            mass[side & known] = 1.0 / (side & known).sum()
    return np.asarray(mass / max(float(mass.sum()), 1e-12))
