"""Past sessions: report, export, deletion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nicegui import events, ui

from affectlab.studio.archive import Archive, PastSession
from affectlab.studio.desk import Desk
from affectlab.studio.failures import attempt
from affectlab.studio.frame import button, text
from affectlab.studio.panels.panel import panel

LINKS = {"report": "Report", "report?arm=true": "Report with arm", "zip": "ZIP", "bids": "BIDS"}
HEADS = ("session", "began (UTC)", "goal", "source", "", "")


class PastPanel:
    """A table of the sessions kept on this machine."""

    def __init__(self, desk: Desk, archive: Archive, say: Callable[[str], None]) -> None:
        self._desk, self._archive, self._say = desk, archive, say
        self._shown: tuple[PastSession, ...] | None = None
        self._doomed: PastSession | None = None
        with (
            panel(
                "Sessions on this machine",
                "",
                "EEG is health data: it stays here until you export or delete it",
            ),
            ui.element("div").classes("scroll").props('tabindex=0 role=region aria-label="Past sessions"'),
        ):
            self._table = ui.element("table")
        self._dialog()

    async def refresh(self) -> None:
        """Show the sessions in the folder, if they changed."""
        found = await asyncio.to_thread(self._archive.list)
        if found == self._shown:
            return
        self._shown = found
        self._table.clear()
        with self._table:
            with ui.element("thead"), ui.element("tr"):
                for head in HEADS:
                    text("th", head).props("scope=col")
            with ui.element("tbody"):
                for session in found:
                    self._row(session)

    def _row(self, session: PastSession) -> None:
        running = self._desk.busy and self._desk.session is not None and self._desk.session.id == session.id
        with ui.element("tr"):
            text("td", session.id)
            text("td", session.started[:19].replace("T", " "))
            text("td", session.goal)
            text("td", session.source)
            with ui.element("td"):
                if running:
                    text("span", "running", "tag")
                else:
                    _links(session)
            with ui.element("td"):
                if not running:
                    button("Delete", "plain", aria_label=f"Delete {session.id}").on(
                        "click", lambda: self._ask_to_delete(session)
                    )

    def _dialog(self) -> None:
        with ui.element("dialog").props("id=delete-dialog aria-labelledby=delete-head"):
            text("h2", "Delete a session").props("id=delete-head")
            self._question = text("p", "")
            with ui.element("label"):
                text("span", "Type its id to confirm", "small")
                ui.element("input").props("type=text id=delete-typed autocomplete=off")
            with ui.element("div").classes("row"):
                button("Keep it").on(
                    "click", js_handler="() => document.getElementById('delete-dialog').close()"
                )
                button("Delete for good", "danger").on(
                    "click",
                    self._delete,
                    js_handler="() => { emit(document.getElementById('delete-typed').value); "
                    "document.getElementById('delete-typed').value = ''; "
                    "document.getElementById('delete-dialog').close(); }",
                )

    def _ask_to_delete(self, session: PastSession) -> None:
        self._doomed = session
        self._question.say(f"EEG, sound and answers of {session.id} are removed and cannot be brought back.")
        ui.run_javascript("document.getElementById('delete-dialog').showModal()")

    async def _delete(self, event: events.GenericEventArguments) -> None:
        doomed, self._doomed = self._doomed, None
        if doomed is None:
            return
        if str(event.args).strip() != doomed.id:
            self._say(f"'{event.args}' is not the session's id, {doomed.id}; nothing was deleted")
            return
        await attempt(lambda: asyncio.to_thread(self._archive.delete, doomed.name), self._say)
        await self.refresh()


def _links(session: PastSession) -> None:
    if not session.complete:
        text("span", "broken off", "tag bad")
    for target, label in LINKS.items():
        link = text("a", label)
        link.props(f'href="/sessions/{session.name}/{target}" aria-label="{label} of {session.id}"')
        link.props("target=_blank rel=noopener" if target.startswith("report") else "download")
