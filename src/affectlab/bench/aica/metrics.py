"""All figures of a run of AICA-Bench as rows, each with its interval clustered by source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval
from affectlab.bench.aica.rated import Rated, rated_draws, stated_intensity
from affectlab.bench.aica.spaces import SPACE_OF, LabelSpace, space_of
from affectlab.bench.aica.understanding import Named
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.resampling import Resampler, interval

Array = NDArray[np.float64]
Row = dict[str, Any]

OVERALL = "overall"
"""Mean over corpora, each counting the same, as the paper averages."""

ACROSS_SCALES = ("mae_share", "spearman", "pearson", "ccc", "parse_rate", "human_ceiling")
"""Metrics of ratings that mean the same on every scale, and so have a mean over corpora."""

DEFINITIONS: Mapping[str, str] = {
    "accuracy": "share of images whose main label is named; an answer that names no label is wrong",
    "macro_f1": "unweighted mean of the labels' F1, over labels that occur or are named",
    "weighted_f1": "mean of the labels' F1, weighted by how often the label is true",
    "uar": "unweighted average recall over the labels that occur",
    "published_f1": "2A / (1 + A) of accuracy A: what the released code calls weighted F1",
    "parse_rate": "share of answers that could be read",
    "top1_in_set": "share of images for which the label named is one of the image's several",
    "map": "mean average precision of the labels by likelihood, where an image has several",
    "same_valence": "share of wrong labels that are as pleasant or unpleasant as the right one",
    "same_valence_null": "the same if wrong labels were drawn evenly",
    "same_valence_null_marginal": "the same if wrong labels were drawn as often as the model names them",
    "wheel_distance": "mean steps on Mikels' wheel from the true label to the one named, 0 to 4",
    "mae": "mean absolute error on the published scale; an unread answer has the largest error there is",
    "spearman": "rank correlation of the model's ratings with people's means, of answers that were read",
    "pearson": "the same, of the ratings themselves",
    "ccc": "Lin's concordance of the model's ratings with people's means, of answers that were read",
    "slope": "of people's means over the model's ratings: 1 is calibrated, below 1 the model exaggerates",
    "intercept": "of the same line, in units of the scale",
    "human_reliability": "split-half reliability of people's means, stepped up to all raters",
    "human_ceiling": "its root: the most that a perfect model's ratings can correlate with people's means",
    "jsd": "mean Jensen-Shannon divergence in bits between votes and likelihoods",
    "chebyshev": "mean of the largest difference between votes and likelihoods",
    "clark": "mean Clark distance between them over its largest value, the root of the number of labels",
    "canberra": "mean Canberra metric between them over its largest value, the number of labels",
    "kl": "mean Kullback-Leibler divergence of likelihoods from votes in nats; likelihoods of at least 1e-10",
    "cosine": "mean cosine similarity of votes and likelihoods",
    "intersection": "mean share of probability that votes and likelihoods have in common",
    "stated_intensity": "rank correlation of the tree's low, medium or high with people's mean intensity, or "
    "with their mean arousal where that was not rated",
    "mae_share": "mean absolute error as a share of the scale",
}


def aica_rows(run: ExamRun, *, resamples: int = 2000, seed: int = 0) -> list[Row]:
    """Return every metric of a run, by corpus and overall, arm by arm.

    Parameters
    ----------
    run
        As `affectlab.bench.exam.table.read_exam_run` reads it.
    resamples, seed
        Of the bootstrap over sources.

    Returns
    -------
    list of dict
        ``subset`` (a corpus or "overall"), ``task`` ("eu", or "intensity:valence" and, where there are norms
        of several populations, "intensity:valence:us"), ``arm``, ``method`` (the model's name), ``metric``,
        ``value``, ``low``, ``high``, ``n``; NaN where a metric is undefined.
    """
    rows = []
    for arm in _seen(run.select(task="eu"), "arm"):
        about = {"task": "eu", "arm": arm, "method": run.name}
        rows += _understood(run.select(task="eu", arm=arm), about, resamples, seed)
    for arm in _seen(run.select(task="intensity"), "arm"):
        about = {"arm": arm, "method": run.name}
        rows += _rated(run.select(task="intensity", arm=arm), about, resamples, seed)
    return rows


def confusions(run: ExamRun) -> dict[tuple[str, str], tuple[tuple[str, ...], Array]]:
    """Return by corpus and arm the labels and the confusion matrix, its last column unparsed answers."""
    found = {}
    for arm in _seen(run.select(task="eu"), "arm"):
        for corpus, rows in _by_corpus(run.select(task="eu", arm=arm)).items():
            space = space_of(corpus)
            if space is not None:
                found[corpus, arm] = (space.labels, Named.of(space, rows).confusion)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Figure:
    """One metric of one corpus, with what resamples make of it."""

    value: float
    draws: Array
    groups: int
    n: int

    @property
    def interval(self) -> Interval:
        return interval(self.value, self.draws, self.groups)


def _understood(rows: Sequence[Mapping[str, Any]], about: Row, resamples: int, seed: int) -> list[Row]:
    """Return the rows of one arm: each corpus, then the mean over corpora in which a metric is defined."""
    found: list[Row] = []
    figures: dict[str, list[_Figure]] = {}
    for corpus, own in _by_corpus(rows).items():
        space = space_of(corpus)
        if space is None:
            continue
        for metric, figure in _figures(space, own, resamples, _seed_of(corpus, seed)).items():
            found.append(measured(about | {"subset": corpus}, metric, figure.interval, figure.n))
            if np.isfinite(figure.value):
                figures.setdefault(metric, []).append(figure)
    for metric, of in figures.items():
        mean = _mean(of)
        found.append(measured(about | {"subset": OVERALL}, metric, mean.interval, mean.n))
    return found


def _figures(
    space: LabelSpace, rows: Sequence[Mapping[str, Any]], resamples: int, seed: int
) -> dict[str, _Figure]:
    named = Named.of(space, rows)
    columns, slices = named.columns()
    resampler = Resampler(named.sources, resamples=resamples, seed=seed)
    observed, resampled = resampler.sums(columns)
    values, draws = named.evaluate(observed, slices), named.evaluate(resampled, slices)
    figures = {name: (float(values[name]), draws[name]) for name in values}
    figures |= named.ranked(resampler)
    if (stated := stated_intensity(rows, resampler)) is not None:
        figures["stated_intensity"] = stated
    return _measured_on(figures, resampler.groups, len(named.truth))


def _measured_on(figures: Mapping[str, tuple[float, Array]], groups: int, n: int) -> dict[str, _Figure]:
    return {name: _Figure(value, drawn, groups, n) for name, (value, drawn) in figures.items()}


def _mean(figures: Sequence[_Figure]) -> _Figure:
    # A corpus of one source has nothing to resample, and then the mean has no interval either.
    whole = all(one.draws.size for one in figures)
    return _Figure(
        float(np.mean([one.value for one in figures])),
        np.mean([one.draws for one in figures], axis=0) if whole else np.empty(0),
        sum(one.groups for one in figures),
        sum(one.n for one in figures),
    )


def _rated(rows: Sequence[Mapping[str, Any]], about: Row, resamples: int, seed: int) -> list[Row]:
    """Return the rows of each scale of each corpus, then by dimension the mean over corpora."""
    found: list[Row] = []
    figures: dict[tuple[str, str], dict[str, list[_Figure]]] = {}
    for corpus, own in _by_corpus(rows).items():
        for (dimension, population), of in _scales(own).items():
            rated = Rated.of(of)
            sources = np.array(rated.sources, dtype=object)
            resampler = Resampler(sources, resamples=resamples, seed=_seed_of(corpus, seed))
            task = ":".join(one for one in ("intensity", dimension, population) if one)
            made = _measured_on(rated_draws(rated, resampler), resampler.groups, len(of))
            for metric, figure in made.items():
                found.append(
                    measured(about | {"subset": corpus, "task": task}, metric, figure.interval, len(of))
                )
                if metric in ACROSS_SCALES:
                    figures.setdefault((dimension, metric), {}).setdefault(corpus, []).append(figure)
    for (dimension, metric), by_corpus in figures.items():
        mean = _mean([_mean(populations) for populations in by_corpus.values()])
        head = about | {"subset": OVERALL, "task": f"intensity:{dimension}"}
        found.append(measured(head, metric, mean.interval, mean.n))
    return found


def _scales(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Return rows by dimension and population."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["details"]["dimension"], row["details"]["population"]), []).append(row)
    return found


def measured(about: Row, metric: str, found: Interval, n: int) -> Row:
    """Return one figure as a row."""
    return about | {"metric": metric, "value": found.value, "low": found.low, "high": found.high, "n": n}


def _by_corpus(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the rows that did not fail, by corpus in published order."""
    found: dict[str, list[Mapping[str, Any]]] = {corpus: [] for corpus in SPACE_OF}
    for row in rows:
        if row["status"] != "failed":
            found[row["subset"]].append(row)
    return {corpus: own for corpus, own in found.items() if own}


def _seen(rows: Sequence[Mapping[str, Any]], column: str) -> list[str]:
    return list(dict.fromkeys(str(row[column]) for row in rows))


def _seed_of(corpus: str, seed: int) -> int:
    # Corpora are drawn apart from each other, and from the same numbers whichever others are there.
    return int.from_bytes(hashlib.sha256(f"{seed}:{corpus}".encode()).digest()[:8])
