"""Markers that the researcher sets while the session runs: a button, a text, the key M."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import events, ui

from affectlab.errors import AffectlabError
from affectlab.session.events import PageEvent
from affectlab.studio.desk import Desk
from affectlab.studio.frame import button, text
from affectlab.studio.panels.panel import entry, panel

_SEND = """() => {
  const box = document.getElementById("marker-text");
  emit(box.value.slice(0, 200));
  box.value = "";
}"""


class MarkersPanel:
    """Text, button, and what was marked; the time is the session clock's when the press arrives."""

    def __init__(self, desk: Desk, say: Callable[[str], None]) -> None:
        self._desk, self._say = desk, say
        self._shown: tuple[PageEvent, ...] = ()
        with panel("Markers", "", "key M marks at once"):
            with ui.element("div").classes("row"):
                box = ui.element("input").props(
                    'type=text id=marker-text aria-label="Text of the marker" '
                    'placeholder="What happened (optional)" '
                    "maxlength=200 autocomplete=off"
                )
                box.on("keydown.enter", self._mark, js_handler=_SEND)
                button("Set marker", id="set-marker").on("click", self._mark, js_handler=_SEND)
            self._log = ui.element("ol").classes("log").props('tabindex=0 aria-label="Markers set"')
            with self._log:
                text("li", "None yet.", "empty")

    def _mark(self, event: events.GenericEventArguments) -> None:
        try:
            self._desk.running().page("marker", {"text": str(event.args)})
        except AffectlabError as error:
            self._say(str(error))

    def refresh(self) -> None:
        """Show markers recorded since the last time."""
        markers = self._desk.view.markers
        if markers == self._shown:
            return
        self._shown = markers
        self._log.clear()
        with self._log:
            for marker in reversed(markers):
                entry(marker.time, "Marker", marker.data["text"])
