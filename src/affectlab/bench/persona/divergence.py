"""Do groups of readers differ (RQ1)? Agreement within groups minus between them, against permuted profiles.

Small groups agree with their own majority for no other reason than that each member is a part of it: readers
sorted at random into groups of three have a published gap of about 26 points. The null hands readers to
groups at random, the groups keeping their sizes, so that a gap is worth what it exceeds the null by. Pairs of
readers and chance-corrected agreement have no such artefact: their null lies at zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect.permutation import against_null
from affectlab.bench.dataset import Dataset
from affectlab.bench.persona._group_level import group_level_rows
from affectlab.bench.persona.agreement_sums import METHODS, agreements, event_sums, group_counts, stacked
from affectlab.bench.persona.answer_table import LABELS, AnswerTable, answer_table
from affectlab.bench.resampling import Resampler, interval
from affectlab.errors import BenchError

Array = NDArray[np.float64]
Row = dict[str, Any]


def divergence_rows(
    dataset: Dataset, *, permutations: int = 1000, resamples: int = 2000, seed: int = 0
) -> list[Row]:
    """Measure the gap between groups, of each subset and overall.

    Parameters
    ----------
    dataset
        Of benchmark "persona". Where only groups are known, gaps are None and what can be said is given.
    permutations
        How often readers are handed to other groups.
    resamples, seed
        Of the bootstrap over events, and of both draws.

    Returns
    -------
    list
        One row a subset and method with ``metric`` "gap" (within minus between), ``value``, ``low``, ``high``
        (95 % over events), ``within``, ``between``, ``null`` (mean of the permutations), ``null_low``,
        ``null_high`` (their 2.5 and 97.5 percentiles), ``excess`` (value minus null), ``p`` (one-sided),
        ``n`` (events).

    Raises
    ------
    BenchError
        If the data set has no groups, or only one.
    """
    if permutations < 1:
        raise BenchError(f"permutations is {permutations}; expected at least 1")
    table = answer_table(dataset)
    if table.level == "group":
        return group_level_rows(dataset, table, resamples=resamples, seed=seed)
    return table_rows(table, permutations=permutations, resamples=resamples, seed=seed)


def table_rows(table: AnswerTable, *, permutations: int, resamples: int, seed: int) -> list[Row]:
    """Do the same for answers of single readers as an array; readers without a group are left out.

    Raises
    ------
    BenchError
        If there are fewer than two groups.
    """
    grouped = table.groups >= 0
    groups = table.groups[grouped]
    if len(np.unique(groups)) < 2:
        raise BenchError(
            "the data set has fewer than two groups of readers; build it from files with the table of groups"
        )
    rows: list[Row] = []
    for subset in ("all", *_several(table.subsets)):
        part = table if subset == "all" else table.part(table.subsets == subset)
        answers = stacked(part.one_hot[grouped])
        observed = event_sums(group_counts(answers, _members(groups), len(LABELS)))
        null = gap_null(answers, groups, permutations=permutations, seed=seed)
        about = {"subset": subset, "groups": len(np.unique(groups)), "readers": int(grouped.sum())}
        rows += _rows(about, observed, part.sources, null, resamples=resamples, seed=seed)
    return rows


def gap_null(
    answers: NDArray[np.float32], groups: NDArray[np.intp], *, permutations: int, seed: int
) -> Array:
    """Return the gaps of readers handed to groups at random, shape (permutations, 3).

    Parameters
    ----------
    answers
        From `stacked`.
    groups
        Number of each reader's group, shape (n_readers,).
    permutations, seed
        How many, and the seed of the generator.
    """
    generator = np.random.default_rng(seed)
    totals = [
        event_sums(group_counts(answers, _members(generator.permutation(groups)), len(LABELS))).sum(axis=0)
        for _ in range(permutations)
    ]
    return gaps(np.array(totals))


def gaps(sums: Array) -> Array:
    """Return agreement within minus between, shape (..., 3), from sums over events."""
    found = agreements(sums)
    return np.asarray(found[..., 0] - found[..., 1])


def _rows(
    about: Row,
    observed: Array,
    sources: NDArray[np.object_],
    null: Array,
    *,
    resamples: int,
    seed: int,
) -> Iterator[Row]:
    resampler = Resampler(sources, resamples=resamples, seed=seed)
    sums, draws = resampler.sums(observed)
    value, spread, level = gaps(sums), gaps(draws), agreements(sums)
    for number, method in enumerate(METHODS):
        found = interval(float(value[number]), spread[:, number], resampler.groups)
        test = against_null(found.value, null[:, number], "greater")
        low, high = np.quantile(null[:, number], [0.025, 0.975])
        yield {
            **about,
            "method": method,
            "metric": "gap",
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "within": float(level[number, 0]),
            "between": float(level[number, 1]),
            "null": test.chance,
            "null_low": float(low),
            "null_high": float(high),
            "excess": found.value - test.chance,
            "p": test.p,
            "permutations": test.permutations,
            "n": len(observed),
        }


def _members(groups: NDArray[np.intp]) -> NDArray[np.float32]:
    return np.asarray(groups == np.unique(groups)[:, None], dtype=np.float32)


def _several(subsets: NDArray[np.object_]) -> list[str]:
    """Return the subsets, none where there is only one."""
    names = [str(name) for name in dict.fromkeys(subsets)]
    return names if len(names) > 1 else []
