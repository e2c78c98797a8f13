"""The participant's page: consent, level, quiet minute, music, thanks; Stop always within reach."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import events, ui

from affectlab.studio.desk import Desk
from affectlab.studio.failures import Alert, attempt
from affectlab.studio.frame import Text, button, entry, frame, markup, notice, text
from affectlab.studio.rating import AffectiveSlider
from affectlab.studio.steps import Step
from affectlab.studio.wording import CALIBRATION, CONSENT

REFRESH_SECONDS = 0.5
IN_SESSION = frozenset({Step.REST, Step.BEGIN, Step.LISTEN, Step.PAUSED})
HEARING = frozenset({Step.LISTEN, Step.PAUSED})
ENABLE = "() => { window.affectlab.player.enable(); emit(); }"
"""Sound may only be switched on in the handler of a press."""


def participant_page(desk: Desk) -> None:
    """Serve the participant's page at ``/``."""

    @ui.page("/", title="Session - affectlab", language="en-GB")
    def page() -> None:
        with frame("Session", ("player.js", "participant.js")):
            ParticipantPage(desk)


class ParticipantPage:
    """One open page; it follows the session, so that a page opened later is at the same step."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._step: Step | None = None
        self._steps: dict[Step, ui.element] = {}
        self._notices()
        for step, build in self._builders().items():
            with ui.element("section").classes("step").props(f"aria-labelledby=h-{step}") as section:
                build()
            self._steps[step] = section
        self._stopped_here()
        with ui.element("div").classes("card hidden-step") as self._rating:
            AffectiveSlider(desk)
        self._session_bar()
        self._refresh()
        ui.timer(REFRESH_SECONDS, self._refresh)

    def _builders(self) -> dict[Step, Callable[[], None]]:
        return {
            Step.CONSENT: self._consent,
            Step.LEVEL: self._level,
            Step.READY: self._ready,
            Step.REST: self._rest,
            Step.BEGIN: self._begin,
            Step.LISTEN: self._listen,
            Step.PAUSED: self._paused,
            Step.THANKS: self._thanks,
        }

    # Steps

    def _consent(self) -> None:
        _heading(Step.CONSENT, "Before we begin")
        with ui.element("dl").classes("terms"):
            for term, words in CONSENT:
                text("dt", term)
                text("dd", words)
        with ui.element("label").classes("check"):
            ui.element("input").props("type=checkbox id=agree")
            text("span", "I have read this and want to take part.")
        self._begin_button = button("Continue", "primary")
        self._begin_button.on(
            "click",
            self._agreed,
            js_handler="() => { const box = document.getElementById('agree'); "
            "window.affectlab.player.enable(); emit(box.checked); if (!box.checked) box.focus(); }",
        )
        with ui.element("a").props("href=/calibrate").classes("small"):
            text("span", "First let the decoder get to know you (about five minutes)")

    def _level(self) -> None:
        _heading(Step.LEVEL, "Set a comfortable level")
        text(
            "p",
            "Put your headphones on. Play the sound, then move the slider up slowly until it is "
            "pleasant and clearly audible, not loud. The music will be about as loud.",
        )
        self._tone_button = button("Play test sound", "", aria_pressed="false")
        self._tone_button.on("click", self._toggle_tone, js_handler=ENABLE)
        level_slider()
        text("p", CALIBRATION, "small")
        button("This is comfortable", "primary").on(
            "click", self._levelled, js_handler="() => emit(window.affectlab.player.gainDb)"
        )

    def _ready(self) -> None:
        _heading(Step.READY, "A quiet moment first")
        rest = (
            self._desk.config.session.rest if self._desk.session is None else self._desk.session.config.rest
        )
        text(
            "p",
            f"For {_spoken(rest)} there is no music. Sit comfortably, relax your jaw and shoulders, "
            "look at one spot ahead and let your thoughts come and go. Please move as little as you can.",
        )
        button("Start the quiet time", "primary").on("click", lambda: self._ask("rest"))

    def _rest(self) -> None:
        _heading(Step.REST, "Quiet time")
        text("p", "Nothing to do. Breathe as it comes.")
        self._countdown = text("p", "", "countdown")
        self._countdown.props("role=timer")

    def _begin(self) -> None:
        _heading(Step.BEGIN, "Ready for the music")
        text("p", "From now on just listen. You can pause or stop whenever you like.")
        button("Start the music", "primary").on(
            "click",
            lambda: self._ask("play"),
            js_handler=ENABLE,
        )

    def _listen(self) -> None:
        _heading(Step.LISTEN, "Listening")
        text("p", "Close your eyes if you like.")
        markup('<span class="breath" aria-hidden="true"><i></i></span>')
        self._left = text("p", "", "small centre")

    def _paused(self) -> None:
        _heading(Step.PAUSED, "Paused")
        text("p", "Take your time.")

    def _thanks(self) -> None:
        _heading(Step.THANKS, "Thank you")
        self._ended = text("p", "The session is over. You may take the headphones off.")
        button("Begin another session", "").on("click", self._another)

    # Around the steps

    def _notices(self) -> None:
        self._live = text("div", "", "visually-hidden")
        self._live.props("role=status aria-live=polite")
        notice("notice-lost", "The connection is interrupted. The music fades out and comes back by itself.")
        notice(
            "notice-insecure",
            "No sound is possible here: browsers allow it on the studio's own machine or over HTTPS only.",
        )
        with notice("notice-busy", "This session is already playing in another window."):
            button("Take over", "", data_player="takeOver")
        with notice("notice-silent", "The session is running; this window is still silent."):
            button("Continue listening", "primary", data_player="enable")
        self._failure = Alert()

    def _stopped_here(self) -> None:
        with (
            ui.element("section").classes("step stopped").props("id=stopped-here hidden aria-live=assertive")
        ):
            text("h1", "Stopped")
            text("p", "The sound is off. You may take the headphones off.")

    def _session_bar(self) -> None:
        with ui.element("div").classes("bar").props('role=group aria-label="Session"') as self._bar:
            self._pause_button = button("Pause", "")
            self._pause_button.on("click", lambda: self._ask("pause"))
            self._resume_button = button("Resume", "primary")
            self._resume_button.on(
                "click",
                lambda: self._ask("resume"),
                js_handler=ENABLE,
            )
            button("Stop", "danger", data_player="stop", id="stop")
        self._id = text("p", "", "small centre session-id")

    # What the participant does

    async def _agreed(self, event: events.GenericEventArguments) -> None:
        if not event.args:
            self._failure.say("Please tick the box first; without your consent nothing is recorded.")
            return

        async def begin() -> None:
            await self._desk.ensure()
            self._desk.complete(Step.CONSENT, {"agreed": True})

        self._begin_button.props("disabled")
        await self._attempt(begin)
        self._begin_button.props(remove="disabled")

    def _toggle_tone(self) -> None:
        tone = self._desk.tone
        (tone.stop if tone.on else tone.start)()

    async def _levelled(self, event: events.GenericEventArguments) -> None:
        async def levelled() -> None:
            self._desk.tone.stop()
            self._desk.complete(Step.LEVEL, {"gain_db": float(event.args), "calibration": CALIBRATION})

        await self._attempt(levelled)

    async def _ask(self, request: str) -> None:
        async def ask() -> None:
            session = self._desk.running()
            session.page("button", {"button": request})
            getattr(session, request)()

        await self._attempt(ask)

    def _another(self) -> None:
        self._desk.put_away()
        self._refresh()

    async def _attempt(self, action: Callable[[], Awaitable[None]]) -> None:
        await attempt(action, self._failure.say)
        self._refresh()

    # What the page shows

    def _refresh(self) -> None:
        step = self._desk.step()
        if step is not self._step:
            self._go_to(step)
        session = self._desk.session
        self._id.say(f"Session {session.id}" if session is not None else "")
        self._tone_button.props["aria-pressed"] = "true" if self._desk.tone.on else "false"
        if self._desk.failure:
            self._failure.say(self._desk.failure)
        if session is not None and step is Step.REST:
            self._countdown.say(_clock(session.rest_left))
        if session is not None and step is Step.LISTEN:
            self._left.say(self._time_left(session.config.minutes, session.now))

    def _time_left(self, minutes: float, now: float) -> str:
        began = next((phase.time for phase in self._desk.view.phases if phase.phase == "playing"), now)
        left = max(0.0, minutes * 60 - (now - began))
        return f"about {_spoken(left)} left"

    def _go_to(self, step: Step) -> None:
        first, self._step = self._step is None, step
        for name, section in self._steps.items():
            section.set_visibility(name is step)
        self._rating.set_visibility(step in HEARING)
        self._bar.set_visibility(step in IN_SESSION)
        self._pause_button.set_visibility(step is Step.LISTEN)
        self._resume_button.set_visibility(step is Step.PAUSED)
        if not first:
            # Focus follows the step, so that keyboard and screen reader are where the eye is.
            ui.run_javascript(f"document.getElementById('h-{step}')?.focus()")


def _heading(step: Step, words: str) -> Text:
    heading = text("h1", words)
    heading.props(f"id=h-{step} tabindex=-1")
    return heading


def level_slider() -> None:
    """Show the slider of the page's own volume."""
    with ui.element("div").classes("level"):
        with ui.element("label").props("for=level"):
            text("span", "Level")
        entry("level", "range", "-30", "min=-40 max=0 step=1")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    return f"{round(seconds / 60)} minutes"
