"""Sheets that came back, read strictly: a fault names file, row, column and value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectlab.counsel.judging.sheets import COLUMNS, RATED
from affectlab.errors import CounselError

_FIXED = ("item", "label", "rank", *RATED)
LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True, slots=True)
class Rating:
    """What one person said of one answer.

    Parameters
    ----------
    rater, item, group, arm
        Who, of which conversation (and what it is clustered by), whose answer.
    rank
        1 is best; None where none was given.
    ratings
        Dimension to 1 to 5, those that were given.
    """

    rater: str
    item: str
    group: str
    arm: str
    rank: int | None
    ratings: Mapping[str, int]


def read_sheets(paths: Sequence[Path], key: Mapping[str, Any]) -> list[Rating]:
    """Read filled sheets; the name of each must be that under which it was sent out.

    Raises
    ------
    CounselError
        If a sheet is not one of the key's, lacks a column, an item or an answer, or holds a value that is
        none.
    """
    names = [path.name for path in paths]
    if twice := [name for name in names if names.count(name) > 1]:
        raise CounselError(f"two sheets are called {twice[0]}; give each once")
    return [one for path in paths for one in _sheet(path, key)]


def _sheet(path: Path, key: Mapping[str, Any]) -> Iterator[Rating]:
    letters = key["sheets"].get(path.name)
    if letters is None:
        known = ", ".join(key["sheets"])
        raise CounselError(f"{path} is not one of the key's sheets ({known}); keep the names as exported")
    seen: set[tuple[str, str]] = set()
    for number, row in _rows(path):
        place = row["item"].strip(), row["label"].strip()
        arm = letters.get(place[0], {}).get(place[1])
        if arm is None or place in seen:
            what = "comes twice" if place in seen else "was never sent out"
            raise CounselError(f"{path}, row {number}: answer {place[1]!r} of {place[0]!r} {what}")
        seen.add(place)
        group = str(key["items"][place[0]]["group"])
        rank = _number(path, number, row, "rank", len(letters[place[0]]))
        given = {name: _number(path, number, row, name, HIGHEST) for name in RATED}
        ratings = {name: value for name, value in given.items() if value is not None}
        yield Rating(path.name, place[0], group, arm, rank, ratings)
    missing = {(item, letter) for item, found in letters.items() for letter in found} - seen
    if missing:
        item, letter = min(missing)
        raise CounselError(f"{path} lacks answer {letter} of {item}; give the sheet back whole")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CounselError(f"{path} cannot be read ({error}); expected a CSV in UTF-8") from error
    delimiter = ";" if text.splitlines()[:1] and text.splitlines()[0].count(";") > 3 else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = reader.fieldnames or ()
    if lacking := [name for name in _FIXED if name not in names]:
        raise CounselError(f"{path} has no column {lacking[0]!r}; expected {', '.join(COLUMNS)}")
    for number, row in enumerate(reader, 2):
        if any(row[name] is None for name in _FIXED) or None in row:
            raise CounselError(f"{path}, row {number} has more or fewer cells than there are columns")
        yield number, row


def _number(path: Path, number: int, row: Mapping[str, str], column: str, highest: int) -> int | None:
    text = row[column].strip().removesuffix(".0")
    if not text:
        return None
    if text.isdecimal() and LOWEST <= int(text) <= highest:
        return int(text)
    raise CounselError(
        f"{path}, row {number}: {column} is {row[column]!r}; expected a whole number from {LOWEST} to "
        f"{highest}, or nothing"
    )
