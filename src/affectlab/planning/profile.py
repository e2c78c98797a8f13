"""Who a plan is for: goals, tastes, contraindications, language."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from affectlab.config import explain
from affectlab.errors import InvalidConfig

Contraindication = Literal[
    "sound_sensitivity",
    "musicogenic_epilepsy",
    "photosensitive",
    "tinnitus",
    "trauma",
    "hearing_aid",
    "psychosis",
    "autism_sensory",
    "pregnancy",
    "cardiac",
    "children",
    "dementia",
]
"""What a person may have that some music, or some way of playing it, is not for."""

Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(max_length=20)]
Trait = Annotated[float, Field(ge=0, le=1)]


class BigFive(BaseModel):
    """Personality traits in [0, 1], 0.5 the middle of the population."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    openness: Trait = 0.5
    conscientiousness: Trait = 0.5
    extraversion: Trait = 0.5
    agreeableness: Trait = 0.5
    neuroticism: Trait = 0.5


class Profile(BaseModel):
    """A person as far as they want to be known.

    `preferred` and `disliked` hold instruments, styles or words of the person's own. `trauma_cues` are sounds
    or music that must not occur. `note` is free text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", max_length=80)
    language: Literal["en", "zh"] = "en"
    goals: Words = ()
    preferred: Words = ()
    disliked: Words = ()
    contraindications: frozenset[Contraindication] = frozenset()
    trauma_cues: Words = ()
    culture: str = Field(default="", max_length=80)
    big_five: BigFive | None = None
    note: str = Field(default="", max_length=1000)


NOBODY: Final = Profile()
"""A person of whom nothing is known."""


def read_profile(path: Path) -> Profile:
    """Read a profile from a TOML file.

    Raises
    ------
    InvalidConfig
        If the file cannot be read, or a key or value is not known; names the first.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidConfig(f"profile {path} cannot be read ({error}); expected a TOML file") from error
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        raise InvalidConfig(f"profile {path}: {explain(error)}") from None
