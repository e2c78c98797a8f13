"""The published table of single readers' answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from affectlab.bench.persona._tables import Row, Table, read_table
from affectlab.bench.persona.event import CONFIDENCES, DOMAINS, EMOTIONS, OTHER_DOMAIN, Answer, Event
from affectlab.errors import InvalidData, UnreadableFile

ANSWERS = "1_dataset_all_annotators.csv"
"""Name of the published table."""

# The loaders' spelling and that of the readme.
_COLUMN = re.compile(r"(?P<reader>E\d+)_(?:(?P<emotion>emotion|emo)|(?P<confidence>confidence|conf))")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Columns of one reader."""

    emotion: str
    confidence: str | None


def read_answers(path: Path) -> tuple[tuple[Event, ...], list[str]]:
    """Read every reader's emotion and confidence for every event; an empty cell is no answer.

    Returns
    -------
    events
        In the order of the file.
    notes
        Lines for the user.

    Raises
    ------
    UnreadableFile
        If it is no CSV, or a column is missing.
    InvalidData
        If an event is there twice, an emotion is unknown, or a confidence is out of range.
    """
    table = read_table(path)
    source = table.has("data_source", "source")
    for column in ("id", "chinese_item", "english_item"):
        table.has(column)
    readers = _readers(table)
    events = tuple(_event(row, source, readers) for row in table.rows)
    check_ids(table)
    unwritten = sum(event.writer is None for event in events)
    notes = [f"{unwritten} events of {path.name} have no writer's emotion of the seven"] if unwritten else []
    return events, [*encoding_notes(table), *notes]


def encoding_notes(table: Table) -> list[str]:
    """Say where lines were not in UTF-8."""
    if not table.gb18030_lines:
        return []
    return [f"{table.path.name}: {table.gb18030_lines} lines are not in UTF-8 and were read as GB18030"]


def check_ids(table: Table) -> None:
    """Make sure that every event is there once, and that there is one.

    Raises
    ------
    InvalidData
        If not.
    """
    seen: dict[str, int] = {}
    for row in table.rows:
        name = row.required("id")
        if name in seen:
            raise InvalidData(
                f"{table.path}: event {name!r} is in rows {seen[name]} and {row.number}; remove one of them"
            )
        seen[name] = row.number
    if not seen:
        raise InvalidData(f"{table.path} holds no event")


def texts(row: Row) -> dict[str, str]:
    """Return the event in both languages."""
    return {"en": row.required("english_item"), "zh": row.required("chinese_item")}


def emotion(row: Row, column: str) -> str:
    """Return one of the seven emotions.

    Raises
    ------
    InvalidData
        If the cell is another word.
    """
    found = row.word(column).lower()
    return found if found in EMOTIONS else row.fault(column, f"one of {', '.join(EMOTIONS)}")


def _readers(table: Table) -> Mapping[str, _Reader]:
    emotions: dict[str, str] = {}
    confidences: dict[str, str] = {}
    for column in table.columns:
        if (named := _COLUMN.fullmatch(column)) is None:
            continue
        of = emotions if named["emotion"] else confidences
        if (reader := named["reader"]) in of:
            raise UnreadableFile(
                f"{table.path} has {of[reader]!r} and {column!r} for the same reader; remove one of them"
            )
        of[reader] = column
    if not emotions:
        raise UnreadableFile(
            f"{table.path} has no column of a reader; expected E1_emotion or E1_emo and so on"
        )
    return {reader: _Reader(column, confidences.get(reader)) for reader, column in emotions.items()}


def _event(row: Row, source: str, readers: Mapping[str, _Reader]) -> Event:
    answers = {
        reader: Answer(emotion(row, columns.emotion), _confidence(row, columns.confidence))
        for reader, columns in readers.items()
        if row.word(columns.emotion)
    }
    if not answers:
        raise InvalidData(
            f"{row.path}, row {row.number}: nobody answered; expected at least one reader's emotion"
        )
    place = row.required(source)
    domain = DOMAINS.get(place) or row.cells.get("category", "").strip().lower() or OTHER_DOMAIN
    written = row.cells.get("top1_emotion", "").strip().lower()
    return Event(
        row.required("id"), texts(row), place, domain, written if written in EMOTIONS else None, answers
    )


def _confidence(row: Row, column: str | None) -> int | None:
    if column is None or not row.word(column):
        return None
    value = row.number_in(column, CONFIDENCES[0], CONFIDENCES[-1])
    return int(value) if value.is_integer() else row.fault(column, "a whole number from 1 to 5")
