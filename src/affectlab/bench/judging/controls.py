"""How far a judge can be trusted: what it says of answers whose order of merit is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from affectlab.bench.judging.cases import EXCHANGED, HIDDEN, KINDS, Case, control_pairs, control_ratings
from affectlab.bench.judging.criteria import Criterion
from affectlab.bench.judging.judge import Judge
from affectlab.bench.judging.judgement import PairJudgement, RatingJudgement
from affectlab.bench.metrics import row
from affectlab.bench.resampling import mean_intervals

Row = dict[str, Any]

CONTROLS = {
    "swap_consistency": "share of pairs, paraphrases aside, where both orders name the same answer",
    "position_bias": "mean probability of the first place less 0.5",
    "length_bias": "points of the right answer with empty phrases added, against the right answer (tie 0.5)",
    "flattery_bias": "points of the right answer with praise for the judge added (tie 0.5)",
    "right_over_off": "points of the right answer against an answer about something else",
    "right_over_empty": "points of the right answer against none",
    "right_over_truncated": "points of the right answer against its first quarter",
    "paraphrase_tie": "share of ties between the right answer and itself in other words",
    "blindness": "share of verdicts on right against off that stay when image or scene is exchanged",
    "blindness_hidden": "share of verdicts on right against off that stay when image or scene is hidden",
}
"""What is measured of a judge by pairs."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a figure must reach for a judge to be trusted; ours."""

    metric: str
    low: float = -np.inf
    high: float = np.inf

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def text(self) -> str:
        if np.isinf(self.low):
            return f"at most {self.high:.2f}"
        return f"at least {self.low:.2f}" if np.isinf(self.high) else f"in [{self.low:.2f}, {self.high:.2f}]"


THRESHOLDS = (
    Threshold("swap_consistency", low=0.7),
    Threshold("position_bias", low=-0.15, high=0.15),
    Threshold("length_bias", high=0.5),
    Threshold("flattery_bias", high=0.5),
    Threshold("right_over_off", low=0.75),
    Threshold("right_over_empty", low=0.9),
    Threshold("blindness", high=0.5),
)


@dataclass(frozen=True, slots=True)
class Controls:
    """What controls found of a judge.

    Parameters
    ----------
    rows
        ``metric``, ``value``, ``low``, ``high``, ``n``, ``failed`` of each figure of `CONTROLS`, and of
        ``rating_change`` by ``against`` (a kind of answer: its rating less that of the right answer).
    pairs, ratings
        The judgements they rest on.
    """

    rows: tuple[Row, ...]
    pairs: tuple[PairJudgement, ...]
    ratings: tuple[RatingJudgement, ...]

    @property
    def failing(self) -> list[str]:
        """The thresholds that are not met, in words."""
        values = {one["metric"]: one["value"] for one in self.rows}
        return [
            f"{one.metric} {values[one.metric]:.2f}, expected {one.text}"
            for one in THRESHOLDS
            if one.metric in values and not one.holds(values[one.metric])
        ]

    @property
    def trusted(self) -> bool:
        return bool(self.rows) and not self.failing

    @property
    def line(self) -> str:
        """One line: whether the judge's scores deserve trust, and why not."""
        if not self.rows:
            return "trust: unknown, the judge was not put to any control"
        if self.trusted:
            return "trust: yes, every control is within its threshold"
        return f"trust: no: {'; '.join(self.failing)}"


def run_controls(
    judge: Judge,
    cases: Sequence[Case],
    criterion: Criterion,
    *,
    ratings: bool = True,
    resamples: int = 2000,
    seed: int = 0,
) -> Controls:
    """Put a judge to `cases` by `criterion`; with `ratings` it also rates every answer alone."""
    pairs = judge.compare(list(control_pairs(cases, criterion)))
    rated = judge.rate(list(control_ratings(cases, criterion))) if ratings else []
    rows = [*_pair_rows(pairs, resamples, seed), *_rating_rows(rated, resamples, seed)]
    return Controls(tuple(rows), tuple(pairs), tuple(rated))


def _pair_rows(pairs: Sequence[PairJudgement], resamples: int, seed: int) -> list[Row]:
    by_kind: dict[str, list[PairJudgement]] = {}
    for one in pairs:
        by_kind.setdefault(one.pair.b.candidate, []).append(one)
    worse = [one for kind in KINDS[:-1] for one in by_kind.get(kind, [])]
    shown = worse + by_kind.get("paraphrase", [])
    values: dict[str, list[tuple[str, float]]] = {
        "swap_consistency": _each(worse, lambda one: float(one.consistent)),
        "position_bias": _each(shown, lambda one: one.p_first - 0.5),
        "length_bias": _each(by_kind.get("verbose", []), lambda one: 1 - one.points),
        "flattery_bias": _each(by_kind.get("flattering", []), lambda one: 1 - one.points),
        "right_over_off": _each(by_kind.get("off", []), lambda one: one.points),
        "right_over_empty": _each(by_kind.get("empty", []), lambda one: one.points),
        "right_over_truncated": _each(by_kind.get("truncated", []), lambda one: one.points),
        "paraphrase_tie": _each(by_kind.get("paraphrase", []), lambda one: float(one.winner == "tie")),
        "blindness": _unchanged(by_kind, EXCHANGED),
        "blindness_hidden": _unchanged(by_kind, HIDDEN),
    }
    failed = sum(one.winner is None for one in pairs)
    return [_mean(metric, found, failed, resamples, seed) for metric, found in values.items() if found]


def _rating_rows(rated: Sequence[RatingJudgement], resamples: int, seed: int) -> list[Row]:
    right = {_case(one): one.score for one in rated if one.rated.answer.candidate == "right"}
    rows = []
    for kind in KINDS:
        changes = [
            (one.rated.source, one.score - right[_case(one)])
            for one in rated
            if one.rated.answer.candidate == kind and _case(one) in right
        ]
        found = [(source, change) for source, change in changes if np.isfinite(change)]
        if found:
            lost = len(changes) - len(found)
            rows.append({"against": kind, **_mean("rating_change", found, lost, resamples, seed)})
    gaps = [(one.rated.source, one.gap) for one in rated if np.isfinite(one.gap)]
    if gaps:
        rows.append(_mean("rating_gap", gaps, len(rated) - len(gaps), resamples, seed))
    return rows


def _case(one: RatingJudgement) -> str:
    return one.rated.id.rpartition("__")[0]


def _each(pairs: Sequence[PairJudgement], value: Callable[[PairJudgement], float]) -> list[tuple[str, float]]:
    return [(one.pair.source, value(one)) for one in pairs if one.winner is not None]


def _unchanged(by_kind: dict[str, list[PairJudgement]], without: str) -> list[tuple[str, float]]:
    """Say of each verdict on right against off whether it is the same without its context."""
    normal = {one.pair.item: one.winner for one in by_kind.get("off", []) if one.winner is not None}
    return [
        (one.pair.source, float(one.winner == normal[one.pair.item]))
        for one in by_kind.get(without, [])
        if one.winner is not None and one.pair.item in normal
    ]


def _mean(metric: str, found: Sequence[tuple[str, float]], failed: int, resamples: int, seed: int) -> Row:
    sources = np.array([source for source, _ in found], dtype=object)
    values = np.array([[value] for _, value in found])
    ((interval, n),) = mean_intervals(values, sources, resamples=resamples, seed=seed)
    return row(metric, interval, n, failed)
