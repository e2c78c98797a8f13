"""What the gate says itself: it acknowledges, asks, and guides, in that order and in changing words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import cast

from affectlab.counsel.gate.helplines import Helpline, Helplines
from affectlab.counsel.gate.rule_file import SHIPPED, read_rules
from affectlab.counsel.gate.verdict import LEVELS, Verdict
from affectlab.models import Turn

EARLIER = "earlier"
"""What a reason begins with that is from a turn before the last."""
_RULE = re.compile(r"\brules: ([\w.-]+)")
_Phrases = Mapping[str, Mapping[str, Sequence[str]]]


class SafeReplies:
    """Composes replies that stand in for a model's answer or before it.

    Parameters
    ----------
    helplines
        The operator's; None leaves general words about local emergency services.
    locale
        Which of them.
    """

    def __init__(self, helplines: Helplines | None, locale: str | None) -> None:
        self._helplines = helplines
        self._locale = locale
        self._phrases = _read_phrases()
        self._themes = _themes()

    def compose(self, turns: Sequence[Turn], verdict: Verdict) -> str:
        """Return the reply to a conversation of this verdict."""
        phrases = self._phrases[verdict.language]
        turn = sum(one.role == "user" for one in turns) - 1
        theme = self._theme(verdict)
        key = _key(theme, verdict)
        parts = [
            _turned(phrases["acknowledge"][theme], turn),
            _turned(phrases["ask"][key], turn),
            _turned(phrases["guide"][key], turn),
        ]
        if _of_before(verdict):
            parts.insert(0, _turned(phrases["earlier"]["variants"], turn))
        if LEVELS.index(verdict.level) >= LEVELS.index("high"):
            parts.append(self._lines(phrases["frame"], verdict.language, theme, turn))
            parts.append(_turned(phrases["frame"]["ai"], turn))
        return ("" if verdict.language == "zh" else " ").join(part for part in parts if part)

    def _theme(self, verdict: Verdict) -> str:
        known = (self._themes.get(found) for reason in verdict.reasons for found in _RULE.findall(reason))
        theme = next((one for one in known if one), "other")
        # What cannot be said more exactly, at high, is met as the gravest that it could be.
        return "suicide" if theme == "other" and verdict.level == "immediate" else theme

    def _lines(self, frame: Mapping[str, Sequence[str]], language: str, theme: str, turn: int) -> str:
        found = self._helplines.of(language, self._locale) if self._helplines else ()
        if not found:
            return ""
        wanted = [line for line in found if line.kind != "abuse" or theme == "abuse"]
        text = "\n".join([_turned(frame["lines"], turn), *map(_line, wanted)])
        notice = f"\n{frame['example'][0]}" if self._helplines and self._helplines.example else ""
        return f"\n\n{text}{notice}\n\n"


def _key(theme: str, verdict: Verdict) -> str:
    if LEVELS.index(verdict.level) <= LEVELS.index("low"):
        return "third" if theme == "third" else "low"
    if theme in {"abuse", "others", "third"}:
        return "immediate" if verdict.level == "immediate" and theme != "third" else theme
    return verdict.level


def _of_before(verdict: Verdict) -> bool:
    """Say whether all that the level rests on was said before the last turn."""
    signs = [reason for reason in verdict.reasons if _RULE.search(reason)]
    return bool(signs) and all(reason.startswith(EARLIER) for reason in signs)


def _line(line: Helpline) -> str:
    return f"- {line.name}: {line.contact}" + (f" ({line.hours})" if line.hours else "")


def _turned(variants: Sequence[str], turn: int) -> str:
    return variants[max(turn, 0) % len(variants)]


@cache
def _read_phrases() -> Mapping[str, _Phrases]:
    text = (SHIPPED / "replies.toml").read_text(encoding="utf-8")
    return cast("Mapping[str, _Phrases]", tomllib.loads(text))


@cache
def _themes() -> Mapping[str, str]:
    return {name: theme for book in read_rules() for name, theme in book.themes().items()}
