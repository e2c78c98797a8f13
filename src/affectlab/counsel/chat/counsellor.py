"""Answers a conversation: the gate first, then the model, then the gate again before anything is shown."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from affectlab.counsel.chat.attempt import Attempt
from affectlab.counsel.chat.config import ChatSettings
from affectlab.counsel.chat.events import ChatEvent, Done, Finish, Notice, Replaced, Words
from affectlab.counsel.chat.limits import accepted, kept, shorter
from affectlab.counsel.chat.wording import WORDING, ChatWording
from affectlab.counsel.gate import Passed, RiskGate, Verdict
from affectlab.counsel.gate.decision import action_of
from affectlab.errors import ContextExceeded, ModelError
from affectlab.models import Sampling, Speaker, Spoken, Stop, Turn, open_speaker
from affectlab.prompting.empathy import conversation, gbnf

_TRIES = 2


class Guard(Protocol):
    """What the chat asks of the risk gate; see `affectlab.counsel.gate.RiskGate`."""

    def read(self, turns: Sequence[Turn]) -> Verdict: ...

    def check(self, answer: str, turns: Sequence[Turn], verdict: Verdict) -> Passed: ...

    def safe_reply(self, turns: Sequence[Turn], verdict: Verdict) -> str: ...


class Counsellor:
    """Answers conversations, several at once from different threads.

    Parameters
    ----------
    speaker
        The model.
    guard
        The gate before and behind it.
    settings
        Limits, language, sampling.
    notice
        What whoever runs it must be told; empty where there is nothing.
    """

    def __init__(self, speaker: Speaker, guard: Guard, settings: ChatSettings, *, notice: str = "") -> None:
        self.speaker, self.settings, self.notice = speaker, settings, notice
        self._guard = guard
        held = settings.grammar and speaker.holds_to_grammar
        self._grammar = gbnf(chain=settings.chain, longest_layer=settings.longest_layer) if held else None

    @property
    def sampling(self) -> Sampling:
        """How answers are sampled unless a conversation asks otherwise."""
        return Sampling(self.settings.max_tokens, self.settings.temperature, self.settings.seed)

    def reply(
        self,
        turns: Sequence[Turn],
        *,
        sampling: Sampling | None = None,
        show_reasoning: bool | None = None,
        stop: Stop | None = None,
    ) -> Generator[ChatEvent]:
        """Answer the last of `turns`; closing the generator, or `stop`, ends the model's work.

        The last event is `Done`, unless an error is raised. At level immediate, and where the gate could not
        grade, the model is not asked. At high the gate's own reply comes first, the model's answer behind it.

        Raises
        ------
        CounselError
            If the conversation cannot be answered: nothing to answer, a message too long.
        ModelError
            If the model fails before anything was said.
        """
        asked = accepted(turns, self.settings)
        shown = self.settings.show_reasoning if show_reasoning is None else show_reasoning
        answering = _Answering(self, asked, sampling or self.sampling, stop or Stop(), shown=shown)
        yield from answering.events()

    def guard_of(self, turns: Sequence[Turn]) -> Verdict:
        """Let the gate read `turns`."""
        return self._guard.read(turns)

    def safe_reply(self, turns: Sequence[Turn], verdict: Verdict) -> str:
        """Return what the gate says in place of the model."""
        return self._guard.safe_reply(turns, verdict)

    def attempt(
        self,
        turns: Sequence[Turn],
        asked: Sequence[Turn],
        verdict: Verdict,
        sampling: Sampling,
        stop: Stop,
        *,
        shown: bool,
    ) -> Attempt:
        """Prepare to ask the model once to answer `turns`, which are what is left of `asked`."""
        language = verdict.language if self.settings.language == "auto" else self.settings.language
        request = conversation(turns, language, self.settings.chain).request()
        return Attempt(
            lambda: self.speaker.stream(request, sampling, self._grammar, stop),
            lambda answer: self._guard.check(answer, asked, verdict),
            chain=self.settings.chain,
            # Reasoning about danger is not for the person in it.
            shown=shown and verdict.level in {"none", "low"},
        )


class _Answering:
    """One message on its way to an answer."""

    def __init__(
        self, counsellor: Counsellor, asked: tuple[Turn, ...], sampling: Sampling, stop: Stop, *, shown: bool
    ) -> None:
        self._counsellor, self._asked = counsellor, asked
        self._sampling, self._stop, self._shown = sampling, stop, shown
        self._verdict = counsellor.guard_of(asked)
        settings = counsellor.settings
        language = self._verdict.language if settings.language == "auto" else settings.language
        self._words: ChatWording = WORDING[language]
        self._said = ""
        self._spoken = Spoken()

    def events(self) -> Generator[ChatEvent]:
        finish: Finish = "gate"
        if self._verdict.level in self._words.risk:
            yield Notice("risk", self._words.risk[self._verdict.level])
        action = action_of(self._verdict)
        if action != "answer":
            yield self._say(self._counsellor.safe_reply(self._asked, self._verdict))
        if action != "safe reply":
            finish = yield from self._answer()
        yield Done(self._verdict, finish, self._said.strip(), self._spoken)

    def _answer(self) -> Generator[ChatEvent, None, Finish]:
        """Ask the model, with fewer turns where they do not fit, and once more where nothing came."""
        turns = kept(self._asked, self._counsellor.settings)
        if self._verdict.level == "high":
            yield self._say("\n\n")
        tries = 0
        while True:
            try:
                finish = yield from self._attempt(turns, tries)
            except ContextExceeded:
                if len(turns) == 1:
                    raise
                turns = shorter(turns)
                continue
            tries += 1
            if finish is not None:
                return finish
            if tries == _TRIES:
                yield self._say(self._words.apology)
                return "failed"
            yield Notice("again", self._words.again)

    def _attempt(self, turns: tuple[Turn, ...], tries: int) -> Generator[ChatEvent, None, Finish | None]:
        """Ask once; return None where no answer came."""
        sampling = Sampling(
            self._sampling.max_tokens, self._sampling.temperature, self._sampling.seed + tries
        )
        attempt = self._counsellor.attempt(
            turns, self._asked, self._verdict, sampling, self._stop, shown=self._shown
        )
        forgotten = len(self._asked) - len(turns)
        events = attempt.events()
        try:
            for event in events:
                if forgotten:
                    yield Notice("forgotten", self._words.forgotten.format(n=forgotten))
                    forgotten = 0
                yield self._noted(event)
        except ContextExceeded:
            raise
        except ModelError as error:
            if not self._said.strip():
                raise
            yield Notice("failed", self._words.failed.format(why=error))
            return "failed"
        finally:
            events.close()
        self._spoken = attempt.spoken
        if attempt.refused is not None:
            yield self._replacement(attempt.refused)
            return "gate"
        return self._finish(attempt)

    def _finish(self, attempt: Attempt) -> Finish | None:
        if self._stop.is_set:
            return "stopped"
        if not attempt.answer.strip():
            return None
        return "stop" if attempt.spoken.complete else "length"

    def _replacement(self, refused: Passed) -> Replaced:
        """Say in place of the rest what is safe; at high that has been said already."""
        high = self._verdict.level == "high"
        safe = self._words.held_back if high else self._counsellor.safe_reply(self._asked, self._verdict)
        gap = "\n\n" if self._said.strip() and not self._said.endswith("\n\n") else ""
        self._said += gap + safe
        return Replaced(gap + safe, refused.reasons)

    def _noted(self, event: ChatEvent) -> ChatEvent:
        if isinstance(event, Notice):
            return Notice(event.kind, self._words.withheld)
        if isinstance(event, Words):
            self._said += event.text
        return event

    def _say(self, text: str) -> Words:
        self._said += text
        return Words(text)


@contextmanager
def open_counsellor(settings: ChatSettings, *, lanes: int = 1) -> Iterator[Counsellor]:
    """Open the gate and the model, and close both at the end.

    Parameters
    ----------
    settings
        Which, and how.
    lanes
        Answers wanted at once.

    Raises
    ------
    CounselError
        If the gate cannot be opened.
    ModelError
        If the model cannot be opened.
    """
    with RiskGate.open(settings.gate) as gate:
        speaker = open_speaker(settings.model, settings.options, lanes=lanes)
        try:
            yield Counsellor(speaker, gate, settings, notice=gate.notice)
        finally:
            speaker.close()
