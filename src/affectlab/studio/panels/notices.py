"""What people should read about signal, music and machine."""

from __future__ import annotations

from nicegui import ui

from affectlab.session.events import NoticeEvent
from affectlab.studio.desk import Desk
from affectlab.studio.frame import text
from affectlab.studio.panels.panel import entry, panel


class NoticesPanel:
    """A log, newest first, announced to screen readers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: tuple[NoticeEvent, ...] = ()
        with panel("Notices", ""):
            self._log = ui.element("ol").classes("log").props('role=log tabindex=0 aria-label="Notices"')
            with self._log:
                text("li", "None.", "empty")

    def refresh(self) -> None:
        """Show notices given since the last time."""
        notices = self._desk.view.notices
        if notices == self._shown:
            return
        self._shown = notices
        self._log.clear()
        with self._log:
            for notice in reversed(notices):
                entry(notice.time, notice.kind.capitalize() + ".", notice.text)
