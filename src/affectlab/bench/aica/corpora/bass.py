"""BASS: silhouettes rated for valence and arousal by people in the United States and in China.

Layout as published (Kawai et al., CC BY 4.0): ``BASS_data.csv`` beside the pictures it names. Columns end in
``_us`` and ``_ch``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affectlab.bench.aica.corpora._reading import (
    existing,
    first_table,
    gathered,
    numbered_series,
    read_rows,
    relative_name,
    require_folder,
    required_number,
)
from affectlab.bench.aica.drafts import Draft, Offer, require_some
from affectlab.bench.corpus_tables import Row

LAYOUT = "BASS_data.csv beside <name>.png, or the pictures under images/"
LOW, HIGH = 1, 9
"""Ends of the scales of valence and arousal."""

_CULTURES = {"us": "us", "cn": "ch"}
_DIMENSIONS = {"valence": "val", "arousal": "aro"}
_COLUMNS = (
    "file_name",
    *(
        f"{dimension}_{part}_{suffix}"
        for dimension in _DIMENSIONS.values()
        for part in ("mean", "sd", "n")
        for suffix in _CULTURES.values()
    ),
)


def read_bass(folder: Path) -> Offer:
    """Read BASS; ratings from the United States are the reference, those of both cultures are kept.

    Silhouettes whose names differ in number alone share a source.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    require_folder(folder, "BASS", LAYOUT)
    table = first_table(folder, ("BASS_data.csv",), LAYOUT)
    rows = read_rows(table, _COLUMNS)
    drafts, skipped = gathered(
        "bass", rows, lambda row: relative_name(row, "file_name"), lambda row, name: _draft(folder, row, name)
    )
    return require_some(Offer("bass", folder, None, drafts, skipped, (table,)), LAYOUT)


def _draft(folder: Path, row: Row, name: str) -> Draft:
    by_culture = {
        culture: {dimension: _rating(row, short, suffix) for dimension, short in _DIMENSIONS.items()}
        for culture, suffix in _CULTURES.items()
    }
    details: dict[str, Any] = {"ratings": by_culture["us"], "ratings_by_culture": by_culture}
    details |= {"keywords": row.word("keywords"), "origin": row.word("source")}
    inner = folder / "images" / name
    path = inner if inner.is_file() else existing(folder / name)
    series = numbered_series(Path(name).stem)
    return Draft(name, path, "", series, details=details)


def _rating(row: Row, dimension: str, suffix: str) -> dict[str, Any]:
    return {
        "mean": required_number(row, f"{dimension}_mean_{suffix}", LOW, HIGH),
        "sd": required_number(row, f"{dimension}_sd_{suffix}", 0, HIGH - LOW),
        "n": int(required_number(row, f"{dimension}_n_{suffix}", 1, 1e6)),
        "low": LOW,
        "high": HIGH,
    }
