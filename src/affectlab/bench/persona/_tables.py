"""CSV tables as Persona-E² ships them, read strictly: a fault names file, row, column and value."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from affectlab.errors import InvalidData, UnreadableFile

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; `number` counts lines of the file from 1."""

    path: Path
    number: int
    cells: Mapping[str, str]

    def word(self, column: str) -> str:
        """Return a cell without surrounding blanks."""
        return self.cells[column].strip()

    def required(self, column: str) -> str:
        """Return a cell that may not be empty.

        Raises
        ------
        InvalidData
            If it is.
        """
        return self.word(column) or self.fault(column, "a value")

    def number_in(self, column: str, low: float, high: float) -> float:
        """Return a number in [low, high].

        Raises
        ------
        InvalidData
            If it is none, or out of range.
        """
        try:
            value = float(self.word(column))
        except ValueError:
            value = float("nan")
        return value if low <= value <= high else self.fault(column, f"a number in [{low:g}, {high:g}]")

    def fault(self, column: str, expected: str) -> NoReturn:
        """Say where a cell is wrong and what it should be."""
        found = self.cells[column].strip()
        raise InvalidData(f"{self.path}, row {self.number}: {column} is {found!r}; expected {expected}")


@dataclass(frozen=True, slots=True)
class Table:
    """A table, with how many of its lines were in GB18030 and not in UTF-8."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    gb18030_lines: int

    def has(self, *columns: str) -> str:
        """Return the first of `columns` that the table has.

        Raises
        ------
        UnreadableFile
            If it has none of them.
        """
        for column in columns:
            if column in self.columns:
                return column
        raise UnreadableFile(
            f"{self.path} has no column {columns[0]!r}; its columns are {', '.join(self.columns)}"
        )


def read_table(path: Path) -> Table:
    """Read a CSV whose lines may each be in UTF-8 (with or without a mark) or GB18030, ended in any way.

    Raises
    ------
    UnreadableFile
        If it is missing, empty or no CSV, or its columns are not told apart by their names.
    InvalidData
        If a row has more or fewer cells than there are columns.
    """
    text, foreign = _decoded(path)
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = tuple(name.strip() for name in next(reader, ()))
        _check(path, columns)
        rows = tuple(_row(path, reader.line_num, columns, cells) for cells in reader if any(cells))
    except csv.Error as error:
        raise UnreadableFile(f"{path} is no CSV near line {reader.line_num}: {error}") from error
    return Table(path, columns, rows, foreign)


def _check(path: Path, columns: Sequence[str]) -> None:
    if not columns:
        raise UnreadableFile(f"{path} is empty; expected a CSV whose first line names its columns")
    twice = [name for name in columns if columns.count(name) > 1]
    if twice:
        raise UnreadableFile(f"{path} has two columns {twice[0]!r}; remove one")


def _row(path: Path, number: int, columns: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(columns):
        raise InvalidData(f"{path}, row {number} has {len(cells)} cells; expected {len(columns)}")
    return Row(path, number, dict(zip(columns, cells, strict=True)))


def _decoded(path: Path) -> tuple[str, int]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}") from error
    if content.startswith(_UTF16):
        raise UnreadableFile(f"{path} is in UTF-16; expected UTF-8 or GB18030, save it as CSV in UTF-8")
    # No character of GB18030 holds the byte of a line's end.
    lines = content.removeprefix(codecs.BOM_UTF8).split(b"\n")
    found = [_line(path, number, line) for number, line in enumerate(lines, 1)]
    return "\n".join(text for text, _ in found), sum(foreign for _, foreign in found)


def _line(path: Path, number: int, line: bytes) -> tuple[str, bool]:
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding), encoding != "utf-8"
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(f"{path}, line {number} is neither UTF-8 nor GB18030; save the file in UTF-8")
