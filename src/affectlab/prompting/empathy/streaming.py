"""Read a reply while it is being written, without ever showing reasoning as answer."""

from __future__ import annotations

from dataclasses import dataclass

from affectlab.prompting.empathy.faults import Fault
from affectlab.prompting.empathy.parsing import check
from affectlab.prompting.empathy.reply import ANSWER
from affectlab.prompting.empathy.tags import LEAVES, Tag, held_back, tags


@dataclass(frozen=True, slots=True)
class Event:
    """Words of one part, as they come in.

    Parameters
    ----------
    part
        "L1" to "L4", or "answer".
    text
        The next words of it.
    """

    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What there is to say when no more comes.

    Parameters
    ----------
    events
        The last words.
    faults
        All that is wrong with the whole text, as `check` says.
    """

    events: tuple[Event, ...]
    faults: tuple[Fault, ...]


class ReplyStream:
    """Takes a reply in pieces cut anywhere and tells the parts from each other.

    Nothing is answer before ``<answer>`` opens, and nothing after it closes. At most the beginning of a
    possible tag is held back. Tags inside the answer are not passed on. A text that is well laid out gives,
    joined by part, exactly what `parse` gives.

    Parameters
    ----------
    untagged_is_answer
        At the end, take a text without any tag as the answer. Otherwise it is never passed on.
    chain
        As for `parse`; decides what `Ending.faults` are.
    """

    def __init__(self, *, untagged_is_answer: bool = False, chain: bool | None = None) -> None:
        self._untagged_is_answer = untagged_is_answer
        self._chain = chain
        self._pieces: list[str] = []
        self._held = ""
        self._into: str | None = None
        self._seen_tag = False
        self._answered = False
        self._closed = False

    @property
    def text(self) -> str:
        """All that came in."""
        return "".join(self._pieces)

    @property
    def answered(self) -> bool:
        """The answer has been closed: whoever writes may be stopped."""
        return self._answered and self._into is None

    def feed(self, chunk: str) -> list[Event]:
        """Take the next piece and return the words that are certain now.

        Raises
        ------
        ValueError
            If the stream was closed.
        """
        if self._closed:
            raise ValueError("the reply was closed; open a new ReplyStream for the next one")
        self._pieces.append(chunk)
        pending = self._held + chunk
        keep = held_back(pending)
        self._held = pending[len(pending) - keep :]
        return self._passed(pending[: len(pending) - keep])

    def close(self) -> Ending:
        """Say that no more comes; what was held back turns out to be words."""
        self._closed = True
        last, self._held = self._held, ""
        events = self._passed(last)
        whole = self.text
        if self._untagged_is_answer and not self._seen_tag and whole.strip():
            events = [Event(ANSWER, whole)]
        return Ending(tuple(events), check(whole, chain=self._chain))

    def _passed(self, text: str) -> list[Event]:
        events: list[Event] = []
        end = 0
        for tag in tags(text):
            self._pass(text[end : tag.begin], events)
            self._turn(tag)
            end = tag.end
        self._pass(text[end:], events)
        return events

    def _pass(self, words: str, events: list[Event]) -> None:
        if self._into is not None and words:
            events.append(Event(self._into, words))

    def _turn(self, tag: Tag) -> None:
        self._seen_tag = True
        if self._into == ANSWER:
            if tag.closes and tag.name == ANSWER:
                self._into = None
            return
        opens = tag.name in LEAVES and not tag.closes and not self._answered
        self._into = tag.name if opens else None
        self._answered = self._answered or self._into == ANSWER
