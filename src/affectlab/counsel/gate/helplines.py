"""Whom to turn to, from a file that the operator supplies; nothing is built in."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from affectlab.config import explain
from affectlab.errors import CounselError

EXAMPLE = Path(__file__).parent / "shipped" / "helplines-example.toml"
"""Shows the layout; its names and numbers are fictitious."""


class Helpline(BaseModel):
    """Somebody who can be reached."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=120)
    contact: str = Field(min_length=1, max_length=200)
    """Telephone number, address of a page, or what to text where."""
    hours: str = Field(default="", max_length=120)
    kind: Literal["emergency", "crisis", "abuse", "other"] = "crisis"


class Locale(BaseModel):
    """The helplines of one place and language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    locale: str = Field(pattern=r"^(en|zh)(-[A-Za-z0-9]{2,8})*$")
    """Language, and region where that matters: ``en-GB``, ``zh-CN``."""
    helpline: tuple[Helpline, ...] = Field(min_length=1)


class Helplines(BaseModel):
    """A file of helplines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    example: bool = False
    """The numbers are fictitious; every reply and command says so."""
    checked: str = ""
    """When somebody last called them, in the operator's words."""
    locale: tuple[Locale, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once_each(self) -> Helplines:
        names = [one.locale for one in self.locale]
        if len(set(names)) < len(names):
            raise ValueError(f"expected each locale once, found {', '.join(names)}")
        return self

    def of(self, language: str, locale: str | None) -> tuple[Helpline, ...]:
        """Return the lines of `locale`, or of the first that fits the language; empty where none does."""
        for one in self.locale:
            if one.locale == locale or (locale is None and one.locale.split("-")[0] == language):
                return one.helpline
        return ()


def read_helplines(path: Path, locale: str | None = None) -> Helplines:
    """Read a file of helplines.

    Raises
    ------
    CounselError
        If the file cannot be read, does not keep to the schema, or lacks `locale`.
    """
    try:
        lines = Helplines.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise CounselError(f"helplines {path}: {explain(error)}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CounselError(f"helplines {path} cannot be read: {error}; see docs/risk-gate.md") from None
    if locale is not None and locale not in {one.locale for one in lines.locale}:
        known = ", ".join(one.locale for one in lines.locale)
        raise CounselError(f"helplines {path} has no locale {locale!r}; it has {known}")
    return lines
