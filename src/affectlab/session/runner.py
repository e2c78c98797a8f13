"""A session from consent to summary: phases, requests from outside, and the thread that runs the loop."""

from __future__ import annotations

import queue
import secrets
import time as wall
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import AffectlabError
from affectlab.planning import parse_goal
from affectlab.session.build import Parts, build
from affectlab.session.bus import Bus
from affectlab.session.clock import TICK
from affectlab.session.config import SessionConfig
from affectlab.session.donor import donor_states
from affectlab.session.events import Event, NoticeEvent, PageEvent, PhaseEvent, StateEvent
from affectlab.session.loop import Loop
from affectlab.session.provenance import session_manifest
from affectlab.session.recorder import SessionRecorder
from affectlab.session.summary import Summary, summarise
from affectlab.signals import Window

Phase = Literal["waiting", "resting", "playing", "paused", "ended"]
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
        self.phase: Phase = "waiting"
        self.rested = False
        self._events: Bus[Event] = Bus()
        self._requests: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._parts: Parts | None = None
        self._recorder: SessionRecorder | None = None
        self._states: list[StateEvent] = []
        self._music_from: float | None = None
        self._ends_at = config.minutes * 60 if automatic else np.inf
        self._rest_until = np.inf
        self._ending: str | None = None
        self._began_cpu = self._began_wall = 0.0

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
    def rest_left(self) -> float:
        """Seconds of resting baseline still to go; 0 outside the resting phase."""
        return max(0.0, self._rest_until - self.now) if self.phase == "resting" else 0.0

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
        self._requests.put(self._rest)

    def play(self) -> None:
        """Begin the music; the plan is made now."""
        self._requests.put(self._play)

    def pause(self) -> None:
        self._requests.put(self._pause)

    def resume(self) -> None:
        self._requests.put(self._resume)

    def stop(self, reason: str = "stopped") -> None:
        """Fade out and end the session."""
        self._requests.put(lambda: self._stop(reason))

    def rate(self, valence: float, arousal: float) -> None:
        """Take a self-report on the Affective Slider, each value in [0, 1]."""
        self._requests.put(lambda: self._rate(valence, arousal))

    def page(self, kind: str, data: dict[str, Any]) -> None:
        """Record what somebody did on a page."""
        self._requests.put(lambda: self._emit(PageEvent(time=self.now, kind=kind, data=data)))

    def choose_goal(self, goal: str) -> None:
        """Lead to another goal from now on; raises `InvalidConfig` for an unknown one."""
        target = parse_goal(goal)
        self._requests.put(lambda: self._parts_open.guidance.choose_goal(target, self.now))

    # Life

    def open(self) -> None:
        """Connect the source and open the recording.

        Raises
        ------
        AffectlabError
            In one line, when the source, the sound or the folder cannot be used; nothing is left behind.
        """
        donor = donor_states(self.config, _simulated_states)
        recorder = (
            None
            if self.folder is None
            else SessionRecorder(self.folder, patience=0.0 if self.config.speed == 1 else 30.0)
        )
        parts = build(self.config, donor=donor, emit=self._emit, recorder=recorder)
        if recorder is not None:
            try:
                recorder.begin(session_manifest(self.config, self._command, self.id, parts.music))
            except AffectlabError:
                parts.loop.intake.close()
                raise
            intake = parts.loop.intake
            recorder.open_eeg("EEG", intake.channels, intake.sfreq, self.id)
        self._parts, self._recorder = parts, recorder
        self._events.subscribe(self._remember)
        self._phase("waiting", "connected")

    def run(self) -> Summary:
        """Run the clockwork until the session ends; blocks."""
        from threadpoolctl import threadpool_limits

        self._began_cpu, self._began_wall = wall.process_time(), wall.perf_counter()
        with threadpool_limits(1):
            if self._automatic:
                self._rest()
            while self._ending is None:
                self._loop.round()
                self._serve_requests()
                self._move_on()
            return self._finish(self._ending)

    def status(self) -> dict[str, Any]:
        """Figures of the session so far."""
        loop, elapsed = self._loop, max(wall.perf_counter() - self._began_wall, 1e-9)
        recorded = 0 if self._recorder is None else self._recorder.samples_recorded
        return {
            "samples_in": loop.intake.samples,
            "samples_recorded": recorded,
            "windows": loop.window_count,
            "latency_ms": self._latency(),
            "underruns": loop.playback.underruns,
            "audio": loop.engine.level(),
            "dose": loop.engine.dose(),
            "cpu_share": round((wall.process_time() - self._began_cpu) / elapsed, 4),
        }

    # Inside the session's thread

    @property
    def _parts_open(self) -> Parts:
        if self._parts is None:
            raise AssertionError("the session is not open")
        return self._parts

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

    def _phase(self, phase: Phase, reason: str) -> None:
        self.phase = phase
        self._emit(PhaseEvent(time=self.now, phase=phase, reason=reason))

    def _serve_requests(self) -> None:
        while not self._requests.empty():
            self._requests.get_nowait()()

    def _move_on(self) -> None:
        loop = self._loop
        if self.phase == "resting" and loop.moment >= self._rest_until:
            self._rested()
        rater = self._parts_open.rater
        if self.phase == "playing" and rater is not None and rater.due(loop.moment):
            self._rate(*rater.answer(loop.moment))
        if loop.moment >= self._ends_at - TICK / 2:
            self._stop("the planned time is over")
        elif loop.intake.ended and self._ending is None:
            self._emit(NoticeEvent(time=self.now, kind="source", text="the recording being replayed is over"))
            self._stop("the source has ended")

    def _rest(self) -> None:
        self._rest_until = self.now + self.config.rest
        self._loop.resting_since = self.now
        self._phase("resting", f"resting baseline of {self.config.rest:.0f} s")

    def _rested(self) -> None:
        self._loop.resting_since = None
        self.rested = True
        if self._automatic:
            self._play()
        else:
            self._phase("waiting", "the resting baseline is complete")

    def _play(self) -> None:
        if self._music_from is not None:
            return
        self._loop.resting_since = None
        self._music_from = self.now
        if not self._automatic:
            self._ends_at = self.now + self.config.minutes * 60
        self._parts_open.guidance.begin(self.now, self._ends_at)
        self._loop.steering = True
        self._phase("playing", "music begins")

    def _pause(self) -> None:
        if self.phase == "playing":
            self._loop.engine.pause()
            self._loop.steering = False
            self._phase("paused", "paused on request")

    def _resume(self) -> None:
        if self.phase == "paused":
            self._loop.engine.resume()
            self._loop.steering = True
            self._phase("playing", "resumed on request")

    def _rate(self, valence: float, arousal: float) -> None:
        self._loop.rate(valence, arousal)
        data = {"valence": valence, "arousal": arousal, "simulated": self._parts_open.rater is not None}
        self._emit(PageEvent(time=self.now, kind="rating", data=data))

    def _stop(self, reason: str) -> None:
        if self._ending is None:
            self._ending = reason

    def _finish(self, reason: str) -> Summary:
        self._loop.engine.stop()
        for _ in range(FADE_TICKS):
            self._loop.sound_out()
        self._phase("ended", reason)
        self._loop.intake.close()
        if self._recorder is None:
            return self._summary(reason)
        self._recorder.stop()
        summary = self._summary(reason)
        self._recorder.finish(summary.to_json())
        return summary

    def _summary(self, reason: str) -> Summary:
        return summarise(self.status(), self._states, self.config, self._music_from, reason)

    def _latency(self) -> dict[str, dict[str, float]]:
        return {**self._loop.latency.summary(), "control_to_pcm": self._loop.engine.control_latency_ms()}


def _simulated_states(config: SessionConfig) -> list[StateEvent]:
    """Run a session that keeps nothing but its decoded states."""
    states: list[StateEvent] = []
    donor = Session(config, None, automatic=True)
    donor.subscribe(lambda event: states.append(event) if isinstance(event, StateEvent) else None)
    donor.open()
    donor.run()
    return states
