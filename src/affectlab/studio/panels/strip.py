"""The running session in one line: phase, id, arm, time; and what the researcher may do with it."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from affectlab.errors import AffectlabError
from affectlab.session.runner import Session
from affectlab.studio.desk import Desk
from affectlab.studio.frame import button, text
from affectlab.studio.panels.panel import clock, fact

PHASES = {
    "none": "No session",
    "waiting": "Waiting",
    "resting": "Resting",
    "playing": "Playing",
    "paused": "Paused",
    "ended": "Ended",
}


class Strip:
    """Facts on the left, controls on the right."""

    def __init__(self, desk: Desk, say: Callable[[str], None]) -> None:
        self._desk, self._say = desk, say
        section = ui.element("section").classes("panel strip").props('aria-label="Running session"')
        with section:
            self._phase = text("span", "", "phase")
            self._phase.props("role=status aria-live=polite")
            self._id, self._time = fact("session"), fact("session time")
            self._goal, self._source = fact("goal"), fact("source")
            self._arm = fact("arm")
            self._unblind = button("Unblind", "plain")
            self._unblind.on("click", self._show_arm)
            with ui.element("div").classes("controls"):
                self._controls()

    def _controls(self) -> None:
        self._rest = self._control("Start rest", lambda session: session.rest())
        self._play = self._control("Start music", lambda session: session.play())
        self._pause = self._control("Pause", lambda session: session.pause())
        self._resume = self._control("Resume", lambda session: session.resume())
        self._stop = self._control("Stop", lambda _: self._desk.stop("stopped by the researcher"), "danger")

    def _control(self, label: str, act: Callable[[Session], None], kind: str = "") -> ui.element:
        made = button(label, kind)
        made.on("click", lambda: self._do(act))
        return made

    def _do(self, act: Callable[[Session], None]) -> None:
        try:
            act(self._desk.running())
        except AffectlabError as error:
            self._say(str(error))

    def _show_arm(self) -> None:
        self._desk.unblind()
        self.refresh()

    def refresh(self) -> None:
        """Show where the session is."""
        session, phase = self._desk.session, self._desk.phase
        self._phase.say(PHASES[phase])
        if self._phase.props.get("data-phase") != phase:
            self._phase.props(f"data-phase={phase}")
        rested = session is not None and session.rested
        for control, on in (
            (self._rest, phase == "waiting" and not rested),
            (self._play, phase == "waiting"),
            (self._pause, phase == "playing"),
            (self._resume, phase == "paused"),
            (self._stop, self._desk.busy),
            (self._unblind, session is not None and not self._desk.unblinded),
        ):
            control.set_visibility(on)
        self._show_facts(session)

    def _show_facts(self, session: Session | None) -> None:
        if session is None:
            for value in (self._id, self._time, self._goal, self._source, self._arm):
                value.say("-")
            return
        left = f", {session.rest_left:.0f} s of rest left" if session.phase == "resting" else ""
        self._id.say(session.id)
        self._time.say(clock(session.now) + left)
        self._goal.say(session.config.goal)
        self._source.say(session.config.source)
        self._arm.say(session.config.arm if self._desk.unblinded else "blinded")
