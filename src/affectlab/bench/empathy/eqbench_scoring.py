"""How EQ-Bench v2 reads and scores intensities.

The formula and its constants are those of the benchmark's "full scale" scoring (Paech 2023, arXiv 2312.06281,
version 2 of its pipeline): small differences count less than in proportion, and an answer at random scores 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HIGHEST = 10
MIN_PARSEABLE = 0.8333
"""Share of questions that must be readable for a score to count."""

REVISED_SHARE = 0.95
"""The revised scores count only if they are readable at least this often, against the first ones."""

_ADJUST, _STEEP, _MIDDLE, _LIMIT, _TOP = 0.7477, 1.2, 4.0, 5.0, 6.5
_FIRST, _REVISED = "First pass scores:", "Revised scores:"
_PAIR = re.compile(r"(\w+):[*\s]+(\d+)(?!\w)")


@dataclass(frozen=True, slots=True)
class Intensities:
    """What an answer says of the four emotions.

    Parameters
    ----------
    values
        Emotion to its intensity, 0 to 10; empty where it could not be read.
    problem
        Why it could not be read.
    """

    values: Mapping[str, int]
    problem: str = ""


def question_score(reference: Mapping[str, float], said: Mapping[str, float]) -> float:
    """Return the score of one answer: 10 where it equals the reference, about 0 for one at random.

    Parameters
    ----------
    reference, said
        Emotion to intensity, the same four emotions.
    """
    return HIGHEST - _ADJUST * sum(_cost(abs(said[name] - value)) for name, value in reference.items())


def read_first(text: str, emotions: Sequence[str]) -> Intensities:
    """Read the intensities of an answer that holds nothing else."""
    return _read(text, emotions)


def read_revised(text: str, emotions: Sequence[str]) -> tuple[Intensities, Intensities]:
    """Read the intensities before and after the critique of an answer that has both."""
    start, end = text.find(_FIRST), text.find(_REVISED)
    missing = Intensities({}, f"no heading {_REVISED!r}" if end < 0 else f"no heading {_FIRST!r}")
    first = _read(text[start + len(_FIRST) : end], emotions) if 0 <= start < end else missing
    return first, _read(text[end + len(_REVISED) :], emotions) if end >= 0 else missing


def _read(text: str, emotions: Sequence[str]) -> Intensities:
    """Read ``Name: number`` for each emotion; anything else of that form makes the answer unreadable."""
    found = {name: int(value) for name, value in _PAIR.findall(text)}
    if missing := [name for name in emotions if name not in found]:
        return Intensities({}, f"no number for {missing[0]}")
    if other := [name for name in found if name not in emotions]:
        return Intensities({}, f"a number for {other[0]}, which was not asked")
    if max(found.values()) > HIGHEST:
        return Intensities({}, f"{max(found.values())} is above {HIGHEST}")
    if not any(found.values()):
        return Intensities({}, "every emotion is 0")
    return Intensities({name: found[name] for name in emotions})


def _cost(difference: float) -> float:
    if difference == 0:
        return 0.0
    if difference > _LIMIT:
        return difference
    return _TOP / (1 + math.exp(-_STEEP * (difference - _MIDDLE)))
