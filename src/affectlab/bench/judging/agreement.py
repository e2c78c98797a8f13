"""How far two judges agree, and how far a judge agrees with people."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import (
    Interval,
    cluster_bootstrap,
    cohen_kappa,
    krippendorff_alpha,
    mae,
    pearson,
    spearman,
)
from affectlab.bench.judging.judgement import HIGHEST, LOWEST, PairJudgement
from affectlab.bench.metrics import row
from affectlab.errors import InvalidData

Row = dict[str, Any]
Index = NDArray[np.intp]

_CODES = {"a": 0.0, "b": 1.0, "tie": 2.0}


def judges_agree(
    first: Sequence[PairJudgement], second: Sequence[PairJudgement], *, resamples: int = 2000, seed: int = 0
) -> list[Row]:
    """Return the agreement of two judges on the pairs that both have judged.

    Returns
    -------
    list of dict
        Rows of ``agreement`` (share of the same verdict), ``chance_agreement`` (what the judges' own shares
        of a, b and tie would give), ``kappa`` (Cohen) and ``alpha`` (Krippendorff, nominal); none where they
        have no pair in common.
    """
    others = {one.pair.id: one.winner for one in second if one.winner is not None}
    common = [(one, others[one.pair.id]) for one in first if one.winner is not None and one.pair.id in others]
    if not common:
        return []
    x = np.array([_CODES[one.winner or "tie"] for one, _ in common])
    y = np.array([_CODES[winner] for _, winner in common])
    sources = [one.pair.source for one, _ in common]

    def by_chance(index: Index) -> float:
        return float(sum(np.mean(x[index] == code) * np.mean(y[index] == code) for code in _CODES.values()))

    measures: dict[str, Callable[[Index], float]] = {
        "agreement": lambda index: float(np.mean(x[index] == y[index])),
        "chance_agreement": by_chance,
        "kappa": lambda index: cohen_kappa(x[index].tolist(), y[index].tolist()),
        "alpha": lambda index: krippendorff_alpha(np.stack([x[index], y[index]], axis=1), level="nominal"),
    }
    return _rows(measures, sources, resamples, seed)


def agrees_with_people(
    judged: Mapping[Hashable, float],
    rated: Mapping[Hashable, Sequence[float]],
    sources: Mapping[Hashable, str],
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Row]:
    """Return how a judge's ratings agree with the mean rating of people, on what both have rated.

    Parameters
    ----------
    judged
        What was rated to the judge's score, 1 to 5.
    rated
        The same to the ratings of one person or several.
    sources
        The same to what statistics cluster by.

    Returns
    -------
    list of dict
        Rows of ``pearson``, ``spearman``, ``mae``, ``kappa`` (Cohen, quadratic weights, both rounded to whole
        numbers) and ``alpha`` (Krippendorff, interval, judge and people's mean as two raters); and
        ``people_alpha`` among the people, where there are several.
    """
    common = [key for key in judged if key in rated and np.isfinite(judged[key])]
    if not common:
        return []
    x = np.array([np.mean(rated[key]) for key in common])
    y = np.array([judged[key] for key in common])
    whole = [np.clip(np.floor(one + 0.5), LOWEST, HIGHEST) for one in (x, y)]
    measures: dict[str, Callable[[Index], float]] = {
        "pearson": lambda index: pearson(x[index], y[index]),
        "spearman": lambda index: spearman(x[index], y[index]),
        "mae": lambda index: mae(x[index], y[index]),
        "kappa": lambda index: cohen_kappa(
            whole[0][index].tolist(), whole[1][index].tolist(), weights="quadratic"
        ),
        "alpha": lambda index: _alpha(np.stack([x[index], y[index]], axis=1), "interval"),
    }
    most = max(len(rated[key]) for key in common)
    if most > 1:
        table = np.full((len(common), most), np.nan)
        for place, key in enumerate(common):
            table[place, : len(rated[key])] = rated[key]
        measures["people_alpha"] = lambda index: _alpha(table[index], "interval")
    return _rows(measures, [sources[key] for key in common], resamples, seed)


def _alpha(table: NDArray[np.float64], level: Literal["nominal", "interval"]) -> float:
    try:
        return krippendorff_alpha(table, level=level)
    except InvalidData:
        # A resample in which nothing was rated twice.
        return float("nan")


def _rows(
    measures: Mapping[str, Callable[[Index], float]], sources: Sequence[str], resamples: int, seed: int
) -> list[Row]:
    rows = []
    for metric, measure in measures.items():
        if len(set(sources)) > 1:
            found = cluster_bootstrap(measure, sources, resamples=resamples, seed=seed)
        else:
            found = Interval(measure(np.arange(len(sources))), float("nan"), float("nan"), 1)
        rows.append(row(metric, found, len(sources), 0))
    return rows
