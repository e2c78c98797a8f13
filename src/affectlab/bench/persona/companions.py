"""Open companions of Persona-E²: how far readers differ from each other, and from who wrote.

- empathic_reactions (Buechel et al., 2018, CC BY 4.0): how much empathy and distress readers of news felt, 1
  to 7, each reader for five articles. Intraclass correlations say which part of the variance goes with the
  article, and which with the reader.
- EmoBank (Buechel and Hahn, 2017, CC BY-SA 4.0): valence, arousal and dominance, 1 to 5, of sentences, from
  the readers' and from the writer's perspective. Where both sides are there, their gap is measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval, cluster_bootstrap, cluster_bootstrap_mean
from affectlab.affect.agreement import krippendorff_alpha, pearson
from affectlab.bench.persona._tables import Table, read_table
from affectlab.bench.resampling import Resampler, interval, mean_intervals
from affectlab.errors import InvalidData, UnreadableFile

Array = NDArray[np.float64]
Row = dict[str, Any]
Ratings = dict[str, Array]
"""Text to mean valence, arousal and dominance."""

MESSAGES = "messages.csv"
INDIVIDUAL = "individual_reader_ratings.csv"
READER = "reader.csv"
WRITER = "writer.csv"
NO_WRITERS = f"no {WRITER}: the gap between readers and writers cannot be measured, the spread of readers can"
"""For the user, where EmoBank lacks its writers' side."""

_FELT = ("empathy", "distress")
_VAD = {"V": "valence", "A": "arousal", "D": "dominance"}


def empathic_rows(folder: Path, *, resamples: int = 2000, seed: int = 0) -> list[Row]:
    """Measure felt empathy and distress.

    Metrics by ``target`` (empathy, distress): ``mean``; ``icc_article`` and ``icc_reader``, shares of the
    variance that go with the article and with the reader; and of both targets together ``pearson``. Intervals
    are over readers, of ``icc_article`` over articles.

    Raises
    ------
    UnreadableFile, InvalidData
        If ``messages.csv`` is not as published.
    """
    table = read_table(folder / MESSAGES)
    for column in ("response_id", "article_id", *_FELT, "essay"):
        table.has(column)
    readers = [row.required("response_id") for row in table.rows]
    articles = [row.required("article_id") for row in table.rows]
    felt = np.array([[row.number_in(column, 1, 7) for column in _FELT] for row in table.rows])
    rows: list[Row] = []
    for number, target in enumerate(_FELT):
        mean = cluster_bootstrap_mean(felt[:, number], readers, resamples=resamples, seed=seed)
        rows.append(_row("empathic_reactions", target, "mean", mean, len(felt)))
        for metric, clusters in (("icc_article", articles), ("icc_reader", readers)):
            found = icc(felt[:, number], clusters, resamples=resamples, seed=seed)
            rows.append(_row("empathic_reactions", target, metric, found, len(felt)))
    together = _correlation(felt[:, 0], felt[:, 1], readers, resamples=resamples, seed=seed)
    return [*rows, _row("empathic_reactions", "empathy-distress", "pearson", together, len(felt))]


def emobank_rows(folder: Path, *, resamples: int = 2000, seed: int = 0) -> tuple[list[Row], tuple[str, ...]]:
    """Measure how readers of EmoBank differ from each other and from the writers.

    Metrics by ``target`` (valence, arousal, dominance): of single readers' ratings ``mean``, ``sd_readers``
    (standard deviation between readers of one text) and ``alpha`` (Krippendorff, interval level); where both
    sides are there ``gap`` (readers minus writers), ``gap_size`` (its mean absolute value) and ``pearson``.
    Intervals are over documents.

    Returns
    -------
    rows
        As above.
    notes
        Lines for the user.

    Raises
    ------
    UnreadableFile, InvalidData
        If the files are not as published, or none is there.
    """
    single = folder / INDIVIDUAL
    rows: list[Row] = []
    readers: Ratings = {}
    if single.is_file():
        ratings = _single(single)
        readers = {text: np.mean(values, axis=0) for text, values in ratings.items()}
        rows += _spread(ratings, resamples=resamples, seed=seed)
    if (folder / READER).is_file():
        readers = _means(folder / READER)
    if not readers:
        raise UnreadableFile(
            f"{folder} holds neither {INDIVIDUAL} nor {READER}; expected EmoBank as published"
        )
    if not (folder / WRITER).is_file():
        return rows, (NO_WRITERS,)
    return rows + list(_gaps(readers, _means(folder / WRITER), resamples=resamples, seed=seed)), ()


def icc(values: Array, clusters: Sequence[str], *, resamples: int, seed: int) -> Interval:
    """Return the one-way intraclass correlation of `values`, shape (n,), with its interval over clusters.

    References
    ----------
    Shrout and Fleiss (1979), Intraclass correlations: uses in assessing rater reliability, Psychological
    Bulletin 86, 420-428: ICC(1,1), with the mean cluster size of unbalanced designs.
    """
    _, place = np.unique(np.array(clusters), return_inverse=True)
    n, total, squares = (np.bincount(place, weights=one) for one in (np.ones_like(values), values, values**2))
    # A resample weighs clusters; everything the coefficient needs is a sum over them.
    columns = np.stack([np.ones_like(n), n, n**2, total, squares, total**2 / n], axis=1)
    names = np.arange(len(n)).astype(object)
    sums, draws = Resampler(names, resamples=resamples, seed=seed).sums(columns)
    return interval(float(_icc(sums)), _icc(draws), len(n))


def _icc(sums: Array) -> Array:
    clusters, n, squared_sizes, total, squares, between = np.moveaxis(sums, -1, 0)
    among = (between - total**2 / n) / (clusters - 1)
    inside = (squares - between) / (n - clusters)
    size = (n - squared_sizes / n) / (clusters - 1)
    return np.asarray((among - inside) / (among + (size - 1) * inside))


def _spread(ratings: Mapping[str, Array], *, resamples: int, seed: int) -> Iterator[Row]:
    several = {text: values for text, values in ratings.items() if len(values) > 1}
    documents = np.array([document(text) for text in several], dtype=object)
    n = sum(len(values) for values in several.values())
    for number, target in enumerate(_VAD.values()):
        columns = np.array([(one[:, number].mean(), one[:, number].var(ddof=1)) for one in several.values()])
        mean, variance = mean_intervals(columns, documents, resamples=resamples, seed=seed)
        yield _row("emobank", target, "mean", mean[0], n)
        yield _row("emobank", target, "sd_readers", _root(variance[0]), n)
        alpha = krippendorff_alpha(_rectangle(several, number), level="interval")
        yield _row("emobank", target, "alpha", Interval(alpha, nan, nan, len(several)), n)


def _gaps(readers: Ratings, writers: Ratings, *, resamples: int, seed: int) -> Iterator[Row]:
    both = [text for text in readers if text in writers]
    if not both:
        raise InvalidData(f"{READER} and {WRITER} have no text in common; expected the same ids")
    documents = [document(text) for text in both]
    read, written = (np.array([side[text] for text in both]) for side in (readers, writers))
    for number, target in enumerate(_VAD.values()):
        a, b = read[:, number], written[:, number]
        for metric, values in (("gap", a - b), ("gap_size", np.abs(a - b))):
            found = cluster_bootstrap_mean(values, documents, resamples=resamples, seed=seed)
            yield _row("emobank", target, metric, found, len(both))
        found = _correlation(a, b, documents, resamples=resamples, seed=seed)
        yield _row("emobank", target, "pearson", found, len(both))


def _correlation(a: Array, b: Array, groups: Sequence[str], *, resamples: int, seed: int) -> Interval:
    def statistic(index: NDArray[np.intp]) -> float:
        return pearson(a[index], b[index])

    return cluster_bootstrap(statistic, groups, resamples=resamples, seed=seed)


def document(text: str) -> str:
    """Return the document of a text: its id without the places of its first and last character."""
    return re.sub(r"_\d+_\d+$", "", text)


def _single(path: Path) -> dict[str, Array]:
    found: dict[str, list[list[float]]] = {}
    for name, values in _values(read_table(path)):
        found.setdefault(name, []).append(values)
    return {name: np.array(values) for name, values in found.items()}


def _means(path: Path) -> Ratings:
    found: Ratings = {}
    for name, values in _values(read_table(path)):
        if name in found:
            raise InvalidData(f"{path}: text {name!r} is there twice; remove one of the rows")
        found[name] = np.array(values)
    return found


def _values(table: Table) -> Iterator[tuple[str, list[float]]]:
    for column in ("id", *_VAD):
        table.has(column)
    for row in table.rows:
        yield row.required("id"), [row.number_in(column, 1, 5) for column in _VAD]


def _rectangle(ratings: Mapping[str, Array], number: int) -> Array:
    wide = max(len(values) for values in ratings.values())
    table = np.full((len(ratings), wide), np.nan)
    for row, values in enumerate(ratings.values()):
        table[row, : len(values)] = values[:, number]
    return table


def _root(found: Interval) -> Interval:
    return replace(found, value=found.value**0.5, low=found.low**0.5, high=found.high**0.5)


def _row(dataset: str, target: str, metric: str, found: Interval, n: int) -> Row:
    about = {"dataset": dataset, "target": target, "metric": metric, "value": found.value}
    return {**about, "low": found.low, "high": found.high, "n": n}
