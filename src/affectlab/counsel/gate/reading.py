"""What the words around a sign make of it: denied, long past, of somebody else, quoted, laughed at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from affectlab.counsel.gate.passage import Passage
from affectlab.counsel.gate.rule_file import Rule, RuleBook
from affectlab.counsel.gate.verdict import LEVELS, Level

_REACH = 80
"""Characters before a sign in which a negation may stand, ours."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A sign of risk that counts.

    Parameters
    ----------
    id, level, note, theme, tag
        Of the rule, the level as the words around it make it.
    sentence
        Which sentence it stands in, from 0.
    own
        It speaks of the person who writes, and of now.
    """

    id: str
    level: Level
    note: str
    theme: str
    tag: str
    sentence: int
    own: bool


class Reader:
    """Reads signs in their surroundings, in one language."""

    def __init__(self, book: RuleBook) -> None:
        self._cue = {name: book.compiled(cue) for name, cue in book.cues.items()}
        negation, filler = book.cues["negation"], book.cues["filler"]
        word_end = r"(?![a-z])" if book.language == "en" else ""
        self._lead = re.compile(rf"(?<![a-z'])(?:(?:{negation}|{filler}){word_end}[ ]*)+$")

    def read(self, rule: Rule, found: re.Match[str], passage: Passage) -> Finding | None:
        """Return the finding that a match amounts to, or None where it says nothing of risk."""
        start, end = found.span()
        first, last = passage.sentence(start)
        sentence = passage.text[first:last]
        other = rule.subject == "third" or (
            rule.subject == "stated" and self._of_another(passage.text[first:start])
        )
        if rule.subject == "third" and self._of_writer(passage.text[first:end]):
            return None
        if self._quoted(passage, start, end, sentence, other) or self._denied(passage, start):
            return None
        past = bool(self._cue["past"].search(sentence)) and not self._cue["still"].search(sentence)
        level = self._weighed(rule, sentence, passage.text, other, past)
        return Finding(
            rule.id, level, rule.note, "third" if other else rule.theme, rule.tag,
            passage.sentence_number(start), not other and not past,
        )  # fmt: skip

    def says(self, cue: str, text: str) -> bool:
        """Say whether `text` holds the cue."""
        return bool(self._cue[cue].search(text))

    def _weighed(self, rule: Rule, sentence: str, text: str, other: bool, past: bool) -> Level:
        if rule.level in {"none", "low"}:
            if rule.subject == "third" and self._cue["acute"].search(sentence) and not past:
                return "high"
            return rule.level
        if past:
            return "low"
        if other:
            acute = rule.subject == "third" or rule.tag == "prepared" or self._cue["acute"].search(sentence)
            return "high" if acute else "low"
        if rule.tag == "intent" and rule.level == "high" and self._cue["laughter"].search(text):
            return "low"
        return rule.level

    def _last(self, cue: str, text: str) -> int:
        return max((found.start() for found in self._cue[cue].finditer(text)), default=-1)

    def _of_another(self, text: str) -> bool:
        return self._last("third", text) > self._last("first", text)

    def _of_writer(self, text: str) -> bool:
        return self._last("first", text) > self._last("third", text)

    def _quoted(self, passage: Passage, start: int, end: int, sentence: str, other: bool) -> bool:
        """Say whether the words are a title, a quotation from art, or about a work or a subject of study."""
        if passage.in_title(start, end):
            return True
        if not self._cue["art"].search(passage.text):
            return False
        if passage.in_quotes(start, end):
            return not self._cue["mine"].search(passage.text)
        before = passage.text[passage.sentence(start)[0] : end]
        return bool(self._cue["art"].search(sentence)) and (other or self._last("first", before) < 0)

    def _denied(self, passage: Passage, start: int) -> bool:
        """Say whether an odd number of negations leads up to the sign."""
        if self._cue["retraction"].search(passage.text):
            return False
        lead = passage.text[max(passage.clause_start(start), start - _REACH) : start]
        lead = self._cue["not_negation"].sub("#", lead)
        found = self._lead.search(lead)
        return found is not None and len(self._cue["negation"].findall(found.group())) % 2 == 1


def highest(levels: list[Level]) -> Level:
    """Return the highest of some levels, none where there is none."""
    return max(levels, key=LEVELS.index, default="none")
