"""What a language model writes: few words and small numbers; code makes the plan of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from affectlab.planning.limits import Problem

LONGEST_ANSWER = 20_000
"""Characters of an answer that are read."""

Tenth = Annotated[int, Field(ge=-10, le=10)]
Level = Annotated[int, Field(ge=0, le=10)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=40)]


class Draft(BaseModel):
    """An answer of a language model.

    `loud` begins and ends the way; `v1`, `a1` and `v2`, `a2` are valence and arousal at a third and at two
    thirds of it, in tenths.
    `cite` holds an entry's number and the field it speaks for, such as ``1 bpm``.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    mode: Literal["major", "minor", "modal"]
    reg: Literal["low", "middle", "high"]
    inst: tuple[Name, ...] = Field(min_length=1, max_length=6)
    art: Literal["legato", "mixed", "detached"]
    bpm: int = Field(ge=40, le=160)
    dens: Level
    loud: tuple[Level, Level]
    v1: Tenth
    a1: Tenth
    v2: Tenth
    a2: Tenth
    cite: tuple[Name, ...] = Field(default=(), max_length=12)
    mood: str = Field(min_length=1, max_length=80)
    why: str = Field(min_length=1, max_length=300)
    stop: Name = ""
    given: Name = ""


@dataclass(frozen=True, slots=True)
class Unusable(Exception):
    """An answer of which no draft can be made; `problems` name the keys to write again."""

    problems: tuple[Problem, ...]


def read_object(answer: str) -> dict[str, Any]:
    """Return the JSON object in `answer`, with or without words around it.

    Raises
    ------
    Unusable
        If there is none.
    """
    text = answer[:LONGEST_ANSWER]
    begin = text.find("{")
    try:
        # Numbers that no plan holds, such as NaN and 10**5000, are refused here.
        found, _ = json.JSONDecoder(parse_constant=_refused).raw_decode(text, max(begin, 0))
    except (ValueError, RecursionError):
        raise Unusable(
            (Problem("", "no JSON object was found; answer with one JSON object alone"),)
        ) from None
    if not isinstance(found, dict):
        raise Unusable((Problem("", "the answer is no JSON object"),))
    return found


def read_draft(content: Mapping[str, Any]) -> Draft:
    """Read a draft.

    Raises
    ------
    Unusable
        With a problem for every key that is missing or wrong.
    """
    try:
        return Draft.model_validate(content)
    except ValidationError as error:
        wrong = {str(one["loc"][0]): str(one["msg"]) for one in reversed(error.errors(include_url=False))}
    found = tuple(Problem(key, message[:120]) for key, message in wrong.items())
    raise Unusable(found)


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no number of a plan")
