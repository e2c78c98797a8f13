"""The plan in force and why it is as it is."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from affectlab.session.events import PlanEvent
from affectlab.studio.desk import Desk
from affectlab.studio.frame import text
from affectlab.studio.panels.panel import clock, panel, signed

HEADS = ("from", "valence", "arousal", "dynamics")


class PlanPanel:
    """Description, rationale, musical attributes and sections."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: PlanEvent | None = None
        with panel("Plan", "") as self._note:
            self._body = ui.element("div")
            with self._body:
                text("p", "The plan is made when the music begins.", "empty")

    def refresh(self) -> None:
        """Show a plan that came into force since the last time."""
        event = self._desk.view.plan
        if event is self._shown:
            return
        self._shown = event
        self._body.clear()
        with self._body:
            if event is not None:
                self._note.say(f"by {event.planner}, {clock(event.time)}, {event.reason}")
                _show(event.plan)


def _show(plan: dict[str, Any]) -> None:
    text("p", plan["description"])
    if plan.get("fallback_reason"):
        text("p", f"Made by the rules instead: {plan['fallback_reason']}", "notice")
    text("h3", "Why")
    text("p", plan["rationale"])
    text("h3", "Music")
    text("p", attributes(plan))
    text("h3", "Sections")
    with (
        ui.element("div")
        .classes("scroll tall")
        .props('tabindex=0 role=region aria-label="Sections of the plan"')
    ):
        _sections(plan)


def attributes(plan: dict[str, Any]) -> str:
    """Say what the plan asks of the music."""
    music = plan["attributes"]
    return (
        f"{plan['tempo_bpm']:.0f} bpm, density {plan['texture_density']:.2f}, {music['mode']}, "
        f"{music['register']} register, {music['articulation']}; {', '.join(music['instruments'])}"
    )


def _sections(plan: dict[str, Any]) -> None:
    with ui.element("table"):
        with ui.element("thead"), ui.element("tr"):
            for head in HEADS:
                text("th", head).props("scope=col")
        with ui.element("tbody"):
            pairs = zip(plan["trajectory"], plan["section_dynamics"], strict=True)
            for index, (target, dynamics) in enumerate(pairs):
                with ui.element("tr"):
                    text("td", clock(index * plan["section_seconds"]))
                    text("td", signed(target["valence"]))
                    text("td", signed(target["arousal"]))
                    text("td", f"{dynamics:.2f}")
