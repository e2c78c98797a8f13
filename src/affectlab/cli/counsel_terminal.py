"""The conversation in the terminal: what is typed, what is shown, and what ends it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.text import Text

from affectlab.counsel.chat import Counsellor, Done, Notice, Reasoning, Replaced, Words
from affectlab.counsel.chat.wording import WORDING
from affectlab.errors import AffectlabError
from affectlab.models import Stop, Turn

_HELP = "/reasoning shows or hides the reasoning, /quit leaves, Ctrl-C ends an answer"


def converse(counsellor: Counsellor, console: Console | None = None) -> None:
    """Talk until the person leaves; what goes wrong with one message costs that message only."""
    chosen = counsellor.settings.language
    _Talk(counsellor, console or Console(highlight=False), "zh" if chosen == "zh" else "en").run()


class _Talk:
    def __init__(self, counsellor: Counsellor, console: Console, language: str) -> None:
        self._counsellor, self._console = counsellor, console
        self._shown = counsellor.settings.show_reasoning
        self._turns: list[Turn] = []
        self._warning = WORDING["zh" if language == "zh" else "en"].not_clinician

    def run(self) -> None:
        self._console.print(f"{self._counsellor.speaker.identity.name}. {_HELP}.", style="dim")
        while (said := self._read()) is not None:
            match said.strip():
                case "":
                    continue
                case "/quit":
                    return
                case "/reasoning":
                    self._shown = not self._shown
                    self._console.print(f"reasoning {'shown' if self._shown else 'hidden'}", style="dim")
                case words:
                    self._answer(words)

    def _read(self) -> str | None:
        while True:
            try:
                return self._console.input(Text(f"[{self._warning}] you: ", style="bold"))
            except EOFError:
                self._console.print()
                return None
            except KeyboardInterrupt:
                self._console.print(f"\n{_HELP}", style="dim")

    def _answer(self, said: str) -> None:
        asked = [*self._turns, Turn("user", said)]
        stop = Stop()
        try:
            with _stopping(stop):
                for event in self._counsellor.reply(asked, show_reasoning=self._shown, stop=stop):
                    self._show(event)
                    if isinstance(event, Done):
                        self._turns = [*asked, Turn("assistant", event.answer)]
        except AffectlabError as error:
            self._console.print(f"affectlab: {error}", style="red", markup=False)

    def _show(self, event: object) -> None:
        match event:
            case Words(text) | Replaced(text):
                self._console.print(text, end="", markup=False)
            case Reasoning(layer, text):
                self._console.print(f"{layer} {text}", style="dim italic", markup=False)
            case Notice(_, text):
                self._console.print(text, style="yellow", markup=False)
            case Done(finish=finish):
                self._console.print("" if finish in {"stop", "gate"} else f"  ({finish})", style="dim")


@contextmanager
def _stopping(stop: Stop) -> Iterator[None]:
    """Let Ctrl-C end the answer; a second one does what it always does."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
