"""One reply of the model, read while it is written and shown as far as the gate lets it."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from typing import Final

from affectlab.counsel.chat.events import ChatEvent, Notice, Reasoning, Words
from affectlab.counsel.chat.release import Release
from affectlab.counsel.gate import Passed
from affectlab.models import Speech, Spoken
from affectlab.prompting.empathy import ANSWER, Event, ReplyStream, repair

_BEGUN_TAG: Final = re.compile(r"</[A-Za-z_0-9]{0,14}\Z")
"""What is left of a closing tag where a reply was cut inside it."""


class Attempt:
    """Asks the model once.

    Parameters
    ----------
    speak
        Begins the reply.
    check
        The gate behind the model.
    chain
        Whether layers of reasoning are expected.
    shown
        Whether they are shown; they pass the gate as the answer does.
    """

    def __init__(
        self,
        speak: Callable[[], Speech],
        check: Callable[[str], Passed],
        *,
        chain: bool,
        shown: bool,
    ) -> None:
        self._speak, self._check = speak, check
        self._chain, self._shown = chain, shown
        self._release = Release(check)
        self._layer: tuple[str, Release] | None = None
        self.spoken = Spoken(complete=False)

    @property
    def answer(self) -> str:
        """What was shown as answer."""
        return self._release.said

    @property
    def refused(self) -> Passed | None:
        """What the gate said where it held something of the answer back."""
        return self._release.refused

    def events(self) -> Generator[ChatEvent]:
        """Yield reasoning and answer as they may be shown, until the end or the gate's no."""
        stream = ReplyStream(untagged_is_answer=True, chain=self._chain)
        listening = self._listened(stream)
        try:
            for event in listening:
                yield from self._passed(event)
                if self.refused is not None:
                    return
        finally:
            listening.close()
        yield from self._ended_layer()
        yield from self._said(self._release.finish())

    def _listened(self, stream: ReplyStream) -> Generator[Event]:
        """Read the reply until its answer is closed; what the model says after that nobody needs."""
        speech = self._speak()
        hearing = _Hearing(speech)
        try:
            for piece in hearing:
                yield from stream.feed(piece)
                if stream.answered:
                    break
        finally:
            speech.close()
        self.spoken = hearing.ended(early=stream.answered)
        ending = stream.close()
        for event in ending.events:
            yield Event(event.part, _BEGUN_TAG.sub("", event.text))
        yield from self._mended(stream)

    def _mended(self, stream: ReplyStream) -> Iterator[Event]:
        """Take the answer out of a reply that is laid out wrongly, where there is one way to read it."""
        if self._release.said or self._release.holds or self.refused is not None:
            return
        mended = repair(stream.text)
        if mended is not None:
            yield Event(ANSWER, mended[0].answer)

    def _passed(self, event: Event) -> Iterator[ChatEvent]:
        if event.part == ANSWER:
            yield from self._ended_layer()
            yield from self._said(self._release.feed(event.text))
        elif self._shown:
            yield from self._reasoned(event)

    def _said(self, words: str) -> Iterator[ChatEvent]:
        if words:
            yield Words(words)

    def _reasoned(self, event: Event) -> Iterator[ChatEvent]:
        if self._layer is None or self._layer[0] != event.part:
            yield from self._ended_layer()
            self._layer = event.part, Release(self._check)
        if self._shown:
            yield from self._told(event.part, self._layer[1].feed(event.text))

    def _ended_layer(self) -> Iterator[ChatEvent]:
        if self._layer is not None:
            (layer, release), self._layer = self._layer, None
            yield from self._told(layer, release.finish())
            if release.refused is not None:
                self._shown = False
                yield Notice("withheld", "")

    def _told(self, layer: str, words: str) -> Iterator[ChatEvent]:
        if words:
            yield Reasoning(layer, words)


class _Hearing:
    """Iterates over a speech and keeps how it ended."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._pieces = 0
        self._spoken: Spoken | None = None

    def __iter__(self) -> Iterator[str]:
        while True:
            try:
                piece = next(self._speech)
            except StopIteration as end:
                self._spoken = end.value
                return
            self._pieces += 1
            yield piece

    def ended(self, *, early: bool) -> Spoken:
        """Say how it ended; a reply whose answer is closed is complete, its tokens are as many as pieces."""
        return self._spoken or Spoken(complete=early, tokens=self._pieces)
