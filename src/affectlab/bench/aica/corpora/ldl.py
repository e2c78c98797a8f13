"""Flickr_LDL and Twitter_LDL: how many of several viewers chose each of Mikels' eight emotions.

Layout as public loaders read it (Yang, Sun & Sun, 2017, Learning visual sentiment distributions via augmented
conditional probability neural network, AAAI): ``ground_truth.txt``, parted by blanks, with the columns
``images-name Amusement Awe Contentment Excitement Anger Disgust Fear Sadness``, and ``images/``. The MATLAB
file that also goes round holds votes without saying which row is which emotion; it is not read.
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

LAYOUT = (
    "images/ and ground_truth.txt with images-name and a column of votes for each of Mikels' eight emotions"
)

_NAME = "images-name"
_COLUMNS = {label: label.capitalize() for label in taxonomy("mikels8").labels}
_TABLES = ("ground_truth.txt", "ground_truth.csv")


def read_flickr_ldl(folder: Path) -> Offer:
    """Read Flickr_LDL.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    return _read("flickr_ldl", folder)


def read_twitter_ldl(folder: Path) -> Offer:
    """Read Twitter_LDL.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    return _read("twitter_ldl", folder)


def _read(corpus: str, folder: Path) -> Offer:
    require_folder(folder, corpus, LAYOUT)
    table = first_table(folder, _TABLES, LAYOUT)
    rows = read_rows(table, (_NAME, *_COLUMNS.values()))
    drafts, skipped = gathered(
        corpus, rows, lambda row: relative_name(row, _NAME), lambda row, name: _draft(folder, row, name)
    )
    return require_some(Offer(corpus, folder, "mikels8", drafts, skipped, (table,)), LAYOUT)


def _draft(folder: Path, row: Row, name: str) -> Draft:
    votes = votes_of(row, _COLUMNS)
    path = existing(_picture(folder, name))
    return Draft(name, path, most_voted(votes), weights=votes, details={"votes": votes})


def _picture(folder: Path, name: str) -> Path:
    """Names go round with and without their suffix."""
    path = folder / "images" / name
    return path if path.suffix else path.with_name(f"{path.name}.jpg")
