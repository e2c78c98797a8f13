"""Our measures of what a profile does to predictions: appraisal shift, alignment, illusion.

They compare units (readers or groups) of the same event, so what all of them share (the event, the model's
habits, the wording) cancels. Formulas are in ``docs/persona-measures.md``; none of them is published.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Difference, Interval, PermutationTest, manhattan_distance, permutation_test
from affectlab.bench.persona.intervals import Array, Clusters, Sums, divided, ratio
from affectlab.errors import InvalidData

BLIND = 1e-6
"""Largest mean appraisal shift that counts as none: rounding in a model's likelihoods."""

_ALIGNED, _MODEL, _HUMAN, _DISTANCE, _HUMAN_DISTANCE, _CELLS = range(6)


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure with the wider of its intervals over events and over units."""

    interval: Interval
    cluster: str


@dataclass(frozen=True, slots=True)
class Measures:
    """What changing only the profile does under one condition.

    Parameters
    ----------
    shift, human_shift
        Mean total variation distance between a unit's distribution and the mean over units of the event, of
        the model and of the humans, in [0, 1].
    alignment
        Cosine between the model's and the humans' deviations from the event's mean, in [-1, 1].
    borne_out
        Share of the model's deviations that the humans' bear out: 1 for a model that knows the readers'
        distributions, 0 for one whose deviations have nothing to do with them.
    illusion
        1 − borne_out, clipped to [0, 1]; NaN for a blind model. The mean of borne_out over all ways of
        handing profiles around is exactly 0, so shuffled profiles are at 1.
    illusory_shift
        illusion · shift: the part of the shift that no reader bears out.
    permutation
        Of ``borne_out`` against profiles handed to other units; None where it is undefined.
    n
        Cells (event, unit) with an answer and a label.
    """

    shift: Measured
    human_shift: Measured
    alignment: Measured
    borne_out: Measured
    illusion: Measured
    illusory_shift: Measured
    permutation: PermutationTest | None
    n: int

    @property
    def blind(self) -> bool:
        """Whether the predictions do not depend on the profile."""
        return not self.shift.interval.value > BLIND


def deviations(distributions: Array) -> Array:
    """Subtract from each unit's distribution the mean over units of its event.

    Parameters
    ----------
    distributions
        Shape (events, units, labels), NaN where there is none.

    Returns
    -------
    ndarray
        The same shape; 0 where there is no distribution.
    """
    there = np.isfinite(distributions).all(axis=-1, keepdims=True)
    filled = np.where(there, distributions, 0.0)
    count = there.sum(axis=1, keepdims=True)
    mean = filled.sum(axis=1, keepdims=True) / np.maximum(count, 1)
    return np.asarray(np.where(there, filled - mean, 0.0))


def paired(model: Array, human: Array) -> tuple[Array, Array]:
    """Keep what both have, in events where at least two units are left; NaN elsewhere.

    Raises
    ------
    InvalidData
        If the shapes differ, or nothing is left.
    """
    if model.shape != human.shape or model.ndim != 3:
        raise InvalidData(
            f"need two arrays of events by units by labels, got shapes {model.shape} and {human.shape}"
        )
    both = np.isfinite(model).all(axis=-1) & np.isfinite(human).all(axis=-1)
    both &= both.sum(axis=1, keepdims=True) >= 2
    if not both.any():
        raise InvalidData("no event has answers and labels of two readers or groups; ask about more of them")
    hide = ~both[..., None]
    return np.where(hide, np.nan, model), np.where(hide, np.nan, human)


def borne_out_test(model: Array, human: Array, *, permutations: int = 999, seed: int = 0) -> PermutationTest:
    """Test whether the model's deviations fit their own unit better than other units.

    The null hands each unit's whole profile, with the predictions it led to, to another unit, the same in
    every event; readers keep their own answers. ``chance`` of the result is the mean over shuffles.

    Parameters
    ----------
    model, human
        Shape (events, units, labels), NaN where there is none.
    permutations, seed
        Number of shuffles and seed of the generator.

    Raises
    ------
    InvalidData
        If shapes differ, nothing is left, or the model's predictions do not depend on the unit.
    """
    d, g = map(deviations, paired(model, human))
    size = float((d**2).sum())
    if size <= 0:
        raise InvalidData("the predictions are the same for every reader; there is nothing to be aligned")
    # cross[v, u]: how well what v's profile led to fits what u felt, over all events.
    cross = np.einsum("evk,euk->vu", d, g) / size
    units = np.arange(cross.shape[0])

    def statistic(order: NDArray[np.intp]) -> float:
        return float(cross[order, units].sum())

    return permutation_test(
        statistic, units, units.tolist(), exchange="between", permutations=permutations, seed=seed
    )


def measure(
    model: Array, human: Array, *, resamples: int = 2000, permutations: int = 999, seed: int = 0
) -> Measures:
    """Measure what the profile does under one condition.

    Parameters
    ----------
    model, human
        Shape (events, units, labels), NaN where there is none.
    resamples, permutations, seed
        Of the bootstraps over events and over units, and of the null.

    Raises
    ------
    InvalidData
        If shapes differ, or no event has two units with answers and labels.
    """
    p, h = paired(model, human)
    d, g = deviations(p), deviations(h)
    there = np.asarray(np.isfinite(p).all(axis=-1))
    events, units = np.nonzero(there)
    columns = np.column_stack(
        [
            (d * g).sum(axis=-1)[there],
            (d**2).sum(axis=-1)[there],
            (g**2).sum(axis=-1)[there],
            _distance_to_mean(p, d, there),
            _distance_to_mean(h, g, there),
            np.ones(events.size),
        ]
    )
    sums = Sums.of(columns, Clusters(events.astype(object), units.astype(object), resamples, seed))
    seen = float(sums.observed[_DISTANCE]) > BLIND * events.size
    test = borne_out_test(p, h, permutations=permutations, seed=seed) if seen else None

    def borne_out(total: Array) -> Array:
        return (
            divided(total[..., _ALIGNED], total[..., _MODEL]) if seen else np.full(total.shape[:-1], np.nan)
        )

    def alignment(total: Array) -> Array:
        scale = np.sqrt(total[..., _MODEL] * total[..., _HUMAN])
        return divided(total[..., _ALIGNED], scale) if seen else np.full(total.shape[:-1], np.nan)

    def illusion(total: Array) -> Array:
        return 1 - np.clip(borne_out(total), 0, 1)

    def illusory(total: Array) -> Array:
        return np.asarray(illusion(total) * divided(total[..., _DISTANCE], total[..., _CELLS]))

    return Measures(
        shift=Measured(*sums.interval(ratio(_DISTANCE, _CELLS))),
        human_shift=Measured(*sums.interval(ratio(_HUMAN_DISTANCE, _CELLS))),
        alignment=Measured(*sums.interval(alignment)),
        borne_out=Measured(*sums.interval(borne_out)),
        illusion=Measured(*sums.interval(illusion)),
        illusory_shift=Measured(*sums.interval(illusory)),
        permutation=test,
        n=events.size,
    )


def borne_out_difference(
    one: Array, other: Array, human: Array, *, resamples: int = 2000, seed: int = 0
) -> tuple[Difference, str, int]:
    """Compare how much of the shift is borne out under two conditions, over the cells that both answer.

    Parameters
    ----------
    one, other, human
        Shape (events, units, labels), NaN where there is none.
    resamples, seed
        Of the bootstraps.

    Returns
    -------
    Difference, str, int
        ``borne_out`` of `one` minus that of `other`, what its interval resamples, and the number of cells.

    Raises
    ------
    InvalidData
        If shapes differ, no event has two units with all three, or one model's predictions do not depend on
        the unit.
    """
    human = np.where(np.isfinite(one + other), human, np.nan)
    columns = []
    for model in (one, other):
        p, h = paired(model, human)
        d, g = deviations(p), deviations(h)
        there = np.asarray(np.isfinite(p).all(axis=-1))
        columns += [(d * g).sum(axis=-1)[there], (d**2).sum(axis=-1)[there]]
        if np.abs(d).sum() <= BLIND * there.sum():
            raise InvalidData("the predictions are the same for every reader; there is nothing to compare")
    events, units = np.nonzero(there)
    clusters = Clusters(events.astype(object), units.astype(object), resamples, seed)
    first, second = ratio(0, 1), ratio(2, 3)
    sums = Sums.of(np.column_stack(columns), clusters)
    return *sums.difference(lambda total: first(total) - second(total)), events.size


def told_shift(told: Array, untold: Array, *, resamples: int = 2000, seed: int = 0) -> tuple[Measured, int]:
    """Return the mean total variation distance between predictions with a profile and without, in [0, 1].

    Parameters
    ----------
    told, untold
        Shape (events, units, labels), NaN where there is none.
    resamples, seed
        Of the bootstraps.

    Returns
    -------
    Measured, int
        The measure, and the number of cells both have.

    Raises
    ------
    InvalidData
        If shapes differ, or no cell has both.
    """
    if told.shape != untold.shape:
        raise InvalidData(f"need arrays of one shape, got {told.shape} and {untold.shape}")
    there = np.asarray(np.isfinite(told).all(axis=-1) & np.isfinite(untold).all(axis=-1))
    events, units = np.nonzero(there)
    if not events.size:
        raise InvalidData("no event has answers with a profile and without")
    columns = np.column_stack([manhattan_distance(told[there], untold[there]) / 2, np.ones(events.size)])
    sums = Sums.of(columns, Clusters(events.astype(object), units.astype(object), resamples, seed))
    return Measured(*sums.interval(ratio(0, 1))), events.size


def _distance_to_mean(distributions: Array, deviation: Array, there: NDArray[np.bool_]) -> Array:
    """Return the total variation distance of each cell to its event's mean, shape (n_cells,)."""
    mine = distributions[there]
    return np.asarray(manhattan_distance(mine, mine - deviation[there]) / 2)
