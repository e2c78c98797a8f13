"""What could not be done, said where the person looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from affectlab.errors import AffectlabError
from affectlab.studio.frame import text


class Alert:
    """A line that says what could not be done; not there while there is nothing to say."""

    def __init__(self) -> None:
        with ui.element("div").classes("notice bad").props("role=alert") as self._box:
            self._words = text("span", "")
        self._box.set_visibility(False)

    def say(self, words: str) -> None:
        self._words.say(words)
        self._box.set_visibility(bool(words))


async def attempt(action: Callable[[], Awaitable[object]], say: Callable[[str], None]) -> None:
    """Do something, and say why it could not be done; where it could, take back what was said before."""
    try:
        await action()
    except AffectlabError as error:
        say(str(error))
    else:
        say("")
