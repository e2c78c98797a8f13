"""Readers' profiles: read from the published table, averaged over groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from affectlab.bench.persona._tables import Row, read_table
from affectlab.errors import InvalidData
from affectlab.prompting.persona import TRAITS, BigFive, ReaderProfile, is_mbti

PROFILES = "3_annotator_profiles.csv"
"""Name of the published table."""

_TRAIT_COLUMNS = ("Open.", "Cons.", "Extra.", "Agree.", "Neuro.")


def read_profiles(path: Path) -> dict[str, ReaderProfile]:
    """Read the table of readers: reader to profile, in the order of the file.

    Raises
    ------
    UnreadableFile
        If it is missing, no CSV, or lacks a column.
    InvalidData
        If a reader is there twice, or a gender, type or trait is none.
    """
    table = read_table(path)
    for column in ("ID", "GNDR", "MBTI", *_TRAIT_COLUMNS):
        table.has(column)
    profiles: dict[str, ReaderProfile] = {}
    for row in table.rows:
        profile = _profile(row)
        if profile.id in profiles:
            raise InvalidData(f"{path}, row {row.number}: reader {profile.id!r} is there twice; remove one")
        profiles[profile.id] = profile
    if not profiles:
        raise InvalidData(f"{path} holds no reader")
    return profiles


def group_profile(group: str, members: Iterable[ReaderProfile]) -> ReaderProfile:
    """Describe a group by the mean of its members' traits and by its composition.

    Parameters
    ----------
    group
        Its id.
    members
        At least one. Members without traits are left out of the mean.

    Raises
    ------
    InvalidData
        If there are none.
    """
    there = tuple(members)
    if not there:
        raise InvalidData(f"group {group!r} has no members; expected at least one")
    known = [one.big_five for one in there if one.big_five is not None]
    means = {trait: sum(getattr(one, trait) for one in known) / len(known) for trait in TRAITS if known}
    return ReaderProfile(
        group,
        composition([one.gender for one in there]),
        composition([one.mbti for one in there]),
        BigFive(**means) if means else None,
    )


def composition(values: Sequence[str]) -> str:
    """Write how often each value occurs, the most frequent first: "ESTJ 2, INTJ 1"."""
    counts = Counter(value for value in values if value)
    return ", ".join(f"{value} {n}" for value, n in sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _profile(row: Row) -> ReaderProfile:
    gender, mbti = row.required("GNDR").upper(), row.required("MBTI").upper()
    if gender not in {"M", "F"}:
        row.fault("GNDR", "M or F")
    if not is_mbti(mbti):
        row.fault("MBTI", "four letters such as INTJ")
    scores = (row.number_in(column, 0, 1) for column in _TRAIT_COLUMNS)
    return ReaderProfile(row.required("ID"), gender, mbti, BigFive(*scores))
