"""A guided calibration: leads a person through a few minutes of known states and collects what is decoded."""

from __future__ import annotations

import math
import queue
from bisect import bisect_right
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Literal

from affectlab.decoding.personal_calibration import PersonalCalibration
from affectlab.errors import DecodingError
from affectlab.music import SFREQ_AUDIO, MusicEngine, make_composer, make_synthesiser
from affectlab.session.build import chain_config, patience
from affectlab.session.bus import Bus
from affectlab.session.clock import TICK, SessionClock
from affectlab.session.config import SignalConfig
from affectlab.session.guided_sound import GuidedSound, Pcm
from affectlab.session.guided_steps import STEPS, GuidedStep, Point, require_baseline
from affectlab.session.intake import Intake
from affectlab.session.rater import SimulatedRater
from affectlab.signals import Receiver, SignalChain, SimulatedSource, Window, liblsl, open_source

Phase = Literal["ready", "doing", "rating", "over"]

FRAMES = round(TICK * SFREQ_AUDIO)


@dataclass(frozen=True, slots=True)
class GuidedConfig:
    """A guided calibration, complete.

    Parameters
    ----------
    source, seed, speed, signals, synth
        As for a session.
    steps
        What the person is asked to do, the resting baseline first.
    ready_seconds
        Time to read and settle before a step counts, ≥ 0.
    asks
        Whether somebody is there to rate excerpts, whom the run waits for; else simulated listeners answer
        themselves, and excerpts that other sources hear are not used.
    """

    source: str = "sim"
    steps: tuple[GuidedStep, ...] = STEPS
    ready_seconds: float = 5.0
    asks: bool = False
    seed: int = 0
    speed: float = 1.0
    synth: str = "auto"
    signals: SignalConfig = field(default_factory=SignalConfig)

    @property
    def seconds(self) -> float:
        """Planned length, without the time people take to rate."""
        return sum(self.ready_seconds + step.seconds for step in self.steps)


@dataclass(frozen=True, slots=True)
class GuidedMoment:
    """Where a calibration is.

    Parameters
    ----------
    phase
        "ready" (reading, settling), "doing", "rating" (waits for the person's answer) or "over".
    step
        The step at hand; the last one when over.
    number, of
        Its place, from 1, and how many there are.
    left
        Seconds left of this phase; 0 while rating.
    done
        Share of the planned time that has passed, in [0, 1].
    """

    phase: Phase
    step: GuidedStep
    number: int
    of: int
    left: float
    done: float


class GuidedRun:
    """One person, once through the steps. `run` blocks; everything else may be called from any thread.

    Parameters
    ----------
    config
        What is done.
    calibration
        Collects what is decoded.
    """

    def __init__(self, config: GuidedConfig, calibration: PersonalCalibration) -> None:
        require_baseline(config.steps)
        self.config, self.calibration = config, calibration
        self.pcm: Bus[tuple[int, Pcm]] = Bus()
        self.windows: Bus[Window] = Bus()
        self.ratings: dict[str, Point] = {}
        self.skipped: list[str] = []
        self.ended_early = ""
        self._requests: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._opened: _Opened | None = None
        self._index, self._began, self._ticks = 0, 0.0, 0
        self._phase: Phase = "ready"
        self._drawn: tuple[list[float], list[Point | None]] = ([], [])

    @property
    def channels(self) -> tuple[str, ...]:
        return self._parts.intake.channels

    @property
    def sfreq(self) -> float:
        return self._parts.intake.sfreq

    @property
    def now(self) -> float:
        """Session seconds."""
        return self._ticks * TICK

    @property
    def moment(self) -> GuidedMoment:
        """Where the calibration is."""
        index, phase, began = self._index, self._phase, self._began
        steps, ready = self.config.steps, self.config.ready_seconds
        step = steps[min(index, len(steps) - 1)]
        length = {"ready": ready, "doing": step.seconds}.get(phase, 0.0)
        left = max(0.0, began + length - self.now)
        here = {"ready": ready - left, "doing": ready + step.seconds - left, "rating": ready + step.seconds}
        passed = sum(ready + one.seconds for one in steps[:index]) + here.get(phase, 0.0)
        number = min(index + 1, len(steps))
        return GuidedMoment(phase, step, number, len(steps), left, min(1.0, passed / self.config.seconds))

    def labels(self) -> Mapping[str, tuple[float, float]]:
        """Return step to the (valence, arousal) it counts as, NaN where unknown; unrated steps are absent."""
        assumed = {
            step.name: (math.nan, step.arousal) for step in self.config.steps if step.arousal is not None
        }
        return {**assumed, **self.ratings}

    def skip(self) -> None:
        """Go on to the next step and use nothing of this one; the baseline cannot be skipped."""
        self._requests.put(self._skip)

    def rate(self, valence: float, arousal: float) -> None:
        """Answer, by the two sliders of the Affective Slider, each in [0, 1], how the excerpt felt."""
        self._requests.put(lambda: self._rated((2 * valence - 1, 2 * arousal - 1)))

    def stop(self, reason: str) -> None:
        """End here."""
        self._requests.put(lambda: self._end(reason))

    def open(self) -> None:
        """Connect the source.

        Raises
        ------
        AffectlabError
            In one line, when the source or the sound cannot be used; nothing is left open.
        """
        self._opened = _open(self.config, self._heard)
        self.calibration.begin(self.channels)

    def run(self) -> None:
        """Lead through the steps until they are over; blocks.

        Raises
        ------
        DecodingError
            If the run ended before there was a resting baseline.
        """
        from threadpoolctl import threadpool_limits

        try:
            with threadpool_limits(1):
                self._until_over()
        finally:
            self._parts.intake.close()
        if self.calibration.reference is None:
            why = self.ended_early or "the signal was too poor"
            raise DecodingError(
                f"no resting baseline could be made: {why}; check the electrodes and begin again, keeping "
                "still with eyes open"
            )

    @property
    def _parts(self) -> _Opened:
        if self._opened is None:
            raise AssertionError("the calibration is not open")
        return self._opened

    def _until_over(self) -> None:
        parts = self._parts
        parts.clock.start()
        parts.intake.begin(liblsl.clock())
        self._enter(0, "ready")
        while self._phase != "over":
            self._ticks += 1
            parts.clock.sleep_until(self.now)
            for window in parts.intake.round(self.now).windows:
                self._take(window)
            first, pcm = parts.sound.block(FRAMES)
            self.pcm.emit((first, pcm))
            while not self._requests.empty():
                self._requests.get_nowait()()
            self._move_on()

    def _take(self, window: Window) -> None:
        """Use a window that lies wholly within what the person was asked to do."""
        self.windows.emit(window)
        begin = window.time - window.data.shape[1] / window.sfreq
        if self._phase != "doing" or begin < self._began:
            return
        step = self.config.steps[self._index]
        if step.reference:
            self.calibration.rest(window)
        else:
            self.calibration.observe(step.name, window)

    def _move_on(self) -> None:
        if self._phase == "over":
            return
        if self._parts.intake.ended:
            self._end("the recording being replayed is over")
        elif self._phase == "rating":
            self._settle_rating()
        elif self.moment.left <= TICK / 2:
            self._next()

    def _next(self) -> None:
        step = self.config.steps[self._index]
        if self._phase == "ready":
            self._enter(self._index, "doing")
        elif step.reference and not self.calibration.set_reference():
            self._end("the signal was too poor at rest")
        elif step.rated:
            self._enter(self._index, "rating")
        else:
            self._enter(self._index + 1, "ready")

    def _enter(self, index: int, phase: Phase) -> None:
        """Go over to a phase of a step; past the last step the run is over."""
        self._index, self._began = index, self.now
        self._phase = "over" if index >= len(self.config.steps) else phase
        sound = self._parts.sound
        sound.ring()
        if self._phase in {"rating", "over"}:
            sound.hush()
        step = None if self._phase in {"rating", "over"} else self.config.steps[index]
        if step is not None and step.music is not None and phase == "ready":
            sound.play(*step.music, self.now)
        self._drawn[0].append(self.now)
        self._drawn[1].append(None if step is None or step.music is not None else step.instructed)

    def _end(self, reason: str) -> None:
        self.ended_early = self.ended_early or reason
        self._enter(len(self.config.steps), "over")

    def _skip(self) -> None:
        if self._phase == "over" or self.config.steps[self._index].reference:
            return
        name = self.config.steps[self._index].name
        self.skipped.append(name)
        self.calibration.forget(name)
        self._parts.sound.hush()
        self._enter(self._index + 1, "ready")

    def _rated(self, point: Point) -> None:
        if self._phase == "rating":
            self.ratings[self.config.steps[self._index].name] = point
            self._enter(self._index + 1, "ready")

    def _settle_rating(self) -> None:
        """Where nobody is asked, let a simulated listener answer; a real one then leaves it open."""
        rater = self._parts.rater
        if self.config.asks:
            return
        if rater is None:
            self._enter(self._index + 1, "ready")
            return
        valence, arousal = rater.answer(self.now)
        self._rated((2 * valence - 1, 2 * arousal - 1))

    def _heard(self, time: float) -> Point | None:
        """Return what draws a simulated listener at `time`: the music, or what they were asked to do."""
        times, points = self._drawn
        place = bisect_right(times, time) - 1
        asked = points[place] if place >= 0 else None
        return asked if asked is not None else self._parts.sound.heard(time)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a run holds open."""

    clock: SessionClock
    intake: Intake
    sound: GuidedSound
    rater: SimulatedRater | None


def _open(config: GuidedConfig, heard: Callable[[float], Point | None]) -> _Opened:
    engine = MusicEngine(make_composer("rules", config.seed), make_synthesiser(config.synth))
    with ExitStack() as opened:
        source = open_source(
            config.source,
            seed=config.seed,
            speed=config.speed,
            heard=heard,
            channels=config.signals.channels,
        )
        opened.callback(source.close)
        receiver = Receiver(source.open(), channels=config.signals.channels)
        receiver.open()
        opened.callback(receiver.close)
        chain = SignalChain(receiver.sfreq, receiver.channels, chain_config(config.signals))
        opened.pop_all()
    rater = (
        SimulatedRater(source.truth, math.inf, config.seed) if isinstance(source, SimulatedSource) else None
    )
    intake = Intake(source, receiver, chain, patience=patience(config.speed))
    return _Opened(SessionClock(config.speed), intake, GuidedSound(engine), rater)
