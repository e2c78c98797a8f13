"""What people said of answers: wins, ranks, strengths and ratings with intervals, and how far they agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval, krippendorff_alpha
from affectlab.bench.empathy.rows import Value, mean_row
from affectlab.bench.judging.strengths import log_strengths
from affectlab.bench.metrics import Row, row
from affectlab.bench.resampling import Resampler, interval
from affectlab.counsel.judging.sheet_reading import Rating
from affectlab.counsel.judging.sheets import RATED
from affectlab.errors import CounselError, InvalidData

Array = NDArray[np.float64]


def people_rows(found: Sequence[Rating], arms: Sequence[str], *, resamples: int, seed: int) -> list[Row]:
    """Measure what people said; intervals resample whole conversations.

    Returns
    -------
    list of dict
        Rows with ``arm`` (None for agreement), ``against``, ``criterion``, ``metric``, ``value``, ``low``,
        ``high`` and ``n``.

    Raises
    ------
    CounselError
        If nobody ranked or rated anything.
    """
    rankings = _rankings(found, arms)
    rows = _rank_rows(rankings, arms, resamples, seed) if rankings else []
    rows += _rating_rows(found, arms, resamples, seed)
    if not rows:
        raise CounselError("the sheets hold neither ranks nor ratings; fill them in first")
    return [*rows, *_agreement_rows(found)]


Ranking = tuple[str, Array]
"""The cluster of a conversation, and one person's ranks of the arms."""


def _rankings(found: Sequence[Rating], arms: Sequence[str]) -> list[Ranking]:
    """Return whole rankings: those of a person who ranked every answer to a conversation."""
    by_sheet: dict[tuple[str, str], dict[str, Rating]] = {}
    for one in found:
        by_sheet.setdefault((one.rater, one.item), {})[one.arm] = one
    rankings = []
    for ones in by_sheet.values():
        ranks = [ones[arm].rank if arm in ones else None for arm in arms]
        if all(rank is not None for rank in ranks):
            rankings.append((next(iter(ones.values())).group, np.array(ranks, dtype=float)))
    return rankings


def _rank_rows(rankings: Sequence[Ranking], arms: Sequence[str], resamples: int, seed: int) -> list[Row]:
    drawn = {"resamples": resamples, "seed": seed}
    rows: list[Row] = []
    for at, arm in enumerate(arms):
        first = [(group, _first_share(ranks, at)) for group, ranks in rankings]
        means = [(group, _mean_rank(ranks, at)) for group, ranks in rankings]
        about = {"arm": arm, "against": "all", "criterion": "rank"}
        rows += [
            about | mean_row("win_at_1", first, **drawn),
            about | mean_row("mean_rank", means, **drawn),
        ]
        for other, against in enumerate(arms):
            if other != at:
                won = [(group, _points(ranks, at, other)) for group, ranks in rankings]
                rows.append({**about, "against": against, **mean_row("win_rate", won, **drawn)})
    return rows + _strength_rows(rankings, arms, resamples, seed)


def _strength_rows(rankings: Sequence[Ranking], arms: Sequence[str], resamples: int, seed: int) -> list[Row]:
    k = len(arms)
    wins = np.zeros((len(rankings), k, k))
    for place, (_, ranks) in enumerate(rankings):
        wins[place] = (ranks[:, None] < ranks[None, :]) + 0.5 * (ranks[:, None] == ranks[None, :])
        np.fill_diagonal(wins[place], 0.0)
    groups = np.array([group for group, _ in rankings], dtype=object)
    resampler = Resampler(groups, resamples=resamples, seed=seed)
    observed, drawn = resampler.sums(wins.reshape(len(rankings), -1))
    value = log_strengths(observed.reshape(1, k, k))[0]
    draws = log_strengths(drawn.reshape(-1, k, k))
    about = {"against": "all", "criterion": "rank"}
    return [
        {
            "arm": arm,
            **about,
            **row("strength", _interval(value[at], draws[:, at], resampler), len(rankings), 0),
        }
        for at, arm in enumerate(arms)
    ]


def _interval(value: float, draws: Array, resampler: Resampler) -> Interval:
    return interval(float(value), draws, resampler.groups)


def _rating_rows(found: Sequence[Rating], arms: Sequence[str], resamples: int, seed: int) -> list[Row]:
    rows: list[Row] = []
    for name in RATED:
        for arm in arms:
            values: list[Value] = [
                (one.group, float(one.ratings[name]))
                for one in found
                if one.arm == arm and name in one.ratings
            ]
            if values:
                about = {"arm": arm, "against": None, "criterion": name}
                rows.append(about | mean_row("rating", values, resamples=resamples, seed=seed))
    return rows


def _agreement_rows(found: Sequence[Rating]) -> list[Row]:
    """Return Krippendorff's α of ranks and of each dimension, over answers that two people or more judged."""
    readers: Mapping[str, Callable[[Rating], int | None]] = {
        "rank": lambda one: one.rank,
        **{name: _reader(name) for name in RATED},
    }
    rows: list[Row] = []
    for name, of in readers.items():
        table, judged = _table(found, of)
        try:
            value = krippendorff_alpha(table, level="ordinal")
        except InvalidData:
            continue
        ends = {"low": None, "high": None, "n": judged}
        about = {"arm": None, "against": "people", "criterion": name}
        rows.append({**about, "metric": "krippendorff_alpha", "value": value, **ends})
    return rows


def _reader(name: str) -> Callable[[Rating], int | None]:
    return lambda one: one.ratings.get(name)


def _table(found: Sequence[Rating], of: Callable[[Rating], int | None]) -> tuple[Array, int]:
    """Lay out answers by raters, NaN where somebody did not judge, and count answers judged twice."""
    units = list(dict.fromkeys((one.item, one.arm) for one in found))
    raters = list(dict.fromkeys(one.rater for one in found))
    table = np.full((len(units), len(raters)), np.nan)
    for one in found:
        value = of(one)
        if value is not None:
            table[units.index((one.item, one.arm)), raters.index(one.rater)] = value
    return table, int((np.isfinite(table).sum(axis=1) > 1).sum())


def _first_share(ranks: Array, at: int) -> float:
    best = ranks == ranks.min()
    return float(best[at] / best.sum())


def _mean_rank(ranks: Array, at: int) -> float:
    """Return the rank with equals sharing the mean of their places."""
    return float((ranks < ranks[at]).sum() + ((ranks == ranks[at]).sum() + 1) / 2)


def _points(ranks: Array, at: int, other: int) -> float:
    return 0.5 if ranks[at] == ranks[other] else float(ranks[at] < ranks[other])
