"""How candidates stand after pairwise judging: win rates, ranks, strengths, and wins at equal length.

Every interval is a percentile interval at 95 % of a bootstrap over sources. A judgement whose orders disagree
is a tie and a tie is half a win; a judgement with a failed order is left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval
from affectlab.bench.judging.judgement import PairJudgement
from affectlab.bench.judging.strengths import equal_length_rate, log_strengths
from affectlab.bench.metrics import row
from affectlab.bench.resampling import Resampler, interval, mean_intervals

Array = NDArray[np.float64]
Row = dict[str, Any]


def standings(judgements: Sequence[PairJudgement], *, resamples: int = 2000, seed: int = 0) -> list[Row]:
    """Return how each candidate and each pair of candidates stands by one criterion.

    Parameters
    ----------
    judgements
        Of one criterion; any number of candidates and items.
    resamples, seed
        Of the bootstrap over sources.

    Returns
    -------
    list of dict
        Rows with ``method`` (a candidate), ``against`` (another one, or "all"), ``metric``, ``value``,
        ``low``, ``high``, ``n`` and ``failed``. Metrics: ``win_rate``, ``length_controlled_win_rate`` (per
        pair of candidates), ``win_at_1``, ``mean_rank`` and ``strength`` (per candidate).
    """
    good = [one for one in judgements if one.winner is not None]
    failed = len(judgements) - len(good)
    if not good:
        return []
    names = list(dict.fromkeys(name for one in good for name in (one.pair.a.candidate, one.pair.b.candidate)))
    rows = _candidates(good, names, failed, resamples, seed)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            both = [one for one in good if {one.pair.a.candidate, one.pair.b.candidate} == {name, other}]
            if both:
                rows += _two(both, name, other, failed, resamples, seed)
    return rows


def _candidates(
    good: Sequence[PairJudgement], names: Sequence[str], failed: int, resamples: int, seed: int
) -> list[Row]:
    sources = np.array([one.pair.source for one in good], dtype=object)
    points = np.array([[_points(one, name) for name in names] for one in good])
    rates = mean_intervals(points, sources, resamples=resamples, seed=seed)
    rows = [
        _row(name, "all", "win_rate", found, n, failed) for name, (found, n) in zip(names, rates, strict=True)
    ]
    first, ranks, at = _ranked(good, names)
    for metric, table in (("win_at_1", first), ("mean_rank", ranks)):
        found_all = mean_intervals(table, at, resamples=resamples, seed=seed)
        rows += [
            _row(name, "all", metric, found, n, failed)
            for name, (found, n) in zip(names, found_all, strict=True)
        ]
    resampler = Resampler(sources, resamples=resamples, seed=seed)
    observed, drawn = resampler.sums(_wins(good, names))
    shape = (len(names), len(names))
    value = log_strengths(observed.reshape(1, *shape))[0]
    draws = log_strengths(drawn.reshape(-1, *shape))
    return rows + [
        _row(
            name,
            "all",
            "strength",
            interval(float(value[at]), draws[:, at], resampler.groups),
            len(good),
            failed,
        )
        for at, name in enumerate(names)
    ]


def _two(
    both: Sequence[PairJudgement], name: str, other: str, failed: int, resamples: int, seed: int
) -> list[Row]:
    sources = np.array([one.pair.source for one in both], dtype=object)
    points = np.array([_points(one, name) for one in both])
    ((rate, n),) = mean_intervals(points[:, None], sources, resamples=resamples, seed=seed)
    longer = np.array([_length(one, name) - _length(one, other) for one in both], dtype=float)
    controlled = equal_length_rate(points, longer, sources, resamples=resamples, seed=seed)
    return [
        _row(name, other, "win_rate", rate, n, failed),
        _row(name, other, "length_controlled_win_rate", controlled, n, failed),
    ]


def _points(one: PairJudgement, name: str) -> float:
    """Return the points of a candidate, NaN where it is not in the pair."""
    if name == one.pair.a.candidate:
        return one.points
    return 1 - one.points if name == one.pair.b.candidate else float("nan")


def _length(one: PairJudgement, name: str) -> int:
    return len((one.pair.a if one.pair.a.candidate == name else one.pair.b).text)


def _ranked(good: Sequence[PairJudgement], names: Sequence[str]) -> tuple[Array, Array, NDArray[np.object_]]:
    """Rank the candidates of each item whose every pair is judged; equals share first place and ranks."""
    items: dict[str, list[PairJudgement]] = {}
    for one in good:
        items.setdefault(one.pair.item, []).append(one)
    first, ranks, sources = [], [], []
    for found in items.values():
        total = np.array([np.nansum([_points(one, name) for one in found]) for name in names])
        there = np.array(
            [any(name in {one.pair.a.candidate, one.pair.b.candidate} for one in found) for name in names]
        )
        if len(found) != there.sum() * (there.sum() - 1) // 2:
            continue
        best = there & (total == total[there].max())
        higher = np.array([(total[there] > one).sum() for one in total])
        equal = np.array([(total[there] == one).sum() for one in total])
        first.append(np.where(there, best / best.sum(), np.nan))
        ranks.append(np.where(there, higher + (equal + 1) / 2, np.nan))
        sources.append(found[0].pair.source)
    width = len(names)
    return (
        np.array(first).reshape(-1, width),
        np.array(ranks).reshape(-1, width),
        np.array(sources, dtype=object),
    )


def _wins(good: Sequence[PairJudgement], names: Sequence[str]) -> Array:
    """Return, for each judgement, the points of each candidate over each other one, flattened."""
    place = {name: at for at, name in enumerate(names)}
    wins = np.zeros((len(good), len(names), len(names)))
    for at, one in enumerate(good):
        a, b = place[one.pair.a.candidate], place[one.pair.b.candidate]
        wins[at, a, b], wins[at, b, a] = one.points, 1 - one.points
    return wins.reshape(len(good), -1)


def _row(method: str, against: str, metric: str, found: Interval, n: int, failed: int) -> Row:
    return {"method": method, "against": against, **row(metric, found, n, failed)}
