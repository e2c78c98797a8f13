"""Who a reader is, as far as a persona benchmark tells a model: gender, MBTI type and the Big Five.

The Big Five are the five broad dimensions on which descriptions of personality differ (John and Srivastava,
1999, The Big Five trait taxonomy, in Handbook of Personality, 2nd ed., Guilford). MBTI types are four
letters, one of each pair in `MBTI_LETTERS` (Myers and McCaulley, 1985, Manual, Consulting Psychologists
Press).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from affectlab.errors import InvalidData

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
"""The Big Five in their usual order."""

MBTI_LETTERS = ("EI", "SN", "TF", "JP")
"""The two letters that may stand at each place of an MBTI type."""


@dataclass(frozen=True, slots=True)
class BigFive:
    """Five trait scores.

    Parameters
    ----------
    openness, conscientiousness, extraversion, agreeableness, neuroticism
        In [0, 1].

    Raises
    ------
    InvalidData
        If a score is not finite or lies outside [0, 1].
    """

    openness: float
    conscientiousness: float
    extraversion: float
    agreeableness: float
    neuroticism: float

    def __post_init__(self) -> None:
        for trait, value in self.items():
            if not (math.isfinite(value) and 0 <= value <= 1):
                raise InvalidData(f"{trait} is {value}; expected a score in [0, 1]")

    def items(self) -> Iterator[tuple[str, float]]:
        """Yield trait and score, in the order of `TRAITS`."""
        for trait in TRAITS:
            yield trait, getattr(self, trait)

    def replaced(self, trait: str, value: float) -> BigFive:
        """Return the same scores with another one for `trait`.

        Raises
        ------
        InvalidData
            If there is no such trait, or the score lies outside [0, 1].
        """
        if trait not in TRAITS:
            raise InvalidData(f"no trait {trait!r}; expected one of {', '.join(TRAITS)}")
        return BigFive(**{**dict(self.items()), trait: value})

    def to_json(self) -> dict[str, float]:
        """Return trait to score."""
        return dict(self.items())


@dataclass(frozen=True, slots=True)
class ReaderProfile:
    """A reader, or the mean of a group of readers.

    Parameters
    ----------
    id
        The reader's or the group's own.
    gender
        "M" or "F" as published; for a group its composition, such as "M 2, F 1"; empty where unknown.
    mbti
        Four letters; for a group its composition, such as "ENTP 1, INTJ 1"; empty where unknown.
    big_five
        None where unknown.
    """

    id: str
    gender: str = ""
    mbti: str = ""
    big_five: BigFive | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the profile as `from_json` reads it."""
        traits = self.big_five.to_json() if self.big_five else None
        return {"id": self.id, "gender": self.gender, "mbti": self.mbti, "big_five": traits}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ReaderProfile:
        """Read a profile as `to_json` writes it.

        Raises
        ------
        InvalidData
            If something is missing, is of the wrong kind, or a score lies outside [0, 1].
        """
        try:
            traits = content["big_five"]
            big_five = (
                None if traits is None else BigFive(**{trait: float(traits[trait]) for trait in TRAITS})
            )
            return cls(str(content["id"]), str(content["gender"]), str(content["mbti"]), big_five)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidData(
                f"a reader's profile cannot be read ({error!r}); expected id, gender, mbti and big_five"
            ) from error


def is_mbti(text: str) -> bool:
    """Say whether `text` is one MBTI type."""
    return len(text) == len(MBTI_LETTERS) and all(
        letter in pair for letter, pair in zip(text, MBTI_LETTERS, strict=True)
    )
