"""The closed loop, live: one thread that turns samples into sound every 20 ms."""

from __future__ import annotations

import time as wall
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState
from affectlab.decoding import Decoder, self_report, without_prior
from affectlab.music import SFREQ_AUDIO, MusicEngine, PcmBlock
from affectlab.session.arms import ArmDriver
from affectlab.session.belief import Belief
from affectlab.session.bus import Bus
from affectlab.session.clock import TICK, SessionClock
from affectlab.session.config import SessionConfig
from affectlab.session.events import (
    BeatEvent,
    Event,
    LatencyEvent,
    NoticeEvent,
    QualityEvent,
    StateEvent,
)
from affectlab.session.guidance import Guidance
from affectlab.session.intake import Intake
from affectlab.session.latency import LatencyLog, PlaybackBuffer
from affectlab.session.recorder import SessionRecorder
from affectlab.session.steady_decoder import SteadyDecoder
from affectlab.signals import Window, liblsl

Pcm = NDArray[np.int16]
Truth = Callable[[float], tuple[float, float]]

FRAMES = round(TICK * SFREQ_AUDIO)
MOST_TICKS = 5
"""Ticks that one round may stand for when the machine is behind: a tenth of a second of sound."""

LATENCY_EVERY = 10.0
"""Seconds between latency records."""

STALE = 5.0
"""Seconds of age beyond which a time stamp comes from a clock that was set rather than from delay (ours)."""

NOTHING = {"p50": 0.0, "p99": 0.0, "max": 0.0, "n": 0}
"""The latency of a stage that nothing has passed."""


class Loop:
    """The rounds of one session. Everything here runs in the thread that calls `round`.

    Parameters
    ----------
    intake, decoder, driver, guidance, engine
        The stages, in the order a sample passes them.
    recorder
        Writes what happens; None to keep nothing (donors of sham sessions).
    truth
        The simulated listener's state at a session time, for the record only.
    """

    def __init__(
        self,
        config: SessionConfig,
        clock: SessionClock,
        intake: Intake,
        decoder: Decoder,
        driver: ArmDriver,
        guidance: Guidance,
        engine: MusicEngine,
        *,
        emit: Callable[[Event], None],
        recorder: SessionRecorder | None,
        truth: Truth | None,
    ) -> None:
        self.config, self.clock, self.intake = config, clock, intake
        self._decoder = SteadyDecoder(decoder)
        self._driver, self._guidance, self.engine = driver, guidance, engine
        self._emit, self._recorder, self._truth = emit, recorder, truth
        self.belief = Belief()
        self.latency = LatencyLog()
        self.playback = PlaybackBuffer()
        self.pcm: Bus[tuple[int, Pcm]] = Bus()
        self.windows: Bus[Window] = Bus()
        self.window_count = 0
        self.resting_since: float | None = None
        self.steering = False
        self._ticks = 0
        self._latency_at = 0.0
        self._failing: set[str] = set()
        self._silent_failures = 0
        self._tick_wall = 0.0

    @property
    def moment(self) -> float:
        """Session seconds up to which the rounds have come."""
        return self._ticks * TICK

    def start(self) -> None:
        """Make this moment session second 0."""
        self.clock.start()
        self.intake.begin(liblsl.clock())

    def round(self) -> None:
        """Do the work of one tick; when behind in real time, of several at once, which costs hardly more."""
        self._ticks += 1
        lateness = self.clock.sleep_until(self.moment)
        self._tick_wall = wall.perf_counter()
        self.latency.add("lateness", lateness)
        overdue = self._overdue(lateness)
        self._ticks += overdue
        arrival = self.intake.round(self.moment)
        for event in arrival.events:
            self._notice(event.kind, event.text, self._credible(event.time))
        if arrival.chunk is not None and self._recorder is not None:
            self._recorder.eeg(arrival.chunk)
        for window in arrival.windows:
            self._window(replace(window, time=self._credible(window.time)), window.time)
        self._sound(lateness, 1 + overdue)
        self._report()

    def _overdue(self, lateness: float) -> int:
        """Return how many further ticks are due already; none where time may be made to wait."""
        return min(int(lateness / TICK), MOST_TICKS - 1) if self.clock.speed == 1 else 0

    def sound_out(self) -> None:
        """Let the music fade: a tick of sound without any EEG."""
        self._ticks += 1
        self._sound(self.clock.sleep_until(self.moment), 1)

    def latency_ms(self) -> dict[str, dict[str, float]]:
        """Return stage to p50, p99, max and n over the whole session."""
        passed = {"sample_to_control": NOTHING, **self.latency.summary()}
        return {**passed, "control_to_pcm": self.engine.control_latency_ms()}

    def rate(self, valence: float, arousal: float) -> None:
        """Fuse a self-report given on the Affective Slider, each value in [0, 1]."""
        rating = self_report(valence, arousal, self.moment)
        self.belief.reported(rating)
        self._driver.reported(rating)

    def _credible(self, stamp: float) -> float:
        """Return `stamp`, or this moment where it lies in the future or too far back.

        A device whose clock is set leaps through session time; its evidence is as old as its arrival.
        """
        return stamp if self.moment - STALE <= stamp <= self.moment else self.moment

    def _window(self, window: Window, stamp: float) -> None:
        """Decode a window and steer by it; `stamp` is the device's own time of its last sample."""
        self.window_count += 1
        before = wall.perf_counter()
        resting = self.resting_since is not None and window.time - 4.0 >= self.resting_since
        if resting:
            self._decoder.observe_rest(window)
        decoded = self._decoder.decode(window)
        self.latency.add("decode", wall.perf_counter() - before)
        self._watch("decoder", self._decoder.failure, "nothing is measured and the music goes on")
        measured = without_prior(decoded)
        if measured is not None:
            self.belief.decoded(measured)
            self._driver.decoded(measured)
        self._steer(stamp)
        self._emit_window(window, decoded, resting)
        self.windows.emit(window)

    def _steer(self, stamp: float) -> None:
        """Hand the music engine what the newest sample, stamped `stamp`, asks for."""
        before = wall.perf_counter()
        control = self._guidance.step(self.moment) if self.steering else None
        if control is not None:
            self.engine.set_control(control, at=self.moment)
        self.latency.add("decide", wall.perf_counter() - before)
        self.latency.add("sample_to_control", self._since(stamp))

    def _since(self, stamp: float) -> float:
        """Return wall seconds since session second `stamp`; at unlimited speed, since this round began."""
        if np.isinf(self.clock.speed):
            return wall.perf_counter() - self._tick_wall
        return max(0.0, self.clock.now - stamp) / self.clock.speed

    def _sound(self, lateness: float, ticks: int) -> None:
        """Render and deliver the sound of `ticks` ticks, the first of them `lateness` wall seconds late."""
        before = wall.perf_counter()
        block = self.engine.render(FRAMES * ticks)
        pcm = block.to_pcm16()
        if self._recorder is not None:
            self._recorder.audio(pcm)
        for start in range(0, len(pcm), FRAMES):
            self.pcm.emit((block.first_frame + start, pcm[start : start + FRAMES]))
        taken = wall.perf_counter() - before
        self.latency.add("render", taken)
        for tick in range(ticks):
            late = max(0.0, lateness - tick * TICK) + taken
            self.playback.deliver(late if np.isfinite(self.clock.speed) else 0.0)
        self._driver.hear(self.engine.sounding(self.moment), self.moment)
        self._emit_beats(block)
        self._watch_music(block)

    def _emit_beats(self, block: PcmBlock) -> None:
        for event in block.events:
            beat = event.beat
            self._emit(
                BeatEvent(
                    time=event.start_frame / SFREQ_AUDIO,
                    bar=beat.bar,
                    beat=beat.beat,
                    notes=len(beat.notes),
                    valence=round(beat.valence, 4),
                    arousal=round(beat.arousal, 4),
                    tempo_bpm=round(beat.tempo_bpm, 3),
                    density=round(beat.density, 4),
                    dynamics=round(beat.dynamics, 4),
                    facts=beat.facts,
                )
            )

    def _emit_window(self, window: Window, decoded: AffectState, resting: bool) -> None:
        belief = self.belief.state
        self._emit(
            StateEvent(
                time=window.time,
                decoder=self._decoder.name,
                decoded_mean=_pair(decoded),
                decoded_covariance=_spread(decoded),
                belief_mean=_pair(belief),
                belief_covariance=_spread(belief),
                resting=resting,
                usable_share=round(float(np.mean(window.usable > 0.5)), 3),
                reason=self._decoder.reason,
                truth=None if self._truth is None else self._truth(window.time),
            )
        )
        self._emit(
            QualityEvent(
                time=window.time,
                scores={one.channel: round(one.score, 3) for one in window.quality},
                reasons={one.channel: one.reasons for one in window.quality if one.reasons},
            )
        )

    def _watch_music(self, block: PcmBlock) -> None:
        for event in block.events:
            self._watch("composer", event.failure, "its last chord is held")
            relieved = event.beat.facts.get("relieved")
            self._watch("learned composer", relieved, "the rules play until it has caught up")
        failures = self.engine.counts()["synthesiser_failures"]
        failure = f"{self.engine.synthesiser} failed" if failures > self._silent_failures else None
        self._silent_failures = failures
        self._watch("synthesiser", failure, "what it cannot play is silent")

    def _watch(self, what: str, failure: str | None, consequence: str) -> None:
        """Tell people once when a part begins to fail."""
        if failure is None:
            self._failing.discard(what)
        elif what not in self._failing:
            self._failing.add(what)
            self._notice(what, f"the {what} failed ({failure}): {consequence}", self.moment)

    def _notice(self, kind: str, text: str, time: float) -> None:
        self._emit(NoticeEvent(time=time, kind=kind, text=text))

    def _report(self) -> None:
        failure = None if self._recorder is None else self._recorder.failure
        self._watch("recording", None if failure is None else str(failure), "the music goes on")
        if self.moment - self._latency_at >= LATENCY_EVERY:
            self._latency_at = self.moment
            self._emit(LatencyEvent(time=self.moment, stages=self.latency.since_last()))


def _pair(state: AffectState) -> tuple[float, float]:
    return (round(state.valence, 4), round(state.arousal, 4))


def _spread(state: AffectState) -> tuple[float, float, float]:
    (vv, va), (_, aa) = state.covariance.tolist()
    return (round(vv, 5), round(va, 5), round(aa, 5))
