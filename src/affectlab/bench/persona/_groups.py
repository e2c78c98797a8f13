"""The published table of what groups of readers felt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from affectlab.bench.persona._answers import check_ids, emotion, encoding_notes, texts
from affectlab.bench.persona._tables import Row, Table, read_table
from affectlab.bench.persona.event import DOMAINS, OTHER_DOMAIN, Consensus, Event
from affectlab.errors import InvalidData, UnreadableFile

GROUPS = "2_dataset_group_consensus.csv"
"""Name of the published table."""

_COLUMN = re.compile(r"(g\d+)_emotion")


def read_groups(path: Path) -> tuple[tuple[Event, ...], Mapping[str, tuple[str, ...]], list[str]]:
    """Read each group's emotion and consensus score for every event.

    Returns
    -------
    events
        In the order of the file.
    groups
        Group to its members, which are the same for all events.
    notes
        Lines for the user.

    Raises
    ------
    UnreadableFile
        If it is no CSV, or a column is missing.
    InvalidData
        If an event is there twice, an emotion is unknown, a score is out of range, a group changes its
        members, or a reader is in two groups.
    """
    table = read_table(path)
    source = table.has("source", "data_source")
    for column in ("id", "chinese_item", "english_item"):
        table.has(column)
    names = _names(table)
    check_ids(table)
    members = _membership(table, names)
    events = tuple(_event(row, source, names) for row in table.rows)
    return events, members, encoding_notes(table)


def _names(table: Table) -> list[str]:
    names = [found[1] for column in table.columns if (found := _COLUMN.fullmatch(column))]
    if not names:
        raise UnreadableFile(f"{table.path} has no column of a group; expected g1_emotion and so on")
    for name in names:
        table.has(f"{name}_members")
        table.has(f"{name}_consensus_score")
    return names


def _membership(table: Table, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    members: dict[str, tuple[str, ...]] = {}
    for row in table.rows:
        for name in names:
            column = f"{name}_members"
            found = tuple(one.strip() for one in row.required(column).split("/"))
            if members.setdefault(name, found) != found:
                row.fault(column, f"the same members in every row ({'/'.join(members[name])})")
    everybody = [one for group in members.values() for one in group]
    twice = [one for one in everybody if everybody.count(one) > 1]
    if twice:
        raise InvalidData(f"{table.path}: reader {twice[0]!r} is in a group twice or in two; expected once")
    return members


def _event(row: Row, source: str, names: Sequence[str]) -> Event:
    place = row.required(source)
    consensus = {
        name: Consensus(emotion(row, f"{name}_emotion"), row.number_in(f"{name}_consensus_score", 0, 100))
        for name in names
    }
    domain = DOMAINS.get(place, OTHER_DOMAIN)
    return Event(row.required("id"), texts(row), place, domain, consensus=consensus)
