"""What can be said of divergence where only each group's emotion and consensus score are known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.dataset import Dataset
from affectlab.bench.persona.agreement_sums import METHODS, agreements, event_sums, group_counts, stacked
from affectlab.bench.persona.answer_table import LABELS, AnswerTable
from affectlab.bench.persona.consensus import Composition, matching
from affectlab.bench.resampling import Resampler, interval, mean_intervals

Array = NDArray[np.float64]
Row = dict[str, Any]

NOTE = (
    "only groups' emotions and scores are known: agreement within groups follows from the scores, "
    "agreement of groups from their emotions; a gap of readers and its null need the readers' own answers"
)
"""For the user."""


def group_level_rows(dataset: Dataset, table: AnswerTable, *, resamples: int, seed: int) -> list[Row]:
    """Return gaps as None, and the two sides as far as they are known.

    Metrics: ``gap``, None for each method; ``within`` of methods "majority" and "pairwise", from the
    compositions that scores have; ``groups_agree``, share of pairs of groups with the same emotion; and
    ``groups_alpha``, Krippendorff's α of the groups' emotions.
    """
    about = {"subset": "all", "groups": len(table.units)}
    events = len(dataset.samples)
    nothing = dict.fromkeys(("value", "low", "high", "null", "p"))
    rows: list[Row] = [
        {**about, "method": method, "metric": "gap", **nothing, "n": events, "note": NOTE}
        for method in METHODS
    ]
    within = np.array([_within(sample.details["consensus"]) for sample in dataset.samples])
    found = mean_intervals(within, table.sources, resamples=resamples, seed=seed)
    for method, (one, n) in zip(METHODS, found, strict=False):
        rows.append(
            {
                **about,
                "method": method,
                "metric": "within",
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "n": n,
            }
        )
    return rows + list(_between(about, table, resamples=resamples, seed=seed))


def _within(consensus: dict[str, Any]) -> tuple[float, float]:
    """Return the share of members who name their group's emotion, and of pairs of members who agree."""
    cells = [(len(one["members"]), matching(len(one["members"]), one["score"])) for one in consensus.values()]
    known = [(size, found[0]) for size, found in cells if len(found) == 1]
    members = sum(size for size, _ in known)
    pairs = sum(size * (size - 1) for size, _ in known)
    return (
        sum(found[0] for _, found in known) / members if members else np.nan,
        sum(map(_pairs, (found for _, found in known))) / pairs if pairs else np.nan,
    )


def _pairs(found: Composition) -> int:
    return sum(n * (n - 1) for n in found)


def _between(about: Row, table: AnswerTable, *, resamples: int, seed: int) -> Iterator[Row]:
    """Take groups as the members of one group: agreement of their emotions."""
    everybody = np.ones((1, len(table.units)), dtype=np.float32)
    sums = event_sums(group_counts(stacked(table.one_hot), everybody, len(LABELS)))
    resampler = Resampler(table.sources, resamples=resamples, seed=seed)
    observed, draws = resampler.sums(sums)
    value, spread = agreements(observed), agreements(draws)
    for number, metric in ((1, "groups_agree"), (2, "groups_alpha")):
        one = interval(float(value[number, 0]), spread[:, number, 0], resampler.groups)
        yield {
            **about,
            "metric": metric,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "n": len(sums),
        }
    yield from _each_pair(about, table, resamples=resamples, seed=seed)


def _each_pair(about: Row, table: AnswerTable, *, resamples: int, seed: int) -> Iterator[Row]:
    pairs = list(combinations(range(len(table.units)), 2))
    alike = np.stack([_alike(table, *pair) for pair in pairs], axis=1)
    found = mean_intervals(alike, table.sources, resamples=resamples, seed=seed)
    for (a, b), (one, n) in zip(pairs, found, strict=True):
        target = f"{table.units[a]}-{table.units[b]}"
        yield {
            **about,
            "target": target,
            "metric": "groups_agree",
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "n": n,
        }


def _alike(table: AnswerTable, a: int, b: int) -> Array:
    both = (table.answers[a] >= 0) & (table.answers[b] >= 0)
    return np.where(both, table.answers[a] == table.answers[b], np.nan)
