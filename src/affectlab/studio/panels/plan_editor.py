"""The researcher's editor of a plan: a form that sends nothing while something in it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from nicegui import events, ui

from affectlab.errors import AffectlabError
from affectlab.music.instruments import INSTRUMENTS
from affectlab.planning.limits import PlanLimits
from affectlab.planning.plan import InterventionPlan
from affectlab.studio.desk import Desk
from affectlab.studio.frame import Text, button, entry, text
from affectlab.studio.panels.panel import clock
from affectlab.studio.panels.plan_form import CHOICES, WORDS, Edited, edited, form_of

_COLLECT = (
    "() => emit(Object.fromEntries([...document.querySelectorAll('#plan-editor [data-field]')]"
    ".map((field) => [field.dataset.field, field.value])))"
)
_SECTIONS = {"section_dynamics": "Dynamics", "trajectory": "Targets"}


class PlanEditor:
    """A dialog with a form; what is put in force goes through the session's own checks once more."""

    def __init__(self, desk: Desk, say: Callable[[str], None]) -> None:
        self._desk, self._say = desk, say
        self._before: InterventionPlan | None = None
        self._beside: dict[str, Text] = {}
        with ui.element("dialog").props("id=plan-editor aria-labelledby=plan-editor-head").classes("wide"):
            text("h2", "Edit the plan").props("id=plan-editor-head")
            self._form = ui.element("div").classes("stacked")
            self._form.on("change", self._check, js_handler=_COLLECT)
            with ui.element("div").classes("row"):
                button("Cancel").on("click", js_handler=_closing())
                self._send = button("Put in force", "primary")
                self._send.on("click", self._put_in_force, js_handler=_COLLECT)

    def open(self, plan: InterventionPlan, limits: PlanLimits) -> None:
        """Show the form of a plan, the proposed one or the one in force."""
        self._before = plan
        self._form.clear()
        with self._form:
            self._fields(plan, limits)
        ui.run_javascript("document.getElementById('plan-editor').showModal()")

    def _fields(self, plan: InterventionPlan, limits: PlanLimits) -> None:
        shown = form_of(plan)
        with ui.element("div").classes("form"):
            self._number("tempo_bpm", f"Tempo, {_between(limits.tempo_bpm)} bpm", shown)
            self._number("texture_density", f"Density, {_between(limits.density)}", shown)
            for name, values in CHOICES.items():
                self._choice(name, values, shown[name])
        with ui.element("label"):
            text("span", "Instruments, with commas", "small")
            field = entry("edit-instruments", "text", shown["attributes.instruments"], "autocomplete=off")
            self._name(field, "attributes.instruments")
        allowed = [name for name in sorted(INSTRUMENTS) if name not in limits.avoid]
        text("p", f"There are: {', '.join(allowed)}.", "small")
        self._message("attributes.instruments")
        text("h3", f"Sections: dynamics {_between(limits.dynamics)}, valence and arousal −1 to 1")
        with (
            ui.element("div")
            .classes("scroll tall")
            .props('tabindex=0 role=region aria-label="Sections to edit"')
        ):
            self._sections(plan, shown)
        for name in (*_SECTIONS, ""):
            self._message(name)

    def _number(self, name: str, label: str, shown: Mapping[str, str]) -> None:
        with ui.element("label"):
            text("span", label)
            self._name(entry(f"edit-{name}", "number", shown[name], "step=any"), name)
            self._message(name)

    def _choice(self, name: str, values: tuple[str, ...], chosen: str) -> None:
        with ui.element("label"):
            text("span", WORDS[name].capitalize())
            select = ui.element("select")
            self._name(select, name)
            with select:
                for value in values:
                    option = text("option", value)
                    if value == chosen:
                        option.props("selected")
            self._message(name)

    def _sections(self, plan: InterventionPlan, shown: Mapping[str, str]) -> None:
        with ui.element("table").classes("tight"):
            with ui.element("thead"), ui.element("tr"):
                for head in ("from", "dynamics", "valence", "arousal"):
                    text("th", head).props("scope=col")
            with ui.element("tbody"):
                for index in range(len(plan.trajectory)):
                    with ui.element("tr"):
                        begins = clock(index * plan.section_seconds)
                        text("td", begins)
                        for place in (f"section_dynamics.{index}", *_axes(index)):
                            self._cell(place, shown[place], begins)

    def _cell(self, name: str, value: str, begins: str) -> None:
        with ui.element("td"):
            field = entry(f"edit-{name.replace('.', '-')}", "number", value, "step=any")
            what = name.rpartition(".")[2] if name.startswith("trajectory") else "dynamics"
            field.props["aria-label"] = f"{what} from {begins}"
            self._name(field, name)

    def _name(self, field: ui.element, name: str) -> None:
        field.props["data-field"] = name
        field.props["aria-describedby"] = _identity(name)

    def _message(self, name: str) -> None:
        said = text("span", "", "wrong").props("role=alert")
        said.props["id"] = _identity(name)
        self._beside[name] = said

    def _check(self, event: events.GenericEventArguments) -> None:
        self._result(event.args)

    def _result(self, form: Mapping[str, Any]) -> Edited:
        """Say beside each field what is wrong with it; return the edited plan where nothing is."""
        before = self._before
        if before is None:
            return Edited()
        result = edited(before, form)
        messages = dict(result.messages)
        if result.plan is not None and self._desk.session is not None:
            found = self._desk.session.plans.problems(before, result.plan)
            by_field = groupby(found, key=lambda problem: problem.field)
            messages = {name: "; ".join(one.message for one in ones) for name, ones in by_field}
        self._show(messages)
        return Edited(messages=messages) if messages else result

    def _show(self, messages: Mapping[str, str]) -> None:
        grouped: dict[str, str] = {}
        for name, line in messages.items():
            here = name if name in self._beside else name.partition(".")[0]
            words = f"{_SECTIONS[here]}: {line}" if here in _SECTIONS else line
            grouped.setdefault(here if here in self._beside else "", words)
        for name, beside in self._beside.items():
            beside.say(grouped.get(name, ""))

    def _put_in_force(self, event: events.GenericEventArguments) -> None:
        result, before = self._result(event.args), self._before
        if result.plan is None or before is None:
            return
        try:
            self._desk.running().plans.edit(before, result.plan)
        except AffectlabError as error:
            self._say(str(error))
        ui.run_javascript(f"({_closing()})()")


def _closing() -> str:
    return "() => document.getElementById('plan-editor').close()"


def _axes(index: int) -> tuple[str, str]:
    return f"trajectory.{index}.valence", f"trajectory.{index}.arousal"


def _identity(name: str) -> str:
    """Return the id of the message of a field; those of sections share one."""
    kind = name.partition(".")[0] if name.startswith(tuple(_SECTIONS)) else name
    return f"wrong-{kind.replace('.', '-') or 'form'}"


def _between(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:g} to {bounds[1]:g}"
