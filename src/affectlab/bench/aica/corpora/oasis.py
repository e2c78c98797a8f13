"""OASIS: photographs with mean ratings of valence and arousal.

Layout as published (Kurdi, Lozano & Banaji, 2017, Introducing the Open Affective Standardized Image Set,
Behavior Research Methods 49): ``OASIS.csv`` and ``images/<theme>.jpg``. A table of a part of the set may name
files in a column ``file``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affectlab.bench.aica.corpora._reading import (
    existing,
    gathered,
    numbered_series,
    read_rows,
    relative_name,
    require_folder,
    required_number,
)
from affectlab.bench.aica.drafts import Draft, Offer, require_some
from affectlab.bench.corpus_tables import Row
from affectlab.errors import UnreadableFile

LAYOUT = "OASIS.csv (or one OASIS*.csv) and images/<theme>.jpg"
LOW, HIGH = 1, 7
"""Ends of the scales of valence and arousal."""

_DIMENSIONS = ("valence", "arousal")
_COLUMNS = (
    "Theme",
    "Category",
    *(f"{d.capitalize()}_{part}" for d in _DIMENSIONS for part in ("mean", "SD", "N")),
)


def read_oasis(folder: Path) -> Offer:
    """Read OASIS or a part of it; photographs whose names differ in number alone share a source.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    require_folder(folder, "OASIS", LAYOUT)
    table = _table(folder)
    rows = read_rows(table, _COLUMNS)
    drafts, skipped = gathered("oasis", rows, _name, lambda row, name: _draft(folder, row, name))
    return require_some(Offer("oasis", folder, None, drafts, skipped, (table,)), LAYOUT)


def _table(folder: Path) -> Path:
    if (folder / "OASIS.csv").is_file():
        return folder / "OASIS.csv"
    found = sorted(folder.glob("OASIS*.csv"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise UnreadableFile(f"{folder} should hold one table OASIS*.csv, found {names}; expected {LAYOUT}")
    return found[0]


def _name(row: Row) -> str:
    return relative_name(row, "file") if row.word("file") else f"{relative_name(row, 'Theme')}.jpg"


def _draft(folder: Path, row: Row, name: str) -> Draft:
    theme, category = row.word("Theme"), row.word("Category")
    ratings = {dimension: _rating(row, dimension.capitalize()) for dimension in _DIMENSIONS}
    details = {"ratings": ratings, "theme": theme, "category": category}
    return Draft(name, existing(folder / "images" / name), category, numbered_series(theme), details=details)


def _rating(row: Row, dimension: str) -> dict[str, Any]:
    return {
        "mean": required_number(row, f"{dimension}_mean", LOW, HIGH),
        "sd": required_number(row, f"{dimension}_SD", 0, HIGH - LOW),
        "n": int(required_number(row, f"{dimension}_N", 1, 1e6)),
        "low": LOW,
        "high": HIGH,
    }
