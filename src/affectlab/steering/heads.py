"""Which attention heads to steer: scores of heads, and the best of each layer.

Arrays of shares have the shape (cases, layers, heads, 4): the attention of the last token of the prompt on
T, A, V and the rest. Scores have the shape (layers, heads); larger is better. How CHASE scores heads is not
public (arXiv 2605.01024).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from affectlab.errors import SteeringError
from affectlab.models import MODALITIES
from affectlab.steering.plan import ChaseSettings

Shares = NDArray[np.float32]
ByHead = NDArray[np.float64]
"""Shape (layers, heads)."""

Chosen = NDArray[np.bool_]
"""Shape (layers, heads): which heads are steered."""

_UPPER = 12 / 28
"""The paper steers layers 13 to 28 of 28."""


def planned_layers(wanted: ChaseSettings, depth: int) -> tuple[int, ...]:
    """Return the layers, counted from 0, that the settings ask for in a model of `depth` layers.

    Raises
    ------
    SteeringError
        If the model has no such layer.
    """
    if wanted.layers == "all":
        return tuple(range(depth))
    if wanted.layers == "upper":
        return tuple(range(int(_UPPER * depth), depth))
    if missing := [layer for layer in wanted.layers if not 0 <= layer < depth]:
        raise SteeringError(f"layers name {missing[0]}, but the model has layers 0 to {depth - 1}")
    if not wanted.layers:
        raise SteeringError(f"layers are empty; expected numbers from 0 to {depth - 1}, 'upper' or 'all'")
    return tuple(sorted(set(wanted.layers)))


def most_attended(shares: Shares) -> NDArray[np.bool_]:
    """Mark the modality with the largest mean share over cases and heads: shape (cases, 3).

    For where nothing better is known: a modality can hold attention and decide nothing (arXiv 2510.17771).
    """
    own = shares[..., : len(MODALITIES)]
    first = int(np.nanmean(own, axis=(0, 1, 2)).argmax())
    return np.asarray((np.arange(len(MODALITIES)) == first) & (own.sum(axis=(1, 2)) > 0))


def dominance(shares: Shares, won: NDArray[np.bool_]) -> ByHead:
    """Return how much of a head's attention on all modalities is on those that win.

    Parameters
    ----------
    shares
        Of cases in conflict.
    won
        Shape (cases, 3): see `affectlab.steering.following`; cases where none wins do not count.

    Returns
    -------
    array of float
        In [0, 1]; NaN where no case counts.
    """
    counts = won.any(axis=1)
    own = shares[counts, ..., : len(MODALITIES)].astype(np.float64)
    if not len(own):
        return np.full(shares.shape[1:3], np.nan)
    of_winners = (own * won[counts, None, None, :]).sum(axis=-1)
    total = own.sum(axis=-1)
    parts = np.divide(of_winners, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(parts.mean(axis=0))


def discriminability(
    shares: Shares,
    conflict: NDArray[np.bool_],
    sources: Sequence[str],
    *,
    folds: int = 5,
    seed: int = 0,
) -> ByHead:
    """Return how well a head's shares tell conflict from agreement.

    The area under the ROC curve of the best of its three shares, larger or smaller in conflict. Which share,
    and which way, is decided without the sources it is then judged on, so that a head that says nothing gets
    .5 on average. Cases are compared with cases of the same modalities only: which ones are there
    tells something of conflict by itself.

    Parameters
    ----------
    shares
        Of all cases.
    conflict
        Shape (cases,).
    sources
        Of each case; folds are made of whole sources.

    Returns
    -------
    array of float
        In [0, 1]; .5 where there is nothing to compare.
    """
    own = shares[..., : len(MODALITIES)]
    kinds = (own.sum(axis=(1, 2)) > 0) @ (1 << np.arange(len(MODALITIES)))
    found = []
    for held_out in _folds(sources, folds, seed):
        learnt = _areas(own[~held_out], conflict[~held_out], kinds[~held_out]) - 0.5
        best = np.abs(learnt).argmax(axis=-1)[..., None]
        judged = _areas(own[held_out], conflict[held_out], kinds[held_out]) - 0.5
        signs = np.sign(np.take_along_axis(learnt, best, axis=-1))
        found.append(0.5 + (signs * np.take_along_axis(judged, best, axis=-1))[..., 0])
    return np.asarray(np.mean(found, axis=0))


def _folds(sources: Sequence[str], count: int, seed: int) -> list[NDArray[np.bool_]]:
    """Mark the cases of each fold; a source lies in one of them."""
    names, places = np.unique(np.asarray(sources), return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(names)) % max(2, min(count, len(names)))
    return [fold[places] == one for one in np.unique(fold)]


def _areas(values: Shares, positive: NDArray[np.bool_], kinds: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return areas under ROC curves along the first axis, over pairs of equal kind; .5 without pairs."""
    won, pairs = np.zeros(values.shape[1:]), 0
    for kind in np.unique(kinds):
        ranked, above = values[kinds == kind], positive[kinds == kind]
        n_above, n_below = int(above.sum()), int((~above).sum())
        if n_above and n_below:
            ranks = rankdata(ranked, axis=0)
            won += ranks[above].sum(axis=0) - n_above * (n_above + 1) / 2
            pairs += n_above * n_below
    return won / pairs if pairs else np.full(values.shape[1:], 0.5)


def top(scores: ByHead, k: int) -> Chosen:
    """Mark the `k` best heads of each layer, the first of equals; NaN is the worst."""
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), axis=1, kind="stable")
    chosen = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(chosen, order[:, :k], values=True, axis=1)
    return chosen


def at_random(layers: int, heads: int, k: int, seed: int) -> Chosen:
    """Mark `k` heads of each layer by chance."""
    return top(np.random.default_rng(seed).random((layers, heads)), k)
