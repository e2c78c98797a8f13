"""Rows and pairs in JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from affectlab.counsel.rows import CounselRow, PairRow
from affectlab.errors import CounselError, UnreadableFile
from affectlab.files import writing

ROWS = "rows.jsonl"
PAIRS = "pairs.jsonl"
DATASET = "dataset.json"

_Row = TypeVar("_Row", bound=BaseModel)


def read_rows(path: Path) -> list[CounselRow]:
    """Read rows from a file, or from the ``rows.jsonl`` of a built folder.

    Raises
    ------
    UnreadableFile
        If there is no such file.
    CounselError
        If a line is no row.
    """
    return _read(path / ROWS if path.is_dir() else path, CounselRow)


def read_pairs(path: Path) -> list[PairRow]:
    """Read pairs from a file, or from the ``pairs.jsonl`` of a built folder; raises as `read_rows`."""
    return _read(path / PAIRS if path.is_dir() else path, PairRow)


def write_lines(path: Path, rows: Iterable[BaseModel]) -> None:
    """Write one JSON object a line, whole or not at all."""
    with writing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row.model_dump(mode="json"), ensure_ascii=False) + "\n")


def _read(path: Path, kind: type[_Row]) -> list[_Row]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"cannot read {path} ({error}); make it with: affectlab counsel data build"
        ) from error
    return [_row(line, kind, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _row(line: str, kind: type[_Row], at: str) -> _Row:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in fault["loc"]) or "the line"
        raise CounselError(f"{at}: {where}: {fault['msg']}; expected a {kind.__name__}") from error
