"""Tables as corpora ship them, read strictly: a fault names file, row, column and value."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from affectlab.errors import InvalidData, UnreadableFile


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; `number` counts lines of the file from 1."""

    table: Path
    number: int
    cells: dict[str, str]

    def word(self, column: str) -> str:
        """Return a cell without surrounding blanks; empty where it has none."""
        return (self.cells.get(column) or "").strip()

    def name(self, column: str) -> str:
        """Return a cell that names a file or folder.

        Raises
        ------
        InvalidData
            If it is empty or leads out of its folder.
        """
        word = self.word(column)
        if not word or word.startswith(".") or any(mark in word for mark in "/\\\0"):
            raise InvalidData(f"{self.place(column)} is {word!r}, expected the name of a file or folder")
        return word

    def number_in(self, column: str, low: float, high: float) -> float | None:
        """Return a number in [low, high], or None where the cell is empty.

        Raises
        ------
        InvalidData
            If it is no number or out of range.
        """
        word = self.word(column)
        if not word:
            return None
        try:
            value = float(word)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise InvalidData(f"{self.place(column)} is {word!r}, expected a number in [{low:g}, {high:g}]")
        return value

    def place(self, column: str) -> str:
        """Say where a cell is."""
        return f"{self.table}, row {self.number}: {column}"


def read_table(path: Path, columns: Sequence[str], *, header: bool = True) -> list[Row]:
    """Read a CSV in UTF-8.

    Parameters
    ----------
    path
        The file.
    columns
        Columns it must have; with no `header`, its columns in order.
    header
        Whether the first line names the columns.

    Raises
    ------
    UnreadableFile
        If it is missing, no CSV in UTF-8, or a column is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, fieldnames=None if header else list(columns))
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                found = ", ".join(reader.fieldnames or ()) or "none"
                raise UnreadableFile(f"{path} has no column {missing[0]!r}; its columns are {found}")
            return list(_rows(path, reader))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UnreadableFile(f"{path} cannot be read as CSV in UTF-8: {reason}") from error


def _rows(path: Path, reader: csv.DictReader[str]) -> Iterator[Row]:
    for cells in reader:
        yield Row(path, reader.line_num, cells)
