"""Setting up a session: source, decoder, goal, arm, minutes, seed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import events, ui
from pydantic import ValidationError

from affectlab.config import explain
from affectlab.decoding.registry import DECODERS
from affectlab.errors import AffectlabError, InvalidConfig
from affectlab.planning.goals import GOALS, parse_goal
from affectlab.session.config import ARMS, Arm, SessionConfig
from affectlab.studio.desk import Desk
from affectlab.studio.frame import button, entry, text
from affectlab.studio.panels.panel import panel

BLINDED = "blinded random"
FIELDS = ("source", "decoder", "person", "goal", "arm", "sham_from", "minutes", "seed")

_COLLECT = (
    "() => emit(Object.fromEntries("
    + repr([*FIELDS])
    + ".map((name) => [name, document.getElementById('set-' + name).value])))"
)


class SetupPanel:
    """A form; what it prepares waits for the participant."""

    def __init__(self, desk: Desk, say: Callable[[str], None]) -> None:
        self._desk, self._say = desk, say
        note = "prepares it; the participant's page then leads through it"
        with panel("New session", "", note), ui.element("div").classes("form"):
            self._fields(desk.defaults)
            self._prepare = button("Prepare session", "primary")
            self._prepare.on("click", self._ask, js_handler=_COLLECT)

    def _fields(self, config: SessionConfig) -> None:
        _field("source", "EEG source", config.source)
        _choice("decoder", "Decoder", ("auto", *DECODERS), config.decoder)
        _field("person", "Person's calibration", str(config.person or ""))
        _field("goal", "Goal (or v,a)", config.goal, listed=tuple(GOALS))
        _choice("arm", "Arm", (BLINDED, *ARMS), BLINDED)
        _field("sham_from", "Session that steers a sham", str(config.sham_from or ""))
        _field("minutes", "Minutes of music", f"{config.minutes:g}", "number min=0.1 max=240 step=any")
        _field("seed", "Seed", f"{config.seed}", "number min=0 step=1")

    async def _ask(self, event: events.GenericEventArguments) -> None:
        self._prepare.props("disabled")
        try:
            wanted, blinded = configured(self._desk.config.session, event.args)
            await self._desk.prepare(wanted, blinded=blinded)
            self._say("")
        except AffectlabError as error:
            self._say(str(error))
        finally:
            self._prepare.props(remove="disabled")

    def refresh(self) -> None:
        """Allow another session only when none is under way."""
        busy = self._desk.busy
        if ("disabled" in self._prepare.props) != busy:
            self._prepare.props(remove="disabled") if not busy else self._prepare.props("disabled")


def configured(defaults: SessionConfig, form: dict[str, Any]) -> tuple[SessionConfig, bool]:
    """Return the session a filled form asks for, and whether its arm was drawn blindly.

    Raises
    ------
    InvalidConfig
        In one line that names the field.
    """
    blinded = form["arm"] == BLINDED
    filled = {**form, "sham_from": form.get("sham_from") or None, "person": form.get("person") or None}
    arm = secrets.choice(possible_arms(filled)) if blinded else form["arm"]
    parse_goal(form["goal"])
    try:
        wanted = SessionConfig.model_validate({**defaults.to_json(), **filled, "arm": arm})
    except ValidationError as error:
        raise InvalidConfig(explain(error)) from None
    return wanted, blinded


def possible_arms(form: Mapping[str, Any]) -> tuple[Arm, ...]:
    """Return the arms a blinded draw may choose: a sham of real EEG needs another recorded session."""
    donor = form["sham_from"] or str(form["source"]).startswith("sim")
    return tuple(arm for arm in ARMS if donor or arm != "sham")


def _field(name: str, label: str, value: str, kind: str = "text", listed: Sequence[str] = ()) -> None:
    with ui.element("label"):
        text("span", label)
        made = entry(f"set-{name}", kind, value, "autocomplete=off spellcheck=false")
        if listed:
            made.props["list"] = f"list-{name}"
            with ui.element("datalist").props(f"id=list-{name}"):
                for one in listed:
                    text("option", one)


def _choice(name: str, label: str, values: Sequence[str], chosen: str) -> None:
    with ui.element("label"):
        text("span", label)
        with ui.element("select").props(f"id=set-{name}"):
            for value in values:
                option = text("option", value)
                if value == chosen:
                    option.props("selected")
