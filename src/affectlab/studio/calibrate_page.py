"""The page of a guided calibration: one thing at a time in large words, then what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import events, ui

from affectlab.decoding.personal_file import PersonFile
from affectlab.decoding.personal_gain import Verdict
from affectlab.signals.window import Window
from affectlab.studio.calibrating import CalibrationDesk, State
from affectlab.studio.failures import Alert, attempt
from affectlab.studio.frame import button, frame, notice, text
from affectlab.studio.panels.eeg import grade
from affectlab.studio.panels.panel import clock, signed
from affectlab.studio.participant import level_slider
from affectlab.studio.rating import sliders

REFRESH_SECONDS = 0.25
START = "() => { const p = window.affectlab.player; p.enable().then(() => p.tellPhase()); emit(); }"
STOP = "() => { window.affectlab.player.hush(); emit(); }"
ANSWER = "() => emit(+document.getElementById('pleasure').value, +document.getElementById('arousal').value)"
METRICS = {
    "nll": "surprise at your own answers (nats)",
    "ccc": "agreement (CCC)",
    "balanced_accuracy": "balanced accuracy",
    "ece": "calibration error (ECE)",
}
SECTIONS: dict[State, str] = {
    "none": "start",
    "ready": "doing",
    "doing": "doing",
    "rating": "rating",
    "fitting": "fitting",
    "done": "result",
    "failed": "start",
}


def calibrate_page(desk: CalibrationDesk) -> None:
    """Serve the page at ``/calibrate``."""

    @ui.page("/calibrate", title="Calibrate - affectlab", language="en-GB")
    def page() -> None:
        with frame("Calibrate", ("player.js", "participant.js")):
            ui.query("body").classes("page-session")
            CalibratePage(desk)


class CalibratePage:
    """One open page; it follows the calibration, so that a page opened later is at the same place."""

    def __init__(self, desk: CalibrationDesk) -> None:
        self._desk = desk
        self._shown = ""
        self._result_of: PersonFile | None = None
        notice("notice-lost", "The connection is interrupted; the calibration goes on.")
        self._failure = Alert()
        self._sections = {
            name: self._section(name, build)
            for name, build in (
                ("start", self._start),
                ("doing", self._doing),
                ("rating", self._rating),
                ("fitting", self._fitting),
                ("result", self._result),
            )
        }
        with ui.element("div").classes("bar").props('role=group aria-label="Calibration"') as self._bar:
            self._skip = button("Skip this step", "")
            self._skip.on("click", self._skipped)
            button("Stop", "danger", id="stop").on("click", self._stopped, js_handler=STOP)
        self._refresh()
        ui.timer(REFRESH_SECONDS, self._refresh)

    def _section(self, name: str, build: Callable[[], None]) -> ui.element:
        with ui.element("section").classes("step").props(f"aria-labelledby=h-{name}") as section:
            build()
        return section

    # What can be seen

    def _start(self) -> None:
        _heading("start", "Let the decoder get to know you")
        seconds = sum(step.seconds + 5 for step in self._desk.steps)
        text(
            "p",
            f"For about {round(seconds / 60)} minutes you are asked to rest, to count, to breathe slowly and "
            "to listen. A soft tone says when something changes. Nothing is a test of you.",
        )
        text(
            "p",
            "At the end you see whether the decoder became better for you. Where it did not, it stays as it "
            "is for everybody.",
            "small",
        )
        level_slider()
        button("Start", "primary").on("click", self._begin, js_handler=START)
        with ui.element("a").props("href=/").classes("small"):
            text("span", "Back to the session")

    def _doing(self) -> None:
        self._title = _heading("doing", "")
        self._words = text("p", "")
        self._countdown = text("p", "", "countdown")
        self._countdown.props("role=timer")
        self._place = text("p", "", "small centre")
        self._signal = text("p", "", "small centre")

    def _rating(self) -> None:
        _heading("rating", "How was that for you?")
        sliders()
        button("This is how it felt", "primary").on("click", self._answered, js_handler=ANSWER)

    def _fitting(self) -> None:
        _heading("fitting", "Thank you")
        text("p", "The decoder is being fitted and checked; this takes a few seconds.")

    def _result(self) -> None:
        _heading("result", "What came of it")
        self._outcome = ui.element("div")
        button("Calibrate again", "").on("click", self._again)
        with ui.element("a").props("href=/").classes("small"):
            text("span", "Go on to the session")

    # What the person does

    async def _begin(self) -> None:
        self._desk.put_away()
        await attempt(self._desk.start, self._failure.say)
        self._refresh()

    def _skipped(self) -> None:
        if self._desk.run is not None:
            self._desk.run.skip()

    def _stopped(self) -> None:
        self._desk.stop()
        self._refresh()

    def _answered(self, event: events.GenericEventArguments) -> None:
        valence, arousal = (min(max(float(value), 0.0), 1.0) for value in event.args)
        if self._desk.run is not None:
            self._desk.run.rate(valence, arousal)

    def _again(self) -> None:
        self._desk.put_away()
        self._refresh()

    # What the page shows

    def _refresh(self) -> None:
        state, moment = self._desk.state, self._desk.moment
        if SECTIONS[state] != self._shown:
            self._go_to(SECTIONS[state])
        running = state in {"ready", "doing", "rating"}
        self._bar.set_visibility(running)
        if state == "failed":
            self._failure.say(self._desk.failure)
        if moment is not None and running:
            self._title.say(moment.step.title)
            self._words.say(moment.step.words)
            self._countdown.say("get ready" if state == "ready" else clock(moment.left + 0.99))
            self._place.say(f"step {moment.number} of {moment.of}")
            self._signal.say(signal_in_words(self._desk.window))
            self._skip.set_visibility(not moment.step.reference)
        if state == "done" and self._desk.person is not self._result_of:
            self._show_result(self._desk.person)

    def _go_to(self, name: str) -> None:
        first, self._shown = self._shown == "", name
        for one, section in self._sections.items():
            section.set_visibility(one == name)
        if not first:
            # Focus follows the step, so that keyboard and screen reader are where the eye is.
            ui.run_javascript(f"document.getElementById('h-{name}')?.focus()")

    def _show_result(self, person: PersonFile | None) -> None:
        self._result_of = person
        self._outcome.clear()
        if person is None:
            return
        with self._outcome:
            text("p", baseline_in_words(person))
            for verdict in person.verdicts:
                text("p", verdict_in_words(verdict))
                _table(
                    ("on stretches it was not fitted on", "before", "after", "gain", "95 %"), gains(verdict)
                )
                _table(("said", "was so", "windows"), reliability(verdict))


def signal_in_words(window: Window | None) -> str:
    """Say how good the signal is, and which electrodes to look at."""
    if window is None:
        return "Signal: none yet"
    poor = [one.channel for one in window.quality if grade(one.score) == "poor"]
    if not poor:
        return "Signal: good"
    some = ", ".join(poor[:4]) + (" and others" if len(poor) > 4 else "")
    return f"Signal: look at {some}"


def baseline_in_words(person: PersonFile) -> str:
    """Say what is known of the person's rest."""
    return f"Your rest is known from {person.rest_seconds:.0f} seconds and {len(person.channels)} electrodes."


def verdict_in_words(verdict: Verdict) -> str:
    """Say whether the correction of an axis is used, and why."""
    state = "is used" if verdict.accepted else "is not used"
    return f"The correction of {verdict.axis} {state}: {verdict.reason}."


def gains(verdict: Verdict) -> list[tuple[str, ...]]:
    """Return the rows of the table of gains."""
    return [
        (
            METRICS[gain.metric],
            f"{gain.before:.2f}",
            f"{gain.after:.2f}",
            signed(gain.gain),
            f"{signed(gain.low)} to {signed(gain.high)}",
        )
        for gain in verdict.gains
    ]


def reliability(verdict: Verdict) -> list[tuple[str, ...]]:
    """Return the rows of the reliability table: how often it was so when the decoder said so."""
    return [(f"{said:.0%} high", f"{was:.0%}", f"{count}") for said, was, count in verdict.reliability]


def _heading(name: str, words: str) -> Any:
    heading = text("h1", words)
    heading.props(f"id=h-{name} tabindex=-1")
    return heading


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if not rows:
        return
    with ui.element("div").classes("scroll"), ui.element("table").classes("tight"):
        with ui.element("thead"), ui.element("tr"):
            for word in head:
                text("th", word)
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for cell in row:
                        text("td", cell)
