"""The conversations that an evaluation is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from affectlab.counsel.data import read_rows
from affectlab.counsel.data.files import PAIRS, read_pairs
from affectlab.counsel.rows import CounselRow, PairRow
from affectlab.errors import CounselError

_Row = TypeVar("_Row")


def held_out(path: Path, *, limit: int | None = None, seed: int = 0) -> list[CounselRow]:
    """Read the rows of the test split, one for each conversation.

    Parameters
    ----------
    path
        ``rows.jsonl`` or its folder.
    limit
        Most conversations, drawn with `seed`; a smaller limit is a part of a larger one.

    Raises
    ------
    CounselError
        If no row is of the test split.
    UnreadableFile
        If there is no such file.
    """
    rows = [row for row in read_rows(path) if row.split == "test"]
    if not rows:
        raise CounselError(f"{path} has no rows of the test split; build it again with one")
    first: dict[str, CounselRow] = {}
    for row in rows:
        first.setdefault(_conversation(row), row)
    one_each = list(first.values())
    return _drawn(one_each, limit, seed)


def voted_pairs(path: Path, *, limit: int | None = None, seed: int = 0) -> list[PairRow]:
    """Read the pairs of the test split that readers voted on; none where no pairs lie beside the rows.

    Parameters are those of `held_out`, `limit` of pairs.
    """
    file = (path if path.is_dir() else path.parent) / PAIRS
    if not file.is_file():
        return []
    pairs = [pair for pair in read_pairs(file) if pair.split == "test" and pair.kind == "votes"]
    return _drawn(pairs, limit, seed)


def references_of(path: Path, rows: Sequence[CounselRow]) -> Mapping[str, list[str]]:
    """Return all human answers to each of `rows` that the file holds, by row id."""
    given: dict[str, list[str]] = {}
    for row in read_rows(path):
        given.setdefault(_conversation(row), []).append(row.answer)
    return {row.id: given[_conversation(row)] for row in rows}


def _drawn(rows: list[_Row], limit: int | None, seed: int) -> list[_Row]:
    if limit is None or limit >= len(rows):
        return rows
    order = np.random.default_rng(seed).permutation(len(rows))[:limit]
    return [rows[place] for place in sorted(order)]


def _conversation(row: CounselRow) -> str:
    return repr((row.group, row.turns))
