"""Emotion6: shares of seven answers, valence and arousal of each picture, from a user study.

Layout after its README (Peng et al., 2015, A mixed bag of emotions, CVPR): ``ground_truth.txt``, parted by
tabs, names pictures as ``<keyword>/<number>.jpg``; the keyword is what was searched for.
"""

from __future__ import annotations

from pathlib import Path

from affectlab.affect import taxonomy
from affectlab.bench.aica.corpora._reading import (
    Unusable,
    existing,
    first_table,
    gathered,
    read_rows,
    relative_name,
    require_folder,
    required_number,
    votes_of,
)
from affectlab.bench.aica.drafts import Draft, Offer, require_some
from affectlab.bench.corpus_tables import Row

LAYOUT = "images/<emotion>/<number>.jpg and ground_truth.txt"
LOW, HIGH = 1, 9
"""Ends of the scales of valence and arousal."""

RATERS = 15
"""Answers to each picture, as the paper says."""

_NAME = "[image_filename]"
_LABELS = taxonomy("ekman6").labels
_SHARES = {label: f"[prob. {label}]" for label in (*_LABELS, "neutral")}


def read_emotion6(folder: Path) -> Offer:
    """Read Emotion6; pictures that everybody called neutral have no target and are skipped.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    require_folder(folder, "Emotion6", LAYOUT)
    table = first_table(folder, ("ground_truth.txt",), LAYOUT)
    rows = read_rows(table, (_NAME, "[valence]", "[arousal]", *_SHARES.values()))
    drafts, skipped = gathered(
        "emotion6", rows, lambda row: relative_name(row, _NAME), lambda row, name: _draft(folder, row, name)
    )
    return require_some(Offer("emotion6", folder, "ekman6", drafts, skipped, (table,)), LAYOUT)


def _draft(folder: Path, row: Row, name: str) -> Draft:
    shares = votes_of(row, _SHARES)
    ratings = {
        dimension: {
            "mean": required_number(row, f"[{dimension}]", LOW, HIGH),
            "sd": None,
            "n": RATERS,
            "low": LOW,
            "high": HIGH,
        }
        for dimension in ("valence", "arousal")
    }
    weights = {label: shares[label] for label in _LABELS}
    if not any(weights.values()):
        raise Unusable("label", f"{name} was called neutral by everybody, which ekman6 has no label for")
    keyword = name.partition("/")[0]
    details = {"ratings": ratings, "shares": shares, "keyword": keyword}
    return Draft(name, existing(folder / "images" / name), keyword, weights=weights, details=details)
