"""The gate behind the model: what an answer may not say, and what it must say when risk is high."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from pydantic import BaseModel, ConfigDict, ValidationError

from affectlab.config import explain
from affectlab.counsel.gate.plain import readings
from affectlab.counsel.gate.rule_file import SHIPPED
from affectlab.counsel.gate.verdict import LEVELS, Level, Passed
from affectlab.counsel.rows import Language
from affectlab.counsel.unsafe import unsafe_kinds
from affectlab.errors import CounselError

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_CLAUSE_END = re.compile(r"[.!?。;\n,]|\bbut\b|但")


class Forbidden(BaseModel):
    """Something that no answer may say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    pattern: str
    note: str
    hedged: bool = False
    """Allowed in a clause that leaves it open."""


class _Cues(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    hedge: str
    acknowledge: str
    refer: str


class _AnswerBook(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    cues: _Cues
    forbidden: tuple[Forbidden, ...]


class AnswerRules:
    """Finds what is wrong with an answer.

    Raises
    ------
    CounselError
        If the shipped file of rules is damaged.
    """

    def __init__(self) -> None:
        book = _read_book()
        self._forbidden = [(one, re.compile(one.pattern)) for one in book.forbidden]
        self._hedge = re.compile(book.cues.hedge)
        self._acknowledge = re.compile(book.cues.acknowledge)
        self._refer = re.compile(book.cues.refer)

    def check(self, answer: str, level: Level) -> Passed:
        """Say whether `answer` may be shown to somebody at `level`, as far as its words go."""
        text = readings(answer)[0]
        reasons = list(self.violations(answer))
        if not text.strip():
            reasons.append("answer: empty: says nothing")
        if LEVELS.index(level) >= LEVELS.index("high"):
            reasons += self._lacking(text)
        return Passed(not reasons, tuple(reasons))

    def violations(self, answer: str) -> tuple[str, ...]:
        """Return what `answer` says that no answer may say, each as a reason."""
        versions = readings(answer)
        found = [f"answer: {one.id}: {one.note}" for text in versions for one in self._said(text)]
        found += [
            f"answer: {kind}: unsafe advice"
            for text in versions
            for language in _LANGUAGES
            for kind in unsafe_kinds(text, language)
        ]
        return tuple(dict.fromkeys(found))

    def acknowledges(self, answer: str) -> bool:
        """Say whether an answer takes up what the person said."""
        return bool(self._acknowledge.search(readings(answer)[0]))

    def refers(self, answer: str) -> bool:
        """Say whether an answer points to people who can help."""
        return bool(self._refer.search(readings(answer)[0]))

    def _said(self, text: str) -> list[Forbidden]:
        return [
            one
            for one, pattern in self._forbidden
            for found in pattern.finditer(text)
            if not (one.hedged and self._hedge.search(_clause(text, *found.span())))
        ]

    def _lacking(self, text: str) -> list[str]:
        lacking = []
        if not self._acknowledge.search(text):
            lacking.append("answer: cold: does not acknowledge what was said")
        if not self._refer.search(text):
            lacking.append("answer: no-referral: names nobody who can help")
        return lacking


def _clause(text: str, start: int, end: int) -> str:
    before = [found.end() for found in _CLAUSE_END.finditer(text, max(0, start - 200), start)]
    after = _CLAUSE_END.search(text, end)
    return text[before[-1] if before else max(0, start - 200) : after.start() if after else len(text)]


@cache
def _read_book() -> _AnswerBook:
    path = SHIPPED / "answers.toml"
    try:
        return _AnswerBook.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise CounselError(f"answer rules {path}: {explain(error)}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CounselError(f"answer rules {path} cannot be used: {error}") from None
