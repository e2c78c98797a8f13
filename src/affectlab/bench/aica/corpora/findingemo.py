"""FindingEmo: scenes with people, each with what an annotator said of it.

Layout after the package findingemo-light 1.0.0 of its authors (arXiv 2402.01355; annotations CC BY-NC-SA
4.0): ``annotations_single.ann``, a CSV, names pictures as ``/Run_<n>/<search>/<file>``, and its downloader
puts them under the same path. Annotators' identifiers are not taken over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from affectlab.affect import taxonomy
from affectlab.bench.aica.corpora._reading import (
    existing,
    first_table,
    known_label,
    most_voted,
    read_rows,
    relative_name,
    require_folder,
    required_number,
)
from affectlab.bench.aica.drafts import Draft, Offer, Skipped, require_some
from affectlab.bench.corpus_tables import Row
from affectlab.errors import InvalidData

LAYOUT = "annotations_single.ann (or annotations.csv) and the pictures it names, Run_1/… and Run_2/…"
SCALES = {"valence": (-3, 3), "arousal": (0, 6)}
"""Ends of its scales."""

_COLUMNS = ("user", "image_path", "age", "valence", "arousal", "emotion")
_TABLES = ("annotations_single.ann", "data/annotations_single.ann", "annotations.csv")
_LABELS = taxonomy("plutchik24").labels


def read_findingemo(folder: Path) -> Offer:
    """Read FindingEmo as far as its pictures were downloaded; pictures of one search share a source.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    require_folder(folder, "FindingEmo", LAYOUT)
    table = first_table(folder, _TABLES, LAYOUT)
    by_picture: dict[str, list[Row]] = defaultdict(list)
    skipped: list[Skipped] = []
    for row in read_rows(table, _COLUMNS):
        try:
            by_picture[relative_name(row, "image_path")].append(row)
        except InvalidData as error:
            skipped.append(Skipped("findingemo", f"row {row.number}", "row", str(error)))
    drafts: list[Draft] = []
    for name, rows in by_picture.items():
        try:
            drafts.append(_draft(folder, name, rows, skipped))
        except InvalidData as error:
            skipped.append(Skipped("findingemo", name, getattr(error, "kind", "row"), str(error)))
    return require_some(
        Offer("findingemo", folder, "plutchik24", tuple(drafts), tuple(skipped), (table,)), LAYOUT
    )


def _draft(folder: Path, name: str, rows: Sequence[Row], skipped: list[Skipped]) -> Draft:
    own: dict[str, Row] = {}
    for row in rows:
        user = row.word("user") or f"row {row.number}"
        if user in own:
            why = f"row {row.number} of {row.table} repeats row {own[user].number}"
            skipped.append(Skipped("findingemo", name, "row", why))
        else:
            own[user] = row
    path = existing(_picture(folder, name))
    annotations = [_annotation(row) for row in own.values()]
    votes: dict[str, float] = {}
    for one in annotations:
        votes[one["emotion"]] = votes.get(one["emotion"], 0.0) + 1.0
    details = {
        "votes": votes,
        "ratings": {dimension: _rating(annotations, dimension) for dimension in SCALES},
        "annotations": annotations,
    }
    search = name.rpartition("/")[0]
    return Draft(name, path, most_voted(votes), search, votes, details)


def _picture(folder: Path, name: str) -> Path:
    inner = folder / "images" / name
    return inner if inner.is_file() else folder / name


def _annotation(row: Row) -> dict[str, Any]:
    return {
        "emotion": known_label(row.word("emotion"), _LABELS, row.place("emotion")),
        **{dimension: required_number(row, dimension, *ends) for dimension, ends in SCALES.items()},
        "age": row.word("age"),
    }


def _rating(annotations: Sequence[dict[str, Any]], dimension: str) -> dict[str, Any]:
    values = [float(one[dimension]) for one in annotations]
    low, high = SCALES[dimension]
    spread = stdev(values) if len(values) > 1 else None
    return {"mean": fmean(values), "sd": spread, "n": len(values), "low": low, "high": high}
