"""The plan in force, who made it and why; the plan that is proposed, and what the researcher says to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from nicegui import events, ui

from affectlab.errors import AffectlabError
from affectlab.planning.plan import InterventionPlan
from affectlab.session.events import PlanChoiceEvent, PlanEvent
from affectlab.session.plan_choices import PlanChoices
from affectlab.studio.desk import Desk
from affectlab.studio.frame import button, text
from affectlab.studio.panels.evidence import EntryDialog
from affectlab.studio.panels.panel import clock, panel, signed
from affectlab.studio.panels.plan_editor import PlanEditor
from affectlab.studio.panels.plan_form import WORDS

HEADS = ("from", "valence", "arousal", "dynamics")
_CHECKED = "(event) => emit(event.target.checked)"


class PlanPanel:
    """Description, rationale, evidence, musical attributes and sections; accept, edit, reject."""

    def __init__(self, desk: Desk, say: Callable[[str], None]) -> None:
        self._desk, self._say = desk, say
        self._shown: tuple[PlanEvent | None, PlanChoiceEvent | None, bool] = (None, None, False)
        with panel("Plan", "") as self._note:
            with ui.element("div").classes("row"):
                with ui.element("label").classes("check small"):
                    self._ask = ui.element("input").props("type=checkbox id=ask-first")
                    self._ask.on("change", self._ask_first, js_handler=_CHECKED)
                    text("span", "Ask me before a new plan comes into force")
                self._edit = button("Edit plan")
                self._edit.on("click", lambda: self._open_editor(lambda plans: plans.in_force))
            self._proposal = ui.element("div").classes("proposal").props("role=status aria-live=polite")
            self._body = ui.element("div").classes("stacked")
            with self._body:
                text("p", "The plan is made when the music begins.", "empty")
        self._entries, self._editor = EntryDialog(desk.look_up), PlanEditor(desk, say)
        self._edit.set_visibility(False)
        self._proposal.set_visibility(False)

    def refresh(self) -> None:
        """Show a plan that came into force or was proposed since the last time."""
        view = self._desk.view
        now = (view.plan, view.proposal, self._desk.unblinded)
        self._edit.set_visibility(view.plan is not None and self._desk.busy)
        if now == self._shown:
            return
        self._shown = now
        self._body.clear()
        with self._body:
            if view.plan is None:
                self._note.say("")
                text("p", "The plan is made when the music begins.", "empty")
            else:
                self._note.say(heading(view.plan, unblinded=self._desk.unblinded))
                self._show(view.plan.plan)
        self._show_proposal(view.proposal)

    def _show_proposal(self, event: PlanChoiceEvent | None) -> None:
        self._proposal.set_visibility(event is not None)
        self._proposal.clear()
        if event is None or event.proposal is None:
            return
        plan = event.proposal
        with self._proposal:
            text("h3", f"Proposed by {event.who} at {clock(event.time)}")
            text("p", plan["description"])
            text("p", attributes(plan))
            if plan.get("fallback_reason"):
                text("p", f"Made by the rules instead: {plan['fallback_reason']}", "notice")
            text("p", plan["rationale"], "small")
            _citations(plan, self._entries)
            with ui.element("div").classes("row"):
                button("Accept", "primary").on("click", lambda: self._decide(PlanChoices.accept))
                button("Edit proposal").on("click", lambda: self._open_editor(lambda plans: plans.proposed))
                button("Reject").on("click", lambda: self._decide(PlanChoices.reject))

    def _show(self, plan: dict[str, Any]) -> None:
        text("p", plan["description"])
        if plan.get("fallback_reason"):
            text("p", f"Made by the rules instead: {plan['fallback_reason']}", "notice")
        text("h3", "Why")
        text("p", plan["rationale"])
        _citations(plan, self._entries)
        _lines("Assumed", plan.get("assumptions") or ())
        _lines("When to stop", plan.get("stop_conditions") or ())
        text("h3", "Music")
        text("p", attributes(plan))
        text("h3", "Sections")
        with (
            ui.element("div")
            .classes("scroll tall")
            .props('tabindex=0 role=region aria-label="Sections of the plan"')
        ):
            _sections(plan)

    def _ask_first(self, event: events.GenericEventArguments) -> None:
        self._decide(lambda plans: plans.ask_first(bool(event.args)))

    def _decide(self, decision: Callable[[PlanChoices], None]) -> None:
        try:
            decision(self._desk.running().plans)
        except AffectlabError as error:
            self._say(str(error))

    def _open_editor(self, which: Callable[[PlanChoices], InterventionPlan | None]) -> None:
        try:
            plans = self._desk.running().plans
        except AffectlabError as error:
            self._say(str(error))
            return
        plan = which(plans)
        if plan is not None:
            self._editor.open(plan, plans.limits)


def heading(event: PlanEvent, *, unblinded: bool) -> str:
    """Say who made a plan, when and why; a residual tells the arm, which listens or does not."""
    reason = event.reason if unblinded or not event.reason.startswith("residual") else "made again"
    return f"by {event.planner}, {clock(event.time)}, {reason}"


def by_field(plan: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is cited for each field, in the order of the fields."""
    order = list(WORDS)
    cited = sorted(plan.get("citations") or (), key=lambda one: order.index(one["field"]))
    groups = groupby(cited, key=lambda one: str(one["field"]))
    return [(WORDS[name], tuple(str(one["entry"]) for one in ones)) for name, ones in groups]


def attributes(plan: dict[str, Any]) -> str:
    """Say what the plan asks of the music."""
    music = plan["attributes"]
    return (
        f"{plan['tempo_bpm']:.0f} bpm, density {plan['texture_density']:.2f}, {music['mode']}, "
        f"{music['register']} register, {music['articulation']}; {', '.join(music['instruments'])}"
    )


def _citations(plan: dict[str, Any], entries: EntryDialog) -> None:
    found = by_field(plan)
    if not found:
        return
    text("h3", "Evidence")
    with ui.element("ul").classes("lines"):
        for words, names in found:
            with ui.element("li"):
                text("b", f"{words}: ")
                for name in names:
                    _citation(name, entries)


def _citation(name: str, entries: EntryDialog) -> None:
    made = button(name, "cite", aria_haspopup="dialog")
    made.on("click", lambda: entries.open(name))


def _lines(title: str, lines: Sequence[str]) -> None:
    if lines:
        text("h3", title)
        with ui.element("ul").classes("lines"):
            for line in lines:
                text("li", line)


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
