"""Go through a reply tag by tag, noting what each part holds and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from affectlab.prompting.empathy.faults import Fault, FaultCode
from affectlab.prompting.empathy.reply import ANSWER, LAYERS, THINK
from affectlab.prompting.empathy.tags import LEAVES, PARTS, Tag, tags


@dataclass(slots=True)
class Reading:
    """What was found in a text of `length` characters."""

    length: int
    words: dict[str, str] = field(default_factory=dict)
    """Of each layer and the answer, the first where one is repeated."""
    opened: dict[str, int] = field(default_factory=dict)
    """Where each part is opened first."""
    faults: list[Fault] = field(default_factory=list)


def read(text: str) -> Reading:
    """Go through `text`; parts that are missing or empty are not faults here."""
    found = list(tags(text))
    walk = _Walk(Reading(len(text)), found)
    end = 0
    for place, tag in enumerate(found):
        walk.take_words(text[end : tag.begin], end)
        walk.take_tag(place, tag)
        end = tag.end
    walk.take_words(text[end:], end)
    walk.end()
    return walk.reading


class _Walk:
    def __init__(self, reading: Reading, found: Sequence[Tag]) -> None:
        self.reading = reading
        self._tags = found
        self._open: list[str] = []
        # The part that words go to now; None outside, and in parts that are repeated.
        self._into: str | None = None

    def take_words(self, words: str, at: int) -> None:
        top = self._top()
        if top in LEAVES:
            if self._into is not None:
                self.reading.words[self._into] += words
        elif words.strip():
            self._note("outside", top or self._last(), at)

    def take_tag(self, place: int, tag: Tag) -> None:
        if self._top() == ANSWER and not (tag.closes and tag.name == ANSWER):
            self._note("in_answer", tag.written, tag.begin)
        elif not tag.name:
            self._note("unknown", tag.written, tag.begin)
        else:
            if not tag.exact:
                self._note("misspelt", tag.written, tag.begin)
            if tag.closes:
                self._close(tag)
            else:
                self._begin(place, tag)

    def end(self) -> None:
        for name in reversed(self._open):
            self._note("truncated", name, self.reading.length)

    def _begin(self, place: int, tag: Tag) -> None:
        self._leave(place, tag)
        name, opened = tag.name, self.reading.opened
        if name in LAYERS and self._top() != THINK:
            self._note("misplaced", name, tag.begin)
        if name in opened:
            self._note("repeated", name, tag.begin)
        elif any(PARTS.index(other) > PARTS.index(name) for other in opened):
            self._note("order", name, tag.begin)
        self._into = name if name in LEAVES and name not in opened else None
        if self._into:
            self.reading.words[self._into] = ""
        opened.setdefault(name, tag.begin)
        self._open.append(name)

    def _leave(self, place: int, tag: Tag) -> None:
        """Close what should have been closed before `tag`; note parts inside others."""
        parents = (THINK,) if tag.name in LAYERS else ()
        while (top := self._top()) is not None and top not in parents:
            if self._closed_after(place, top):
                self._note("nested", tag.name, tag.begin)
                return
            self._note("unclosed", top, tag.begin)
            self._open.pop()

    def _closed_after(self, place: int, name: str) -> bool:
        """Return whether `name` is closed after `place`, and not opened anew before that."""
        later = (tag for tag in self._tags[place + 1 :] if tag.name == name)
        first = next(later, None)
        return first is not None and first.closes

    def _close(self, tag: Tag) -> None:
        if tag.name not in self._open:
            self._note("unopened", tag.name, tag.begin)
            return
        while (top := self._open.pop()) != tag.name:
            self._note("unclosed", top, tag.begin)
        self._into = None

    def _top(self) -> str | None:
        return self._open[-1] if self._open else None

    def _last(self) -> str:
        """Return the part that was opened last, or the first that is to come."""
        return next(reversed(self.reading.opened), THINK)

    def _note(self, code: FaultCode, tag: str, at: int) -> None:
        self.reading.faults.append(Fault(code, tag, at))
