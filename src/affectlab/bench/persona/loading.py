"""Persona-E² as published: a folder of three tables, the first of which not everybody has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from affectlab.bench.persona._answers import ANSWERS, read_answers
from affectlab.bench.persona._groups import GROUPS, read_groups
from affectlab.bench.persona.event import Event
from affectlab.bench.persona.profiles import PROFILES, read_profiles
from affectlab.errors import InvalidData, UnreadableFile
from affectlab.prompting.persona import ReaderProfile

FILES = (ANSWERS, GROUPS, PROFILES)
"""Names of the published tables."""

Level = Literal["reader", "group"]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Events with what people felt, and who the people are.

    Parameters
    ----------
    events
        In the order of the file.
    profiles
        Reader to profile.
    groups
        Group to its members; empty where the table of groups is not there.
    tables
        Files that were read.
    notes
        Lines for the user.
    """

    events: tuple[Event, ...]
    profiles: Mapping[str, ReaderProfile]
    groups: Mapping[str, tuple[str, ...]]
    tables: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        """Whether single readers' answers are known, or those of groups alone."""
        return "reader" if any(event.answers for event in self.events) else "group"


def read_corpus(folder: Path) -> Corpus:
    """Read what is there of the published tables: profiles, and answers, groups or both.

    Raises
    ------
    UnreadableFile
        If neither answers nor groups are there, or a table is laid out otherwise than published.
    InvalidData
        If tables contradict themselves or each other.
    """
    answers, groups = folder / ANSWERS, folder / GROUPS
    if not answers.is_file() and not groups.is_file():
        raise UnreadableFile(
            f"{folder} holds neither {ANSWERS} nor {GROUPS}; expected Persona-E² as published"
        )
    profiles = read_profiles(folder / PROFILES)
    tables = [folder / PROFILES]
    notes: list[str] = []
    events: tuple[Event, ...] = ()
    members: Mapping[str, tuple[str, ...]] = {}
    if groups.is_file():
        events, members, found = read_groups(groups)
        tables.insert(0, groups)
        notes += found
        _check_known(groups, [one for group in members.values() for one in group], profiles)
    if answers.is_file():
        read, found = read_answers(answers)
        tables.insert(0, answers)
        notes += found
        _check_known(answers, sorted({one for event in read for one in event.answers}), profiles)
        events, found = _joined(read, events)
        notes += found
        notes += _silent(read, profiles)
    return Corpus(events, profiles, members, tuple(tables), tuple(notes))


def _check_known(path: Path, readers: Sequence[str], profiles: Mapping[str, ReaderProfile]) -> None:
    strangers = [reader for reader in readers if reader not in profiles]
    if strangers:
        raise InvalidData(
            f"{path} has readers without a profile ({', '.join(strangers)}); add them to {PROFILES} or "
            "remove their columns"
        )


def _joined(answered: Sequence[Event], grouped: Sequence[Event]) -> tuple[tuple[Event, ...], list[str]]:
    """Give answered events their groups' consensus; events that only groups have are left out."""
    consensus = {event.id: event.consensus for event in grouped}
    events = tuple(replace(event, consensus=consensus.get(event.id, {})) for event in answered)
    if not grouped:
        return events, [f"no {GROUPS}: groups are not known, divergence between them cannot be measured"]
    lost = consensus.keys() - {event.id for event in answered}
    bare = sum(not event.consensus for event in events)
    notes = [f"{len(lost)} events of {GROUPS} are not in {ANSWERS} and left out"] if lost else []
    return events, notes + ([f"{bare} events have no consensus in {GROUPS}"] if bare else [])


def _silent(events: Sequence[Event], profiles: Mapping[str, ReaderProfile]) -> list[str]:
    heard = {reader for event in events for reader in event.answers}
    silent = [reader for reader in profiles if reader not in heard]
    return [f"{len(silent)} readers of {PROFILES} have no answers: {', '.join(silent)}"] if silent else []
