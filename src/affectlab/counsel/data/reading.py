"""Records out of JSON, JSON Lines and CSV files that may be damaged: the whole ones; the rest is named.

Bytes that are no UTF-8 spoil the record they are in and no other.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, TypeAlias

from affectlab.counsel.data.draft import Bad
from affectlab.errors import UnreadableFile

Record: TypeAlias = tuple[str, Any]
"""Where a record stands, and what it holds."""

Records = Callable[[Path], Iterator[Record | Bad]]

_WIDE = (b"\xff\xfe", b"\xfe\xff")
_NOT_UTF8 = "it is not all UTF-8; save the file as UTF-8"


def json_lines(path: Path) -> Iterator[Record | Bad]:
    """Yield the objects of a JSON Lines file."""
    for number, line in enumerate(_text(path).split("\n"), 1):
        at = f"{path.name}:{number}"
        if not line.strip():
            continue
        try:
            yield _sound(at, json.loads(line))
        except (ValueError, RecursionError) as error:
            yield Bad(at, f"no JSON object ({_reason(error)}); the line may be cut off")


def json_list(path: Path) -> Iterator[Record | Bad]:
    """Yield the items of a file that holds one JSON array, up to where it is cut off if it is."""
    text = _text(path)
    place = _skip(text, 0, "")
    if text[place : place + 1] != "[":
        raise UnreadableFile(f"{path} does not begin with '['; expected one JSON array of records")
    decoder, number = json.JSONDecoder(), 0
    place = _skip(text, place + 1, ",")
    while text[place : place + 1] != "]":
        number += 1
        at = f"{path.name} record {number}"
        try:
            item, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            yield Bad(at, f"no JSON ({_reason(error)}); the file may be cut off; nothing after it is read")
            return
        yield _sound(at, item)
        place = _skip(text, place, ",")


def csv_table(path: Path) -> Iterator[Record | Bad]:
    """Yield the rows of a CSV file with a header, as column to cell."""
    csv.field_size_limit(sys.maxsize)
    rows = csv.DictReader(StringIO(_text(path), newline=""), strict=True)
    number = 1
    while True:
        number += 1
        at = f"{path.name} row {number}"
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Bad(at, f"no CSV ({error}); the file may be cut off; nothing after it is read")
            return
        if row is None:
            return
        if None in row or None in row.values():
            yield Bad(at, f"it has not {len(rows.fieldnames or ())} cells as the header has")
        else:
            yield _sound(at, row)


def either(path: Path) -> Iterator[Record | Bad]:
    """Yield records of a JSON array or of JSON Lines, whichever the file is."""
    text = _text(path)
    return json_list(path) if text[_skip(text, 0, "") :].startswith("[") else json_lines(path)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"cannot read {path}: {error.strerror or error}") from error
    if content.startswith(_WIDE):
        raise UnreadableFile(f"{path} is UTF-16; expected UTF-8; save it as UTF-8")
    if not content.strip():
        raise UnreadableFile(f"{path} is empty; expected records")
    return content.decode("utf-8-sig", errors="surrogateescape")


def _sound(at: str, record: Any) -> Record | Bad:
    return Bad(at, _NOT_UTF8) if any(_broken(text) for text in _strings(record)) else (at, record)


def _strings(record: Any) -> Iterable[str]:
    if isinstance(record, str):
        return (record,)
    if isinstance(record, dict):
        record = [*record.keys(), *record.values()]
    if isinstance(record, list):
        return (text for one in record for text in _strings(one))
    return ()


def _broken(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _skip(text: str, place: int, also: str) -> int:
    while place < len(text) and (text[place].isspace() or text[place] in also):
        place += 1
    return place


def _reason(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
