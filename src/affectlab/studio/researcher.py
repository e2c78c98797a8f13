"""The researcher's page: the whole loop at a glance."""

from __future__ import annotations

from nicegui import ui

from affectlab.studio.archive import Archive
from affectlab.studio.desk import Desk
from affectlab.studio.frame import frame, text
from affectlab.studio.panels.decisions import DecisionsPanel
from affectlab.studio.panels.eeg import EegPanel
from affectlab.studio.panels.machine import MachinePanel
from affectlab.studio.panels.markers import MarkersPanel
from affectlab.studio.panels.music import MusicPanel
from affectlab.studio.panels.notices import NoticesPanel
from affectlab.studio.panels.past import PastPanel
from affectlab.studio.panels.plan import PlanPanel
from affectlab.studio.panels.plane import PlanePanel
from affectlab.studio.panels.setup import SetupPanel
from affectlab.studio.panels.strip import Strip

EEG_SECONDS = 0.25
REFRESH_SECONDS = 0.5
SLOW_SECONDS = 2.0


def researcher_page(desk: Desk, archive: Archive) -> None:
    """Serve the researcher's page at ``/researcher``."""

    @ui.page("/researcher", title="Researcher - affectlab", language="en-GB")
    def page() -> None:
        with frame("Researcher", ("researcher.js",)):
            text("h1", "Closed-loop session", "visually-hidden")
            _build(desk, archive)


def _build(desk: Desk, archive: Archive) -> None:
    with ui.element("div").classes("notice bad").props("role=alert") as box:
        words = text("span", "")
    box.set_visibility(False)

    def say(line: str) -> None:
        words.say(line)
        box.set_visibility(bool(line))

    strip = Strip(desk, say)
    eeg, plane = EegPanel(desk), PlanePanel(desk)
    with _stack():
        plan = PlanPanel(desk, say)
    with _stack():
        decisions, markers, notices = DecisionsPanel(desk), MarkersPanel(desk, say), NoticesPanel(desk)
    with _stack():
        music, machine = MusicPanel(desk), MachinePanel(desk)
    setup, past = SetupPanel(desk, say), PastPanel(desk, archive, say)

    def refresh() -> None:
        for part in (strip, plane, plan, decisions, music, markers, notices, setup):
            part.refresh()
        if desk.failure:
            say(desk.failure)

    ui.timer(EEG_SECONDS, eeg.refresh)
    ui.timer(REFRESH_SECONDS, refresh)
    ui.timer(SLOW_SECONDS, machine.refresh)
    ui.timer(SLOW_SECONDS, past.refresh)


def _stack() -> ui.element:
    return ui.element("div").classes("stack span-4")
