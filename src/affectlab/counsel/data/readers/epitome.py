"""EPITOME: posts and responses from Reddit, rated 0 to 2 on three mechanisms of empathy.

Three CSV files, one for each mechanism, hold the same posts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from affectlab.counsel.data.draft import Bad, BadRecord, Draft
from affectlab.counsel.data.fields import count_of, question_of, text_of
from affectlab.counsel.data.reading import Record, csv_table
from affectlab.errors import UnreadableFile

MECHANISMS: Final = ("emotional-reactions", "interpretations", "explorations")


def records(folder: Path) -> Iterator[Record | Bad]:
    """Yield the posts of the folder that holds the three files, each with its levels.

    Raises
    ------
    UnreadableFile
        If one of the files is not there.
    """
    levels: dict[tuple[str, str], dict[str, int]] = {}
    posts: dict[tuple[str, str], Record] = {}
    for mechanism in MECHANISMS:
        for record in csv_table(_file(folder, mechanism)):
            if isinstance(record, Bad):
                yield record
                continue
            try:
                key, level = _rated(record[1])
            except BadRecord as error:
                yield Bad(record[0], str(error))
                continue
            posts.setdefault(key, record)
            levels.setdefault(key, {})[mechanism] = level
    yield from ((at, {**row, "levels": levels[key]}) for key, (at, row) in posts.items())


def drafts(record: Any, at: str) -> Iterator[Draft]:
    """Yield one post and its response."""
    seeker = text_of(record, "sp_id")
    name = f"{seeker}-{text_of(record, 'rp_id')}"
    turns = question_of(text_of(record, "seeker_post"))
    levels = {"epitome": record["levels"]}
    yield Draft(name, seeker, turns, text_of(record, "response_post"), at, extra=levels)


def _rated(row: Any) -> tuple[tuple[str, str], int]:
    level = count_of(row, "level")
    if level not in {0, 1, 2}:
        raise BadRecord(f"level is {level}; expected 0, 1 or 2")
    return (text_of(row, "sp_id"), text_of(row, "rp_id")), level


def _file(folder: Path, mechanism: str) -> Path:
    path = folder / f"{mechanism}-reddit.csv"
    if not path.is_file():
        raise UnreadableFile(f"there is no {path}; expected the folder of EPITOME's three CSV files")
    return path
