"""What the readers of the corpora share: folders of pictures, tables with a picture a row, labels."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from affectlab.bench.aica.drafts import Draft, Kind, Skipped
from affectlab.bench.corpus_tables import Row
from affectlab.errors import InvalidData, UnreadableFile

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff"})
"""Of files taken for pictures where a corpus has no list of them."""

_DELIMITERS = (",", "\t", ";", " ")
_DECORATION = " \t'\"[]"
_SPELLINGS = {"content": "contentment", "sad": "sadness", "happiness": "joy"}


class Unusable(InvalidData):
    """A picture that cannot be used, with the kind of reason."""

    def __init__(self, kind: Kind, why: str) -> None:
        super().__init__(why)
        self.kind: Kind = kind


def require_folder(folder: Path, corpus: str, expected: str) -> None:
    """Refuse a `folder` that is none.

    Raises
    ------
    UnreadableFile
        If there is no such folder; the line names what was `expected` in it.
    """
    if not folder.is_dir():
        raise UnreadableFile(f"{folder} is no folder; expected {corpus} as published: {expected}")


def first_table(folder: Path, names: Iterable[str], expected: str) -> Path:
    """Return the first of `names` that is a file in `folder`.

    Raises
    ------
    UnreadableFile
        If none is; the line names what was `expected`.
    """
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise UnreadableFile(f"{folder} is laid out otherwise than published; expected {expected}")


def read_rows(path: Path, columns: Sequence[str], delimiters: Sequence[str] = _DELIMITERS) -> list[Row]:
    """Read a table in UTF-8 whose cells are parted by commas, tabs, semicolons or blanks.

    Columns are compared without case, quotes, brackets and surrounding blanks, and are keys of the rows in
    the form given.

    Parameters
    ----------
    path
        The file.
    columns
        Columns it must have.
    delimiters
        To be tried in turn.

    Raises
    ------
    UnreadableFile
        If it is missing or empty, not in UTF-8, or has not these columns with any delimiter.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} is not in UTF-8 ({error.reason}); save it as UTF-8") from error
    lines = text.replace("\0", "").splitlines()
    if not lines:
        raise UnreadableFile(f"{path} is empty; copy it again")
    wanted = {_plain(column): column for column in columns}
    headings = {mark: [_plain(name) for name in _cells(lines[0], mark)] for mark in delimiters}
    for delimiter, heading in headings.items():
        if wanted.keys() <= set(heading):
            named = [wanted.get(name, name) for name in heading]
            return _rows(path, csv.reader(lines, delimiter=delimiter, skipinitialspace=True), named)
    best = max(headings.values(), key=lambda heading: len(wanted.keys() & set(heading)))
    lacking = next(column for plain, column in wanted.items() if plain not in best)
    raise UnreadableFile(
        f"{path} has no column {lacking!r}; its columns are {', '.join(filter(None, best)) or 'none'}"
    )


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])


def _rows(path: Path, table: Iterable[list[str]], heading: Sequence[str]) -> list[Row]:
    rows = []
    try:
        for number, cells in enumerate(table, 1):
            if number > 1 and any(cells):
                rows.append(Row(path, number, dict(zip(heading, cells, strict=False))))
    except csv.Error as error:
        raise UnreadableFile(f"{path} cannot be read as a table: {error}") from error
    return rows


def gathered(
    corpus: str, rows: Iterable[Row], name_of: Callable[[Row], str], make: Callable[[Row, str], Draft]
) -> tuple[tuple[Draft, ...], tuple[Skipped, ...]]:
    """Make a draft of every row; a row that cannot be used, or that repeats a picture, is skipped.

    Parameters
    ----------
    corpus
        Its name.
    rows
        Of its table.
    name_of
        Returns the name of the picture in a row.
    make
        Makes the draft from row and name; raises InvalidData where the row cannot be used.
    """
    drafts: dict[str, Draft] = {}
    skipped: list[Skipped] = []
    places: dict[str, int] = {}
    for row in rows:
        name = f"row {row.number}"
        try:
            name = name_of(row)
            if name in places:
                raise Unusable("row", f"row {row.number} of {row.table} repeats row {places[name]}")
            places[name] = row.number
            drafts[name] = make(row, name)
        except InvalidData as error:
            skipped.append(Skipped(corpus, name, getattr(error, "kind", "row"), str(error)))
    return tuple(drafts.values()), tuple(skipped)


def relative_name(row: Row, column: str) -> str:
    """Return a cell that names a file, as a path with forward strokes without quotes around it.

    Raises
    ------
    InvalidData
        If it is empty or leads out of the folder.
    """
    word = row.word(column).strip(_DECORATION).replace("\\", "/").lstrip("/")
    if not word or ".." in PurePosixPath(word).parts or "\0" in word:
        raise InvalidData(f"{row.place(column)} is {word!r}, expected the name of a picture")
    return str(PurePosixPath(word))


def existing(path: Path) -> Path:
    """Return `path` if it is a file.

    Raises
    ------
    Unusable
        If it is none.
    """
    if not path.is_file():
        raise Unusable("missing", f"no file {path}")
    return path


def known_label(word: str, labels: Sequence[str], where: str) -> str:
    """Return the label that a corpus calls `word`.

    Raises
    ------
    Unusable
        If `labels` has none of that name.
    """
    plain = _plain(word)
    for candidate in (plain, _SPELLINGS.get(plain, plain)):
        if candidate in labels:
            return candidate
    raise Unusable("label", f"{where} is {word!r}, expected one of {', '.join(labels)}")


def required_number(row: Row, column: str, low: float, high: float) -> float:
    """Return a number in [low, high].

    Raises
    ------
    InvalidData
        If it is missing, no number or out of range.
    """
    value = row.number_in(column, low, high)
    if value is None:
        raise InvalidData(f"{row.place(column)} is empty, expected a number in [{low:g}, {high:g}]")
    return value


def votes_of(row: Row, columns: Mapping[str, str]) -> dict[str, float]:
    """Return label to votes or share, from label to column.

    Raises
    ------
    InvalidData
        If one is missing, negative or no number.
    Unusable
        If there is not one vote.
    """
    votes = {label: required_number(row, column, 0, 1e6) for label, column in columns.items()}
    if not any(votes.values()):
        raise Unusable("label", f"{row.table}, row {row.number} has no vote")
    return votes


def most_voted(votes: Mapping[str, float]) -> str:
    """Return the label with the most votes; of equals, the first."""
    return max(votes, key=votes.__getitem__)


def pictures_in(folder: Path) -> list[Path]:
    """Return the files in `folder` that are named as pictures, sorted, without hidden ones."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def numbered_series(name: str) -> str:
    """Return a name without the number at its end: pictures that differ in it alone are of one series."""
    return re.sub(r"[\s_]*\d+$", "", name.strip()) or name


def _plain(name: str) -> str:
    return name.strip(_DECORATION).casefold()
