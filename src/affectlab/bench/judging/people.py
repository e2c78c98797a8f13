"""Ratings that people gave, from a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from affectlab.bench.judging.judgement import HIGHEST, LOWEST
from affectlab.errors import UnreadableFile

_NEEDED = ("item", "criterion", "rating")


@dataclass(frozen=True, slots=True)
class PeopleRatings:
    """Ratings by (run, item, criterion); run is empty where the file does not tell runs apart.

    Parameters
    ----------
    ratings
        One number for each person who rated it, in [1, 5].
    """

    ratings: Mapping[tuple[str, str, str], Sequence[float]]

    def of(self, run: str, item: str, criterion: str) -> Sequence[float] | None:
        """Return the ratings of an answer, None where nobody rated it."""
        return self.ratings.get((run, item, criterion)) or self.ratings.get(("", item, criterion))

    @property
    def by_run(self) -> bool:
        """Whether the file tells runs apart."""
        return any(run for run, _, _ in self.ratings)


def read_people(path: Path) -> PeopleRatings:
    """Read a CSV with the columns item, criterion, rating and, for several runs, run.

    Lines with the same item, criterion and run are ratings of several people.

    Raises
    ------
    UnreadableFile
        If the file is missing, lacks a column, or holds a rating that is not a number from 1 to 5.
    """
    found: dict[tuple[str, str, str], list[float]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            lacking = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
            if lacking:
                raise UnreadableFile(f"{path} has no column {lacking[0]!r}; expected {', '.join(_NEEDED)}")
            for line in reader:
                key = (line.get("run") or "").strip(), line["item"].strip(), line["criterion"].strip()
                found.setdefault(key, []).append(_rating(path, reader.line_num, line["rating"]))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"cannot read {path} ({error}); expected a CSV file in UTF-8") from error
    if not found:
        raise UnreadableFile(f"{path} holds no ratings; expected lines of {', '.join(_NEEDED)}")
    return PeopleRatings(found)


def _rating(path: Path, number: int, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not LOWEST <= value <= HIGHEST:
        raise UnreadableFile(
            f"{path} line {number} has rating {text!r}; expected a number from {LOWEST} to {HIGHEST}"
        )
    return value
