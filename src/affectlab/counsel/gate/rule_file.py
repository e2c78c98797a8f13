"""Rules as they lie in a file: patterns with their level, language and a note for the log."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from affectlab.config import explain
from affectlab.counsel.gate.verdict import Level
from affectlab.errors import CounselError

SHIPPED = Path(__file__).parent / "shipped"
Theme = Literal["suicide", "self-harm", "abuse", "others", "third", "hopeless"]
CUES = frozenset(
    {
        "negation",
        "filler",
        "not_negation",
        "retraction",
        "first",
        "third",
        "past",
        "still",
        "art",
        "mine",
        "laughter",
        "acute",
        "yes",
        "no",
        "unsure",
        "amount",
    }
)
_NAME = re.compile(r"<([a-z_]+)>")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Idiom(_Entry):
    """A harmless phrase that is taken out before any rule is tried."""

    pattern: str
    note: str


class Rule(_Entry):
    """One sign of risk."""

    id: str
    level: Level
    """none: counts only together with other signs, by its tag."""
    pattern: str
    note: str
    theme: Theme = "suicide"
    """What the person speaks of, so that a reply can name it."""
    tag: str = ""
    subject: Literal["stated", "third", "any"] = "stated"
    """stated: of whom the words speak is read. third: counts of others only. any: the pattern says who."""


class Together(_Entry):
    """Signs that weigh more together."""

    id: str
    level: Level
    needs: tuple[str, ...]
    """Tags, all of them."""
    note: str
    theme: Theme = "suicide"


class Question(_Entry):
    """What was asked just before, so that a bare yes is understood."""

    id: str
    level: Level
    pattern: str
    note: str
    theme: Theme = "suicide"
    inverted: bool = False
    """The answer that tells of risk is no."""


class PastQuestion(_Entry):
    """What makes a question one about long ago."""

    pattern: str


class RuleBook(_Entry):
    """The rules of one language."""

    language: Literal["en", "zh"]
    words: dict[str, str]
    cues: dict[str, str]
    idiom: tuple[Idiom, ...]
    rule: tuple[Rule, ...]
    together: tuple[Together, ...]
    question: tuple[Question, ...]
    past_question: PastQuestion

    @field_validator("cues")
    @classmethod
    def _all_cues(cls, cues: dict[str, str]) -> dict[str, str]:
        if lacking := sorted(CUES ^ set(cues)):
            raise ValueError(f"expected exactly the cues {', '.join(sorted(CUES))}; see {', '.join(lacking)}")
        return cues

    def patterns(self) -> list[str]:
        """Return every pattern in the book."""
        return [
            *self.cues.values(),
            self.past_question.pattern,
            *(one.pattern for one in self.idiom),
            *(one.pattern for one in self.rule),
            *(one.pattern for one in self.question),
        ]

    def themes(self) -> dict[str, str]:
        """Return what the person speaks of, by the id of the sign."""
        return {
            **{one.id: one.theme for one in self.rule},
            **{one.id: one.theme for one in self.together},
            **{one.id: one.theme for one in self.question},
        }

    def compiled(self, pattern: str) -> re.Pattern[str]:
        """Return `pattern` with the named words put in."""
        while _NAME.search(pattern):
            pattern = _NAME.sub(lambda found: self.words[found.group(1)], pattern)
        return re.compile(pattern)


def read_rules(folder: Path | None = None) -> tuple[RuleBook, ...]:
    """Read every ``rules_*.toml`` of a folder, by default the shipped one.

    Raises
    ------
    CounselError
        If there is none, or one cannot be read or does not keep to the schema.
    """
    found = sorted((folder or SHIPPED).glob("rules_*.toml"))
    if not found:
        raise CounselError(
            f"no risk rules in {folder}; expected a folder with rules_en.toml and rules_zh.toml"
        )
    return tuple(_book(path) for path in found)


@cache
def _book(path: Path) -> RuleBook:
    try:
        book = RuleBook.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        for pattern in book.patterns():
            book.compiled(pattern)
    except ValidationError as error:
        raise CounselError(f"risk rules {path}: {explain(error)}") from None
    except KeyError as error:
        raise CounselError(f"risk rules {path}: the word <{error.args[0]}> is not in [words]") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, re.error, RecursionError) as error:
        raise CounselError(f"risk rules {path} cannot be used: {error}") from None
    return book
