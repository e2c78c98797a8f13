"""The rules at work: from one message to the signs of risk in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from affectlab.counsel.gate.passage import Passage
from affectlab.counsel.gate.plain import plain, readings
from affectlab.counsel.gate.reading import Finding, Reader
from affectlab.counsel.gate.rule_file import Question, RuleBook, Together, read_rules
from affectlab.counsel.gate.verdict import LEVELS, Level

_JOINING = frozenset({"intent", "do-it", "at-hand", "prepared", "harm-others"})
_REMEMBERED = 4096
"""Messages whose findings are kept, so that a long talk is not read again at every turn; ours."""


class LanguageRules:
    """The rules of one language, ready to be tried."""

    def __init__(self, book: RuleBook) -> None:
        self.language = book.language
        self._idioms = [book.compiled(idiom.pattern) for idiom in book.idiom]
        self._rules = [(rule, book.compiled(rule.pattern)) for rule in book.rule]
        self._together = book.together
        self._questions = [(question, book.compiled(question.pattern)) for question in book.question]
        self._past_question = book.compiled(book.past_question.pattern)
        self.reader = Reader(book)

    def find(self, text: str) -> list[Finding]:
        """Return the signs in plain `text`."""
        for idiom in self._idioms:
            text = idiom.sub(lambda found: "·" * len(found.group()), text)
        passage = Passage(text)
        found = [
            finding
            for rule, pattern in self._rules
            for match in pattern.finditer(text)
            if (finding := self.reader.read(rule, match, passage))
        ]
        return found + [joint for one in self._together if (joint := _joined(one, found))]

    def join(self, now: Sequence[Finding], earlier: Sequence[Finding]) -> list[Finding]:
        """Return what signs of this turn make together with those of turns before it.

        A time alone joins nothing: tomorrow is mentioned for many reasons.
        """
        signs = [replace(one, sentence=0) for one in now if one.tag in _JOINING]
        held = [replace(one, sentence=0) for one in earlier] + signs
        return [
            joint
            for one in self._together
            if any(sign.tag in one.needs for sign in signs)
            if (joint := _joined(one, held))
        ]

    def answer(self, question: str, reply: str) -> Finding | None:
        """Return what a short reply to a question about risk tells, or None."""
        asked = plain(question)
        said = plain(reply).strip()
        for one, pattern in self._asked():
            if not pattern.search(asked):
                continue
            level = self._answered(one, said, past=bool(self._past_question.search(asked)))
            if level != "none":
                return Finding(one.id, level, one.note, one.theme, "", 0, True)
        return None

    def _asked(self) -> list[tuple[Question, re.Pattern[str]]]:
        return sorted(self._questions, key=lambda one: -LEVELS.index(one[0].level))

    def _answered(self, question: Question, said: str, *, past: bool) -> Level:
        says = self.reader.says
        denied = says("no", said)
        if question.inverted:
            return question.level if denied or says("unsure", said) else "none"
        if denied:
            return "none"
        before = says("past", said) and not says("still", said.partition(".")[0])
        if before or (past and (says("yes", said) or says("past", said))):
            return "low"
        if says("yes", said) or (question.level == "immediate" and says("amount", said)):
            return question.level
        return "high" if says("unsure", said) else "none"


class Rules:
    """Both languages' rules; every message is tried with both, whatever its language seems to be.

    Raises
    ------
    CounselError
        If the rules cannot be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.languages = tuple(LanguageRules(book) for book in read_rules(folder))
        self.find = lru_cache(maxsize=_REMEMBERED)(self._find)

    def _find(self, text: str) -> tuple[Finding, ...]:
        """Return the signs in a message, the gravest first, each rule once; those of level none only help."""
        found = [
            finding
            for version in readings(text)
            for language in self.languages
            for finding in language.find(version)
        ]
        found.sort(key=lambda finding: -LEVELS.index(finding.level))
        return tuple({finding.id: finding for finding in reversed(found)}.values())[::-1]

    def join(self, now: Sequence[Finding], earlier: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return what signs of one turn make together with those of turns before it."""
        return tuple(joint for language in self.languages for joint in language.join(now, earlier))

    def answers(self, turns: Sequence[tuple[str, str]]) -> tuple[Finding, ...]:
        """Return what replies tell, for pairs of a question and the reply to it."""
        return tuple(
            finding
            for question, reply in turns
            for language in self.languages
            if (finding := language.answer(question, reply))
        )


def _joined(together: Together, found: Sequence[Finding]) -> Finding | None:
    """Return the finding that several make together, when they speak of the writer, close to each other."""
    places = [[one.sentence for one in found if one.tag == need and one.own] for need in together.needs]
    if not all(places):
        return None
    close = min(abs(left - right) for left in places[0] for right in places[-1])
    if "soon" in together.needs and close > 1:
        return None
    return Finding(together.id, together.level, together.note, together.theme, "", places[0][0], True)
