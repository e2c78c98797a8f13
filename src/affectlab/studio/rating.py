"""The Affective Slider (Betella and Verschure 2016): two continuous scales, pleasure and arousal."""

from __future__ import annotations

from nicegui import events, ui

from affectlab.errors import AffectlabError
from affectlab.studio.desk import Desk
from affectlab.studio.faces import AWAKE, HAPPY, SAD, SLEEPY
from affectlab.studio.frame import button, entry, markup, text

QUESTION = "How do you feel right now?"


class AffectiveSlider:
    """Both sliders and a button, always there; it asks by itself now and then, without a sound or a flash."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._answered_at = 0.0
        text("h2", QUESTION)
        sliders()
        with ui.element("div").classes("row"):
            button("This is how I feel", "").on(
                "click",
                self._answer,
                js_handler="() => emit(+document.getElementById('pleasure').value, "
                "+document.getElementById('arousal').value)",
            )
            self._reply = text("span", "", "small")
            self._reply.props("role=status aria-live=polite")
        ui.timer(2.0, self._remind)

    def _answer(self, event: events.GenericEventArguments) -> None:
        valence, arousal = (min(max(float(value), 0.0), 1.0) for value in event.args)
        try:
            session = self._desk.running()
        except AffectlabError as error:
            self._reply.say(str(error))
            return
        session.rate(valence, arousal)
        self._answered_at = session.now
        self._reply.say("Thank you, noted.")

    def _remind(self) -> None:
        session = self._desk.session
        if session is None or self._desk.phase != "playing":
            return
        began = self._desk.view.phase_began("playing") or 0.0
        every = session.config.rating_seconds
        if every and session.now - max(self._answered_at, began) >= every:
            self._reply.say("When it suits you: has it changed?")


def sliders() -> None:
    """Show both scales, in the middle; their elements are called arousal and pleasure."""
    _scale("arousal", "Arousal, from sleepy to wide awake", SLEEPY, AWAKE)
    _scale("pleasure", "Pleasure, from unhappy to happy", SAD, HAPPY)


def _scale(name: str, label: str, low: str, high: str) -> None:
    with ui.element("div").classes("scale"):
        markup(low)
        entry(name, "range", "0.5", f'min=0 max=1 step=0.01 aria-label="{label}"')
        markup(high)
