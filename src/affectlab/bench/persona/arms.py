"""The ways a persona exam asks: a condition, and the language it is asked in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from affectlab.errors import BenchError
from affectlab.prompting.persona import CONDITIONS, LANGUAGES, Language

ALL = "all"
"""Stands for every condition."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A condition in a language; the data set's own language has no mark in the name."""

    name: str
    condition: str
    language: Language


def arms_of(names: Sequence[str], language: Language) -> tuple[Arm, ...]:
    """Read names of arms, each ``condition`` or ``condition@language``; all conditions when none is given.

    Raises
    ------
    BenchError
        If a condition or a language is not known.
    """
    found: dict[str, Arm] = {}
    for name in names or (ALL,):
        condition, mark, spoken = name.partition("@")
        for one in CONDITIONS if condition == ALL else (condition,):
            arm = _arm(one, spoken if mark else language, language, name)
            found.setdefault(arm.name, arm)
    return tuple(found.values())


def _arm(condition: str, spoken: str, own: Language, given: str) -> Arm:
    if condition not in CONDITIONS:
        raise BenchError(f"no condition {condition!r}; expected {ALL} or of {', '.join(CONDITIONS)}")
    for language in LANGUAGES:
        if spoken == language:
            return Arm(condition if spoken == own else f"{condition}@{spoken}", condition, language)
    raise BenchError(f"no language {spoken!r} in {given!r}; expected one of {', '.join(LANGUAGES)}")
