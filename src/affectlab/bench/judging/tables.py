"""Judgements as lines of a file and as rows of figures."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from affectlab.bench.judging.agreement import agrees_with_people
from affectlab.bench.judging.controls import Controls
from affectlab.bench.judging.judgeable import Judgeable
from affectlab.bench.judging.judgement import PairJudgement, RatingJudgement
from affectlab.bench.judging.people import PeopleRatings
from affectlab.bench.judging.standings import standings
from affectlab.bench.metrics import row
from affectlab.bench.resampling import mean_intervals

Row = dict[str, Any]


@dataclass(slots=True)
class Judged:
    """What a judge made of runs.

    Parameters
    ----------
    controls
        What it made of the controls.
    ratings, pairs
        What it made of the answers.
    about
        What each judgement is about, by the id of what was judged; of a pair its first answer.
    """

    controls: Controls
    ratings: list[RatingJudgement] = field(default_factory=list)
    pairs: list[PairJudgement] = field(default_factory=list)
    about: dict[str, Judgeable] = field(default_factory=dict)

    def lines(self, judge: str) -> Iterator[dict[str, Any]]:
        """Yield every judgement as a line of ``judgements.jsonl``."""
        controls = [one.to_json() for one in self.controls.pairs]
        controls += [one.to_json() for one in self.controls.ratings]
        for control in controls:
            yield {"kind": "control", "judge": judge, **control}
        for one in self.ratings:
            yield {"kind": "rating", "judge": judge, **self._place(one.rated.id), **one.to_json()}
        for pair in self.pairs:
            place = self._place(pair.pair.id)
            del place["arm"], place["item"]
            yield {"kind": "pair", "judge": judge, **place, **pair.to_json()}

    def _place(self, name: str) -> dict[str, Any]:
        one = self.about[name]
        return {
            "item": one.item,
            "sample": one.sample,
            "subset": one.subset,
            "task": one.task,
            "arm": one.arm,
            "language": one.language,
        }


def judged_rows(judged: Judged, people: PeopleRatings | None, *, resamples: int, seed: int) -> list[Row]:
    """Return the figures of ratings, of pairs, and of agreement with people.

    Returns
    -------
    list of dict
        Rows with ``task``, ``criterion``, ``subset`` ("all" for all of them), ``method`` (a candidate),
        ``against`` (another candidate, "all", "people", or None), ``metric``, ``value``, ``low``, ``high``,
        ``n`` and ``failed``.
    """
    return [
        *_rating_rows(judged, resamples, seed),
        *_pair_rows(judged, resamples, seed),
        *(_people_rows(judged, people, resamples, seed) if people else ()),
    ]


def _rating_rows(judged: Judged, resamples: int, seed: int) -> Iterator[Row]:
    groups: dict[tuple[str, str, str, str], list[RatingJudgement]] = {}
    for one in judged.ratings:
        about, rated = judged.about[one.rated.id], one.rated
        for subset in ("all", about.subset):
            key = about.task, rated.criterion.name, subset, rated.answer.candidate
            groups.setdefault(key, []).append(one)
    for (task, criterion, subset, method), found in groups.items():
        sources = np.array([one.rated.source for one in found], dtype=object)
        values = np.array([[one.score, one.gap] for one in found])
        intervals = mean_intervals(values, sources, resamples=resamples, seed=seed)
        place = {"task": task, "criterion": criterion, "subset": subset, "method": method, "against": None}
        for metric, (interval, n) in zip(("rating", "rating_gap"), intervals, strict=True):
            yield {**place, **row(metric, interval, n, len(found) - n)}


def _pair_rows(judged: Judged, resamples: int, seed: int) -> Iterator[Row]:
    groups: dict[tuple[str, str], list[PairJudgement]] = {}
    for one in judged.pairs:
        groups.setdefault((judged.about[one.pair.id].task, one.pair.criterion.name), []).append(one)
    for (task, criterion), found in groups.items():
        place = {"task": task, "criterion": criterion, "subset": "all"}
        for made in standings(found, resamples=resamples, seed=seed):
            yield {**place, **made}
        for made in _order_rows(found, resamples, seed):
            yield {**place, "method": None, "against": None, **made}


def _order_rows(found: Sequence[PairJudgement], resamples: int, seed: int) -> Iterator[Row]:
    good = [one for one in found if one.winner is not None]
    if good:
        sources = np.array([one.pair.source for one in good], dtype=object)
        values = np.array([[float(one.consistent), one.p_first - 0.5] for one in good])
        intervals = mean_intervals(values, sources, resamples=resamples, seed=seed)
        for metric, (interval, n) in zip(("swap_consistency", "position_bias"), intervals, strict=True):
            yield row(metric, interval, n, len(found) - len(good))


def _people_rows(judged: Judged, people: PeopleRatings, resamples: int, seed: int) -> Iterator[Row]:
    groups: dict[tuple[str, str], list[RatingJudgement]] = {}
    for one in judged.ratings:
        groups.setdefault((judged.about[one.rated.id].task, one.rated.criterion.name), []).append(one)
    for (task, criterion), found in groups.items():
        scores: dict[Hashable, float] = {one.rated.id: one.score for one in found}
        sources: dict[Hashable, str] = {one.rated.id: one.rated.source for one in found}
        given: dict[Hashable, Sequence[float]] = {}
        for one in found:
            about = judged.about[one.rated.id]
            run = one.rated.answer.candidate.removesuffix(f" {about.arm}")
            ratings = people.of(run, about.item, criterion)
            if ratings is not None:
                given[one.rated.id] = ratings
        place = {"task": task, "criterion": criterion, "subset": "all", "method": None, "against": "people"}
        for made in agrees_with_people(scores, given, sources, resamples=resamples, seed=seed):
            yield {**place, **made}
