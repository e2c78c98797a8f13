"""Abstract: paintings without objects, and how many viewers chose each of Mikels' eight emotions.

Layout of ``testImages_abstract.zip`` (Machajdik & Hanbury, 2010): pictures beside
``ABSTRACT_groundTruth.csv``, whose names stand between single quotes and whose first heading is empty.
"""

from __future__ import annotations

from pathlib import Path

from affectlab.affect import taxonomy
from affectlab.bench.aica.corpora._reading import (
    existing,
    first_table,
    gathered,
    most_voted,
    read_rows,
    relative_name,
    require_folder,
    votes_of,
)
from affectlab.bench.aica.drafts import Draft, Offer, require_some
from affectlab.bench.corpus_tables import Row

LAYOUT = "abstract_<number>.jpg beside ABSTRACT_groundTruth.csv, or both under testImages_abstract/"

_SHORT = {"contentment": "Content", "sadness": "Sad"}
_COLUMNS = {label: _SHORT.get(label, label.capitalize()) for label in taxonomy("mikels8").labels}
_TABLE = "ABSTRACT_groundTruth.csv"


def read_abstract(folder: Path) -> Offer:
    """Read Abstract.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    require_folder(folder, "Abstract", LAYOUT)
    table = first_table(folder, (_TABLE, f"testImages_abstract/{_TABLE}"), LAYOUT)
    rows = read_rows(table, ("", *_COLUMNS.values()), delimiters=(",", ";"))
    drafts, skipped = gathered(
        "abstract",
        rows,
        lambda row: relative_name(row, ""),
        lambda row, name: _draft(table.parent, row, name),
    )
    return require_some(Offer("abstract", folder, "mikels8", drafts, skipped, (table,)), LAYOUT)


def _draft(root: Path, row: Row, name: str) -> Draft:
    votes = votes_of(row, _COLUMNS)
    return Draft(name, existing(root / name), most_voted(votes), weights=votes, details={"votes": votes})
