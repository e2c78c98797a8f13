"""How far ways of choosing heads agree with each other, and with themselves on other sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom, kendalltau

from affectlab.steering.heads import ByHead, Chosen, top
from affectlab.steering.plan import Overlap, Stability

Score: TypeAlias = Callable[[NDArray[np.intp]], ByHead]
"""Scores heads on some of the cases, given by their indices."""


def jaccard(one: Chosen, other: Chosen) -> float:
    """Return how many heads are in both choices, of those in either; 1 for two empty ones."""
    either = int((one | other).sum())
    return float((one & other).sum() / either) if either else 1.0


def tau(one: ByHead, other: ByHead) -> float:
    """Return Kendall's tau-b of two scores within a layer, averaged over layers that have one; else NaN."""
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if np.ptp(a) > 0 and np.ptp(b) > 0]
    return float(np.mean([kendalltau(a, b).statistic for a, b in pairs])) if pairs else float("nan")


def overlaps(scores: Mapping[str, ByHead], layers: Sequence[int], k: int) -> tuple[Overlap, ...]:
    """Compare the `k` best heads of each layer by each score with those by each other."""
    return tuple(
        Overlap(
            scores=(first, second),
            jaccard=jaccard(top(one, k), top(other, k)),
            by_layer={
                layer: jaccard(*rows) for layer, *rows in zip(layers, top(one, k), top(other, k), strict=True)
            },
            tau=_finite(tau(one, other)),
        )
        for (first, one), (second, other) in combinations(scores.items(), 2)
    )


def stability(
    score: Score, sources: Sequence[str], k: int, *, splits: int = 5, seed: int = 0
) -> Stability | None:
    """Compare the `k` best heads of each layer on one half of the sources with those on the other half.

    Parameters
    ----------
    score
        Scores heads on some cases.
    sources
        Of each case; halves are made of whole sources.
    splits
        Random halvings that are averaged.

    Returns
    -------
    Stability or None
        None with a single source.
    """
    names, places = np.unique(np.asarray(sources), return_inverse=True)
    if len(names) < 2:
        return None
    generator = np.random.default_rng(seed)
    pairs = []
    for _ in range(splits):
        first = (generator.permutation(len(names)) < len(names) // 2)[places]
        pairs.append((score(np.flatnonzero(first)), score(np.flatnonzero(~first))))
    return Stability(
        jaccard=float(np.mean([jaccard(top(one, k), top(other, k)) for one, other in pairs])),
        tau=_finite(float(np.mean([tau(one, other) for one, other in pairs]))),
    )


def by_chance(heads: int, k: int) -> float:
    """Return the mean Jaccard index of two random choices of `k` of `heads`."""
    chosen = min(k, heads)
    both = np.arange(chosen + 1)
    return float((hypergeom.pmf(both, heads, chosen, chosen) * both / (2 * chosen - both)).sum())


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
