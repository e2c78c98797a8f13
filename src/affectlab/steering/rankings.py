"""Every score of heads that could be measured, and how far they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from affectlab.steering.agreement import Score, overlaps, stability
from affectlab.steering.causal import Gains, causal
from affectlab.steering.heads import ByHead, Shares, discriminability, dominance
from affectlab.steering.plan import HeadScores, Overlap, Stability

_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Ranking:
    """A score of heads, and how to get it again from some of its cases.

    Parameters
    ----------
    sources
        Of each of its cases.
    score
        Scores heads on some of them.
    """

    sources: Sequence[str]
    score: Score

    @cached_property
    def scores(self) -> ByHead:
        """Of all cases."""
        return self.score(np.arange(len(self.sources)))


def by_dominance(shares: Shares, won: NDArray[np.bool_], sources: Sequence[str]) -> Ranking:
    """Rank by `dominance`."""
    return Ranking(sources, lambda some: dominance(shares[some], won[some]))


def by_discriminability(
    shares: Shares, conflict: NDArray[np.bool_], sources: Sequence[str], seed: int
) -> Ranking:
    """Rank by `discriminability`."""
    names = np.asarray(sources)
    return Ranking(
        sources, lambda some: discriminability(shares[some], conflict[some], names[some].tolist(), seed=seed)
    )


def by_gain(gains: Gains, conflict: NDArray[np.bool_], sources: Sequence[str], penalty: float) -> Ranking:
    """Rank by `causal`."""
    return Ranking(sources, lambda some: causal(gains[some], conflict[some], penalty=penalty))


def measured(rankings: Mapping[str, Ranking]) -> dict[str, Ranking]:
    """Leave out rankings that had nothing to measure."""
    return {name: one for name, one in rankings.items() if not np.isnan(one.scores).all()}


def by_head(rankings: Mapping[str, Ranking], layers: Sequence[int], heads: int) -> tuple[HeadScores, ...]:
    """Put the scores of each head together."""
    return tuple(
        HeadScores(
            layer=layer,
            head=head,
            **{name: round(float(one.scores[row, head]), _DECIMALS) for name, one in rankings.items()},
        )
        for row, layer in enumerate(layers)
        for head in range(heads)
    )


def overlap(rankings: Mapping[str, Ranking], layers: Sequence[int], k: int) -> tuple[Overlap, ...]:
    """Compare each two rankings; see `overlaps`."""
    return overlaps({name: one.scores for name, one in rankings.items()}, layers, k)


def stabilities(rankings: Mapping[str, Ranking], k: int, *, seed: int) -> dict[str, Stability]:
    """Compare each ranking with itself on other sources; see `stability`."""
    found = {name: stability(one.score, one.sources, k, seed=seed) for name, one in rankings.items()}
    return {name: one for name, one in found.items() if one is not None}
