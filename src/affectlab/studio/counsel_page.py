"""The guarded chat as a page: one conversation, kept nowhere but in the page."""

from __future__ import annotations

from typing import Any, Final, Literal

from nicegui import ui

from affectlab.counsel.chat import Counsellor, Done, Notice, Reasoning, Replaced, Words
from affectlab.counsel.gate.helplines import read_helplines
from affectlab.counsel.serve.desk import Ask, Desk, Full, Halted
from affectlab.errors import AffectlabError
from affectlab.models import Stop, Turn
from affectlab.studio.counsel_wording import PAGE_WORDING
from affectlab.studio.failures import Alert
from affectlab.studio.frame import Text, button, frame, text

_WAITING: Final = 16
_DEADLINE_S: Final = 300.0
_MISSING: Final = (
    "No model is set up for conversations. Start the studio with: affectlab studio --counsel provider:name, "
    "or put a table [counsel] with a model into its configuration."
)
_READ: Final = "() => { const box = document.getElementById('say'); emit(box.value); box.value = ''; }"
_KEY: Final = "(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); "
_ON_ENTER: Final = _KEY + "const said = e.target.value; e.target.value = ''; emit(said); } }"


def counsel_desk(counsellor: Counsellor) -> Desk:
    """Return what hands the pages' conversations to `counsellor`."""
    return Desk(counsellor, counsellor.speaker.lanes, _WAITING, _DEADLINE_S)


def counsel_page(desk: Desk | None) -> None:
    """Serve the page at ``/counsel``; without a desk it says how to get one."""

    @ui.page("/counsel", title="Counsel - affectlab", language="en-GB")
    def page() -> None:
        with frame("Counsel", ("counsel.js",)):
            if desk is None:
                text("p", _MISSING, "notice")
            else:
                CounselPage(desk)


class CounselPage:
    """One open page and its conversation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settings = desk.counsellor.settings
        self._turns: list[Turn] = []
        self._stop: Stop | None = None
        self._shown = self._settings.show_reasoning
        self._words = PAGE_WORDING[self._language]
        self._warning()
        text("h1", self._words.title, "visually-hidden")
        self._failure = Alert()
        self._log = ui.element("div").classes("talk").props("role=log aria-live=polite")
        self._helplines()
        self._composer()
        ui.context.client.on_disconnect(self._end)

    @property
    def _language(self) -> Literal["en", "zh"]:
        return "zh" if self._settings.language == "zh" else "en"

    def _warning(self) -> None:
        with ui.element("div").classes("not-clinician").props("role=note"):
            text("strong", self._words.warning)
            text("span", self._words.about)

    def _helplines(self) -> None:
        gate = self._settings.gate
        with ui.element("details").classes("helplines") as self._help:
            text("summary", self._words.help)
            lines = read_helplines(gate.helplines, gate.locale) if gate.helplines else None
            found = lines.of(self._language, gate.locale) if lines else ()
            if self._desk.counsellor.notice:
                text("p", self._desk.counsellor.notice, "wrong")
            if not found:
                text("p", self._words.no_help)
            with ui.element("ul").classes("lines"):
                for one in found:
                    text("li", " · ".join(part for part in (one.name, one.contact, one.hours) if part))

    def _composer(self) -> None:
        with ui.element("div").classes("composer"):
            with ui.element("label").props("for=say").classes("visually-hidden"):
                text("span", self._words.label)
            box = ui.element("textarea").props(f'id=say rows=2 placeholder="{self._words.label}"')
            box.on("keydown", self._said, js_handler=_ON_ENTER)
            with ui.element("div").classes("row"):
                self._send = button(self._words.send, "primary").on("click", self._said, js_handler=_READ)
                self._halt = button(self._words.stop, "danger").on("click", self._end)
                self._halt.set_visibility(False)
                self._toggle = button(self._words.reasoning, aria_pressed=str(self._shown).lower())
                self._toggle.on("click", self._switch)
                button(self._words.clear, "plain").on("click", self._forget)

    def _switch(self) -> None:
        self._shown = not self._shown
        self._toggle.props["aria-pressed"] = str(self._shown).lower()
        self._toggle.update()

    def _end(self, *_: Any) -> None:
        if self._stop is not None:
            self._stop.set("asked")

    def _forget(self) -> None:
        if self._stop is not None:
            self._stop.set("forgotten")
        self._turns = []
        self._log.clear()

    async def _said(self, event: Any) -> None:
        said = str(event.args or "").strip()
        if not said or self._stop is not None:
            return
        self._failure.say("")
        self._stop = Stop()
        self._busy()
        try:
            await self._answer(said, self._stop)
        except Full as error:
            self._failure.say(f"Others are waiting; try again in {error.seconds} s.")
        except Halted:
            self._failure.say(self._words.ended["stopped"])
        except AffectlabError as error:
            self._failure.say(str(error))
        finally:
            self._stop = None
            self._busy()

    async def _answer(self, said: str, stop: Stop) -> None:
        asked = (*self._turns, Turn("user", said))
        with self._log:
            self._bubble("user", self._words.you).say(said)
            answer = _Answer(self)
        self._desk.demand_room()
        ask = Ask(asked, self._desk.counsellor.sampling, self._shown)
        async for event in self._desk.answer(ask, stop):
            answer.show(event)
            # What was forgotten meanwhile stays forgotten.
            if isinstance(event, Done) and stop.reason != "forgotten":
                self._turns = [*asked, Turn("assistant", event.answer)]

    def open_helplines(self) -> None:
        """Show whom to turn to, without anybody asking."""
        self._help.props["open"] = True
        self._help.update()

    def _busy(self) -> None:
        busy = self._stop is not None
        self._send.set_visibility(not busy)
        self._halt.set_visibility(busy)

    def _bubble(self, role: str, who: str) -> Text:
        with ui.element("div").classes(f"bubble {role}"):
            text("span", who, "who")
            return text("p", "", "words")

    def bubble(self) -> Text:
        """Make room for the next answer."""
        return self._bubble("assistant", self._words.model)

    def thought(self) -> Text:
        """Make room for the reasoning before an answer."""
        with ui.element("details").classes("thought"):
            text("summary", self._words.thought)
            return text("p", "", "words")

    def ended(self, finish: str) -> str:
        """Return what is said of an answer that did not come to its own end."""
        return self._words.ended.get(finish, "")


class _Answer:
    """One answer on the page, growing."""

    def __init__(self, page: CounselPage) -> None:
        self._page = page
        with ui.element("div").classes("answer") as self._place:
            self._words: Text | None = None
        self._thought: Text | None = None
        self._layer = ""

    def show(self, event: object) -> None:
        with self._place:
            match event:
                case Words(words) | Replaced(words):
                    self._say(words)
                case Reasoning():
                    self._think(event)
                case Notice(kind, words):
                    text("p", words, "notice" if kind == "risk" else "small")
                    if kind == "risk":
                        self._page.open_helplines()
                case Done(finish=finish):
                    if line := self._page.ended(finish):
                        text("p", line, "small")

    def _say(self, words: str) -> None:
        self._words = self._words or self._page.bubble()
        self._words.say(self._words.said + words)

    def _think(self, event: Reasoning) -> None:
        self._thought = self._thought or self._page.thought()
        gap = "" if event.layer == self._layer else f"{chr(10) if self._layer else ''}{event.layer} "
        self._layer = event.layer
        self._thought.say(self._thought.said + gap + event.text)
