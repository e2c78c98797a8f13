"""A stretch of plain text with its sentences, clauses and quotations, as rules need to see it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

_SENTENCE_END = re.compile(r"[!?。;\n]+|\.+(?=\s|$|[\u3400-\u9fff\"'”」])")
_CLAUSE_END = re.compile(r"[,，、:…—–]|\bbut\b|但")
_TITLE = re.compile(r"《[^》\n]{1,80}》")
_QUOTE = re.compile(
    r"\"[^\"\n]{1,400}\"|“[^”\n]{1,400}”|「[^」\n]{1,400}」|『[^』\n]{1,400}』|(?<!\w)'[^\n]{1,300}?'(?!\w)"
)


class Passage:
    """Plain text that knows where its sentences, clauses and quotations begin and end."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _sentence_ends(self) -> list[int]:
        return [found.end() for found in _SENTENCE_END.finditer(self.text)]

    @cached_property
    def _quotes(self) -> list[tuple[int, int]]:
        return [found.span() for found in _QUOTE.finditer(self.text)]

    @cached_property
    def _titles(self) -> list[tuple[int, int]]:
        return [found.span() for found in _TITLE.finditer(self.text)]

    def sentence_number(self, place: int) -> int:
        """Return which sentence `place` lies in, from 0."""
        return bisect_right(self._sentence_ends, place)

    def sentence(self, place: int) -> tuple[int, int]:
        """Return where the sentence around `place` begins and ends."""
        number = self.sentence_number(place)
        ends = [0, *self._sentence_ends, len(self.text)]
        return ends[number], ends[number + 1]

    def clause_start(self, place: int) -> int:
        """Return where the clause around `place` begins."""
        start, _ = self.sentence(place)
        parts = [found.end() for found in _CLAUSE_END.finditer(self.text, start, place)]
        return parts[-1] if parts else start

    def in_title(self, start: int, end: int) -> bool:
        """Say whether the stretch lies in title marks."""
        return any(left <= start and end <= right for left, right in self._titles)

    def in_quotes(self, start: int, end: int) -> bool:
        """Say whether the stretch lies in quotation marks."""
        return any(left <= start and end <= right for left, right in self._quotes)
