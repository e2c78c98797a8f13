"""Blinded sheets for people who judge answers: who wrote what stays in a key kept apart."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.counsel.judging.criteria import DIMENSIONS
from affectlab.counsel.judging.epitome import told
from affectlab.counsel.judging.given import Given
from affectlab.counsel.rows import CounselRow
from affectlab.errors import CounselError
from affectlab.files import write_json, writing

KEY = "key.json"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
RATED = tuple(one.name for one in DIMENSIONS)
COLUMNS = ("item", "conversation", "label", "answer", "rank", *RATED, "note")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Exported:
    """Sheets that were written.

    Parameters
    ----------
    sheets
        One for each rater.
    key
        Who is behind each letter; not for raters.
    items, arms
        How many conversations, and which arms.
    """

    sheets: tuple[Path, ...]
    key: Path
    items: int
    arms: tuple[str, ...]


def export_sheets(
    given: Sequence[Given],
    rows: Sequence[CounselRow],
    out: Path,
    key: Path,
    *,
    raters: int,
    items: int | None,
    seed: int,
) -> Exported:
    """Write a sheet for each rater, in an order of items and answers of the rater's own, and the key.

    Reasoning is left out. Raters fill ``rank`` (1 is best, equals allowed), the four dimensions (1 to 5) and
    ``note``; what is left empty is missing.

    Parameters
    ----------
    given
        Answers; conversations that some arm did not answer are left out.
    rows
        The conversations.
    out, key
        Folder of the sheets, and the file of the key, which may not lie in that folder.
    raters, items, seed
        Number of sheets; most conversations, all when None; seed of every order.

    Raises
    ------
    CounselError
        If the key would lie beside the sheets, or no conversation is answered by two arms or more.
    """
    if key.resolve().is_relative_to(out.resolve()):
        raise CounselError(
            f"the key {key} would lie among the sheets in {out}; keep it elsewhere: --key FILE"
        )
    by_row = _whole(given)
    there = [row for row in rows if row.id in by_row]
    if not there:
        raise CounselError("no conversation is answered by two arms or more; evaluate several arms first")
    generator = np.random.default_rng(seed)
    drawn = [there[at] for at in generator.permutation(len(there))[: items or len(there)]]
    numbers = {row.id: f"item-{place + 1:03d}" for place, row in enumerate(drawn)}
    known: dict[str, Any] = {}
    sheets = []
    for rater in range(raters):
        name = f"sheet-{rater + 1:02d}.csv"
        content, letters = _sheet(drawn, numbers, by_row, generator)
        with writing(out / name) as temporary:
            # Spreadsheets take a file for UTF-8 only with a mark.
            temporary.write_text(content, encoding="utf-8-sig", newline="")
        known[name] = letters
        sheets.append(out / name)
    arms = tuple(dict.fromkeys(one.arm for one in next(iter(by_row.values()))))
    items_known = {numbers[row.id]: {"id": row.id, "group": row.group} for row in drawn}
    write_json(key, {"seed": seed, "arms": list(arms), "items": items_known, "sheets": known})
    return Exported(tuple(sheets), key, len(drawn), arms)


def read_key(path: Path) -> dict[str, Any]:
    """Read a key.

    Raises
    ------
    CounselError
        If it is missing or none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(found[name], dict) for name in ("items", "sheets")) or not found["arms"]:
            raise ValueError("items, sheets and arms expected")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CounselError(
            f"{path} is no key ({error}); expected the file that export-sheets wrote as --key"
        ) from error
    return dict(found)


def _whole(given: Sequence[Given]) -> dict[str, list[Given]]:
    """Return the answers to each conversation that every arm answered."""
    arms = {one.arm for one in given}
    found: dict[str, list[Given]] = {}
    for one in given:
        if one.status == "answered":
            found.setdefault(one.id, []).append(one)
    return {name: ones for name, ones in found.items() if len(ones) == len(arms) > 1}


def _sheet(
    rows: Sequence[CounselRow],
    numbers: dict[str, str],
    by_row: dict[str, list[Given]],
    generator: np.random.Generator,
) -> tuple[str, dict[str, dict[str, str]]]:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    letters: dict[str, dict[str, str]] = {}
    for at in generator.permutation(len(rows)):
        row = rows[at]
        answers = by_row[row.id]
        order = [answers[place] for place in generator.permutation(len(answers))]
        item = numbers[row.id]
        letters[item] = {letter: one.arm for letter, one in zip(LETTERS, order, strict=False)}
        for letter, one in zip(LETTERS, order, strict=False):
            words = _cell(told(row.turns, row.language)), letter, _cell(one.answer)
            writer.writerow([item, *words, *[""] * (len(RATED) + 2)])
    return file.getvalue(), letters


def _cell(text: str) -> str:
    """Keep a spreadsheet from taking words for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
