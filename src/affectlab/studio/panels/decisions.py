"""The last decisions of the update rule, with their reasons."""

from __future__ import annotations

from nicegui import ui

from affectlab.session.events import ControlEvent
from affectlab.studio.desk import Desk
from affectlab.studio.frame import text
from affectlab.studio.panels.panel import entry, panel, signed

KINDS = {"lead": "Step", "hold": "Hold", "follow": "Follow"}


class DecisionsPanel:
    """A log, newest first."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: tuple[tuple[ControlEvent, ...], bool] = ((), False)
        with panel("Decisions", "") as self._note:
            self._log = ui.element("ol").classes("log").props('tabindex=0 aria-label="Last decisions"')
            with self._log:
                text("li", "None yet.", "empty")

    def refresh(self) -> None:
        """Show decisions taken since the last time."""
        decisions, unblinded = self._desk.view.decisions, self._desk.unblinded
        self._note.say("" if unblinded else "reasons are hidden while blinded")
        if (decisions, unblinded) == self._shown:
            return
        self._shown = (decisions, unblinded)
        self._log.clear()
        with self._log:
            for decision in reversed(decisions):
                entry(decision.time, head(decision, unblinded=self._desk.unblinded), self._why(decision))

    def _why(self, decision: ControlEvent) -> str:
        # The reason tells the arm: "a random step" can only be one.
        return decision.reason if self._desk.unblinded else ""


def head(decision: ControlEvent, *, unblinded: bool) -> str:
    """Say what was decided."""
    valence, arousal = decision.music
    kind = KINDS.get(decision.kind, decision.kind) if unblinded else "Music"
    return f"{kind} \u2192 {signed(valence)} / {signed(arousal)}."
