"""Differences between two ways of answering the same questions: paired, clustered by source.

Corpora are resampled apart from each other and count the same in a mean over them, as in
`affectlab.bench.aica.metrics`; within a corpus both sides share every resample, so what the images have in
common cancels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import holm
from affectlab.bench.aica.metrics import OVERALL
from affectlab.bench.aica.spaces import SPACE_OF, LabelSpace, space_of
from affectlab.bench.aica.understanding import Named
from affectlab.bench.resampling import Resampler, difference

Array = NDArray[np.float64]
Row = dict[str, Any]
Answer = Mapping[str, Any]
"""One row of ``answers.parquet``."""

Pairs = Sequence[tuple[Answer, Answer]]
LABEL_METRICS = ("accuracy", "top1_in_set", "macro_f1", "published_f1")
_Draws = dict[str, tuple[Array, Array, Array, Array]]


def question_of(row: Answer) -> str:
    """Return what tells a question from the others of its task: its id without the arm."""
    head, _, tail = str(row["item"]).rpartition(f"__{row['arm']}")
    return head + tail


def pairs_of(a: Sequence[Answer], b: Sequence[Answer]) -> list[tuple[Answer, Answer]]:
    """Return the answers of both to the same questions, in the order of `a`; failed ones are left out."""
    others = {question_of(row): row for row in b if row["status"] != "failed"}
    return [
        (row, others[question_of(row)])
        for row in a
        if row["status"] != "failed" and question_of(row) in others
    ]


def label_differences(pairs: Pairs, *, resamples: int, seed: int) -> list[Row]:
    """Return b − a of the metrics of labels, by corpus and over all.

    Returns
    -------
    list of dict
        ``subset``, ``metric``, ``value``, ``low``, ``high``, ``p``, ``a``, ``b``, ``n``.
    """
    found: dict[str, tuple[_Draws, int, int]] = {}
    for corpus, own in _by_corpus(pairs).items():
        space = space_of(corpus)
        if space is not None:
            draws, groups = _label_draws(space, own, resamples, _seed_of(corpus, seed))
            found[corpus] = draws, groups, len(own)
    return _rows(found)


def mean_differences(
    pairs: Pairs, value: Callable[[Answer], float], metric: str, *, resamples: int, seed: int
) -> list[Row]:
    """Return b − a of the mean of `value`, by corpus and over all; pairs in which one is NaN are left out.

    Rows are as of `label_differences`.
    """
    found: dict[str, tuple[_Draws, int, int]] = {}
    for corpus, own in _by_corpus(pairs).items():
        values = np.array([[value(a), value(b)] for a, b in own])
        there = np.isfinite(values).all(axis=1)
        if not there.any():
            continue
        resampler = Resampler(_sources(own)[there], resamples=resamples, seed=_seed_of(corpus, seed))
        columns = np.hstack([values[there], np.ones((int(there.sum()), 1))])
        observed, drawn = resampler.sums(columns)
        means, means_drawn = observed[:2] / observed[2], drawn[:, :2] / drawn[:, 2:]
        one = means[0], means[1], means_drawn[:, 0], means_drawn[:, 1]
        found[corpus] = {metric: one}, resampler.groups, int(there.sum())
    return _rows(found)


def adjust(rows: Sequence[Row], metric: str) -> None:
    """Add ``p_holm``, adjusted over the rows of `metric` (Holm); None elsewhere."""
    for row in rows:
        row["p_holm"] = None
    primary = [row for row in rows if row["metric"] == metric and np.isfinite(row["p"])]
    for row, p in zip(primary, holm(np.array([row["p"] for row in primary])), strict=True):
        row["p_holm"] = float(p)


def _label_draws(space: LabelSpace, pairs: Pairs, resamples: int, seed: int) -> tuple[_Draws, int]:
    sides = [Named.of(space, [pair[side] for pair in pairs]) for side in (0, 1)]
    laid = [side.columns() for side in sides]
    resampler = Resampler(sides[0].sources, resamples=resamples, seed=seed)
    observed, drawn = resampler.sums(np.hstack([columns for columns, _ in laid]))
    cut = laid[0][0].shape[1]
    parts = slice(None, cut), slice(cut, None)
    at = [side.evaluate(observed[part], own[1]) for side, own, part in zip(sides, laid, parts, strict=True)]
    over = [side.evaluate(drawn[:, part], own[1]) for side, own, part in zip(sides, laid, parts, strict=True)]
    return {
        metric: (at[0][metric], at[1][metric], over[0][metric], over[1][metric])
        for metric in LABEL_METRICS
        if metric in at[0] and metric in at[1]
    }, resampler.groups


def _rows(found: Mapping[str, tuple[_Draws, int, int]]) -> list[Row]:
    rows = [
        _row(corpus, metric, values, groups, n)
        for corpus, (draws, groups, n) in found.items()
        for metric, values in draws.items()
    ]
    every = dict.fromkeys(metric for draws, _, _ in found.values() for metric in draws)
    for metric in every:
        own = [(draws[metric], groups, n) for draws, groups, n in found.values() if metric in draws]
        whole = all(values[2].size for values, _, _ in own)
        means = [np.mean([values[place] for values, _, _ in own], axis=0) for place in (0, 1)]
        drawn = [
            np.mean([values[place] for values, _, _ in own], axis=0) if whole else np.empty(0)
            for place in (2, 3)
        ]
        groups, n = sum(groups for _, groups, _ in own), sum(n for _, _, n in own)
        rows.append(_row(OVERALL, metric, (means[0], means[1], drawn[0], drawn[1]), groups, n))
    return rows


def _row(subset: str, metric: str, values: tuple[Array, Array, Array, Array], groups: int, n: int) -> Row:
    a, b = float(values[0]), float(values[1])
    found = difference(b - a, np.asarray(values[3] - values[2]), groups)
    return {
        "subset": subset,
        "metric": metric,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "p": found.p,
        "a": a,
        "b": b,
        "n": n,
    }


def _by_corpus(pairs: Pairs) -> dict[str, list[tuple[Answer, Answer]]]:
    found: dict[str, list[tuple[Answer, Answer]]] = {corpus: [] for corpus in SPACE_OF}
    for a, b in pairs:
        found[a["subset"]].append((a, b))
    return {corpus: own for corpus, own in found.items() if own}


def _sources(pairs: Pairs) -> NDArray[np.object_]:
    return np.array([a["source"] for a, _ in pairs], dtype=object)


def _seed_of(corpus: str, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{corpus}".encode()).digest()[:8])
