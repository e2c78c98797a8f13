"""A session from consent to summary: phases, requests from outside, and the thread that runs the loop."""

from __future__ import annotations

import queue
import secrets
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding import self_report
from affectlab.errors import RecordingError, SourceError
from affectlab.planning import parse_goal
from affectlab.session.brief import read_brief
from affectlab.session.build import Parts, build
from affectlab.session.bus import Bus
from affectlab.session.config import SessionConfig
from affectlab.session.course import Course, Phase
from affectlab.session.donor import donor_states
from affectlab.session.effort import Effort
from affectlab.session.events import Event, NoticeEvent, PageEvent, StateEvent
from affectlab.session.loop import Loop
from affectlab.session.plan_choices import PlanChoices
from affectlab.session.provenance import session_manifest
from affectlab.session.recorder import SessionRecorder, require_fresh_folder
from affectlab.session.summary import Summary, summarise
from affectlab.signals import Window

Pcm = NDArray[np.int16]

FADE_TICKS = 10
"""Rounds after Stop in which the music fades out and the last blocks are recorded."""


class Session:
    """One session with one person.

    Parameters
    ----------
    config
        The session, complete.
    folder
        Where to record; None keeps nothing (donors of sham sessions).
    command
        The affectlab command, for the manifest.
    automatic
        True starts the resting baseline and then the music without anyone pressing a button, and counts
        `config.minutes` from the start; False waits for `rest` and `play` and counts from the first music.
    """

    def __init__(
        self,
        config: SessionConfig,
        folder: Path | None,
        *,
        command: str = "session run",
        automatic: bool = False,
    ) -> None:
        self.config, self.folder, self._command, self._automatic = config, folder, command, automatic
        self.id = f"S-{secrets.token_hex(2).upper()}"
        self._events: Bus[Event] = Bus()
        self._requests: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._parts: Parts | None = None
        self._recorder: SessionRecorder | None = None
        self._states: list[StateEvent] = []
        self._course: Course | None = None
        self._effort = Effort()

    # What others may know

    @property
    def now(self) -> float:
        """Session seconds."""
        return self._loop.moment

    @property
    def channels(self) -> tuple[str, ...]:
        return self._loop.intake.channels

    @property
    def sfreq(self) -> float:
        return self._loop.intake.sfreq

    @property
    def phase(self) -> Phase:
        return "waiting" if self._course is None else self._course.phase

    @property
    def rested(self) -> bool:
        """True once a resting baseline was completed."""
        return self._course is not None and self._course.rested

    @property
    def rest_left(self) -> float:
        """Seconds of resting baseline still to go; 0 outside the resting phase."""
        return 0.0 if self._course is None else self._course.rest_left

    @property
    def recording_failure(self) -> RecordingError | None:
        """What stopped the recording, or None."""
        return None if self._recorder is None else self._recorder.failure

    def subscribe(self, on_event: Callable[[Event], None]) -> Callable[[], None]:
        """Receive every event, in the session's thread; returns the function that ends it."""
        return self._events.subscribe(on_event)

    def on_pcm(self, sink: Callable[[int, Pcm], None]) -> Callable[[], None]:
        """Receive every 20 ms block as (first frame, int16 of shape (960, 2)), in the session's thread."""
        return self._loop.pcm.subscribe(lambda block: sink(*block))

    def on_window(self, sink: Callable[[Window], None]) -> Callable[[], None]:
        """Receive every conditioned window, in the session's thread."""
        return self._loop.windows.subscribe(sink)

    # Requests from any thread, done at the next tick

    def rest(self) -> None:
        """Begin the resting baseline."""
        self._ask(Course.rest)

    def play(self) -> None:
        """Begin the music; the plan is made now."""
        self._ask(Course.play)

    def pause(self) -> None:
        self._ask(Course.pause)

    def resume(self) -> None:
        self._ask(Course.resume)

    def stop(self, reason: str = "stopped") -> None:
        """Fade out and end the session."""
        self._ask(lambda course: course.stop(reason))

    def rate(self, valence: float, arousal: float) -> None:
        """Take a self-report on the Affective Slider; raises `InvalidAffect` unless both are in [0, 1]."""
        self_report(valence, arousal, 0.0)
        self._ask(lambda course: course.rate(valence, arousal))

    def page(self, kind: str, data: dict[str, Any]) -> None:
        """Record what somebody did on a page."""
        self._requests.put(lambda: self._emit(PageEvent(time=self.now, kind=kind, data=data)))

    def choose_goal(self, goal: str) -> None:
        """Lead to another goal from now on; raises `InvalidConfig` for an unknown one."""
        target = parse_goal(goal)
        self._requests.put(lambda: self._parts_open.guidance.choose_goal(target, self.now))

    @property
    def plans(self) -> PlanChoices:
        """The plans of this session, and what the researcher may decide about them."""
        guidance = self._parts_open.guidance
        return PlanChoices(
            guidance.desk,
            guidance.limits,
            lambda act: self._requests.put(lambda: act(guidance.desk, self.now)),
        )

    # Life

    def open(self) -> None:
        """Connect the source and open the recording.

        Raises
        ------
        AffectlabError
            In one line, when the source, the sound or the folder cannot be used; nothing is left behind.
        """
        if self.folder is not None:
            require_fresh_folder(self.folder)
        left_out: list[str] = []
        sessions = None if self.folder is None else self.folder.parent
        brief = read_brief(self.config, sessions, left_out.append)
        donor = donor_states(self.config, _simulated_states)
        recorder = (
            None
            if self.folder is None
            else SessionRecorder(self.folder, patience=0.0 if self.config.speed == 1 else 30.0)
        )
        parts = build(self.config, brief=brief, donor=donor, emit=self._emit, recorder=recorder)
        intake = parts.loop.intake
        with ExitStack() as opened:
            opened.callback(parts.loop.engine.close)
            opened.callback(intake.close)
            if recorder is not None:
                recorder.begin(session_manifest(self.config, self._command, self.id, parts.music, brief))
                recorder.open_eeg("EEG", intake.channels, intake.sfreq, self.id)
            opened.pop_all()
        self._parts, self._recorder = parts, recorder
        self._events.subscribe(self._remember)
        self._course = Course(self.config, parts, automatic=self._automatic, emit=self._emit)
        self._course.enter("waiting", "connected")
        for kind, lines in (("units", parts.warnings), ("history", left_out)):
            for line in lines:
                self._emit(NoticeEvent(time=self.now, kind=kind, text=line))

    def run(self) -> Summary:
        """Run the clockwork until the session ends; blocks.

        Whatever breaks it off, the recording is closed whole and the device released.
        """
        from threadpoolctl import threadpool_limits

        try:
            with threadpool_limits(1):
                return self._finish(self._until_ending())
        except BaseException:
            self._abandon()
            raise

    def status(self) -> dict[str, Any]:
        """Figures of the session so far."""
        loop = self._loop
        recorded = 0 if self._recorder is None else self._recorder.samples_recorded
        return {
            "samples_in": loop.intake.samples,
            "samples_recorded": recorded,
            "windows": loop.window_count,
            "latency_ms": loop.latency_ms(),
            "underruns": loop.playback.underruns,
            "fallbacks": loop.engine.counts()["fallback_beats"],
            "audio": loop.engine.level(),
            "dose": loop.engine.dose(),
            "cpu_share": self._effort.share(),
            "planning": self._parts_open.guidance.desk.counts.to_json(),
        }

    # Inside the session's thread

    @property
    def _parts_open(self) -> Parts:
        if self._parts is None:
            raise AssertionError("the session is not open")
        return self._parts

    @property
    def _course_open(self) -> Course:
        if self._course is None:
            raise AssertionError("the session is not open")
        return self._course

    @property
    def _loop(self) -> Loop:
        return self._parts_open.loop

    def _emit(self, event: Event) -> None:
        if self._recorder is not None:
            self._recorder.event(event)
        self._events.emit(event)

    def _remember(self, event: Event) -> None:
        if isinstance(event, StateEvent):
            self._states.append(event)

    def _ask(self, action: Callable[[Course], None]) -> None:
        self._requests.put(lambda: action(self._course_open))

    def _until_ending(self) -> str:
        """Run round after round; return why the session ends."""
        course = self._course_open
        self._effort = Effort()
        self._loop.start()
        if self._automatic:
            course.rest()
        while course.ending is None:
            self._loop.round()
            self._serve_requests()
            course.move_on()
        return course.ending

    def _serve_requests(self) -> None:
        while not self._requests.empty():
            self._requests.get_nowait()()

    def _finish(self, reason: str) -> Summary:
        self._loop.engine.stop()
        for _ in range(FADE_TICKS):
            self._loop.sound_out()
        self._parts_open.guidance.desk.close(self.now)
        self._disconnect()
        self._course_open.enter("ended", reason)
        if self._recorder is None:
            return self._summary(reason)
        self._recorder.stop()
        summary = self._summary(reason)
        self._recorder.finish(summary.to_json())
        return summary

    def _disconnect(self) -> None:
        """Release device and music; a device that refuses must not cost the recording its end."""
        self._loop.engine.close()
        try:
            self._loop.intake.close()
        except SourceError as error:
            self._emit(NoticeEvent(time=self.now, kind="source", text=str(error)))

    def _abandon(self) -> None:
        self._parts_open.guidance.desk.close(self.now)
        if self._recorder is not None:
            self._recorder.abandon()
        self._loop.engine.close()
        with suppress(SourceError):  # what broke the session off is the error to tell
            self._loop.intake.close()

    def _summary(self, reason: str) -> Summary:
        target = self._parts_open.guidance.goal.target
        goal = (target.valence, target.arousal)
        return summarise(self.status(), self._states, goal, self._course_open.music_from, reason)


def _simulated_states(config: SessionConfig) -> list[StateEvent]:
    """Run a session that keeps nothing but its decoded states."""
    states: list[StateEvent] = []
    donor = Session(config, None, automatic=True)
    donor.subscribe(lambda event: states.append(event) if isinstance(event, StateEvent) else None)
    donor.open()
    donor.run()
    return states
