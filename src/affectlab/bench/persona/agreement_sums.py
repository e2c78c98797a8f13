"""Agreement within and between groups of readers, from sums over events.

All three kinds of agreement depend on the answers through sums over events, so that a resample of events, or
readers handed to other groups, needs these sums alone.

- ``majority``, the published kind: share of readers who answer as the majority of their own group does,
  themselves among it, against that of the other groups (all of them averaged). Of emotions that are equally
  frequent each counts in part.
- ``pairwise``: share of pairs of readers who answer alike, both of one group against one of each of two.
- ``alpha``: Krippendorff's α of readers within groups (each group's answers to an event are a unit) against α
  of all readers at once (each event is a unit).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Singles = NDArray[np.float32]

METHODS = ("majority", "pairwise", "alpha")
"""Kinds of agreement, in the order of `agreements`."""


def stacked(one_hot: Array) -> Singles:
    """Arrange answers, shape (n_readers, n_events, n_labels), as `group_counts` takes them."""
    readers, events, labels = one_hot.shape
    return np.ascontiguousarray(
        one_hot.transpose(0, 2, 1).reshape(readers, labels * events), dtype=np.float32
    )


def group_counts(answers: Singles, members: Singles, labels: int) -> Singles:
    """Count answers by group, shape (n_groups, n_labels, n_events).

    Parameters
    ----------
    answers
        From `stacked`.
    members
        One where a reader is in a group, shape (n_groups, n_readers).
    labels
        How many there are.
    """
    return (members @ answers).reshape(len(members), labels, -1)


def event_sums(counts: Singles) -> Array:
    """Return the sums that `agreements` takes, of every event, shape (n_events, n_sums)."""
    whole = counts.sum(axis=0)
    sizes, size = counts.sum(axis=1), whole.sum(axis=0)
    votes = _votes(counts)
    own = np.einsum("gke,gke->e", counts, votes)
    pairs = np.einsum("gke,gke->ge", counts, counts) - sizes
    every = np.einsum("ke,ke->e", whole, whole) - size
    paired = sizes >= 2
    within = [
        (pairs / np.maximum(sizes - 1, 1)).sum(axis=0),
        (sizes * paired).sum(axis=0),
        *np.einsum("gke,ge->ke", counts, paired),
    ]
    pooled = [every / np.maximum(size - 1, 1), size * (size >= 2), *(whole * (size >= 2))]
    columns = [
        own,
        size,
        np.einsum("ke,ke->e", whole, votes.sum(axis=0)) - own,
        size * (np.count_nonzero(sizes, axis=0) - 1),
        pairs.sum(axis=0),
        (sizes * (sizes - 1)).sum(axis=0),
        every - pairs.sum(axis=0),
        size * (size - 1) - (sizes * (sizes - 1)).sum(axis=0),
        *within,
        *pooled,
    ]
    return np.stack(columns, axis=1).astype(float)


def agreements(sums: Array) -> Array:
    """Return agreement within and between groups, shape (..., 3, 2), NaN where there are no such pairs.

    Parameters
    ----------
    sums
        Of `event_sums` over events, shape (..., n_sums).
    """
    half = (sums.shape[-1] - 8) // 2
    within = sums[..., 8 : 8 + half]
    pooled = sums[..., 8 + half :]
    return np.stack(
        [
            np.stack([_ratio(sums[..., 0], sums[..., 1]), _ratio(sums[..., 2], sums[..., 3])], axis=-1),
            np.stack([_ratio(sums[..., 4], sums[..., 5]), _ratio(sums[..., 6], sums[..., 7])], axis=-1),
            np.stack([_alpha(within), _alpha(pooled)], axis=-1),
        ],
        axis=-2,
    )


def _votes(counts: Singles) -> Singles:
    """Return which labels are most frequent, equal ones sharing one vote; none where nobody answered."""
    top = counts.max(axis=1, keepdims=True)
    first = (counts == top) & (top > 0)
    return np.asarray(first / np.maximum(first.sum(axis=1, keepdims=True), 1), dtype=np.float32)


def _alpha(sums: Array) -> Array:
    """Nominal α from agreeing pairs by unit size, the number of answers, and how often each label occurs."""
    agree, n, totals = sums[..., 0], sums[..., 1], sums[..., 2:]
    expected = n * (n - 1) - (totals * (totals - 1)).sum(axis=-1)
    return np.asarray(1 - _ratio((n - agree) * (n - 1), expected))


def _ratio(top: Array, bottom: Array) -> Array:
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0))
