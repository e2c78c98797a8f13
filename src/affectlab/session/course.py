"""The course of a session: its phases, and what leads from one to the next."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from affectlab.session.build import Parts
from affectlab.session.clock import TICK
from affectlab.session.config import SessionConfig
from affectlab.session.events import Event, NoticeEvent, PageEvent, PhaseEvent

PLANNED_AHEAD = 5.0
"""Seconds before the music by which the first plan should be there, beyond those it may take (ours)."""

Phase = Literal["waiting", "resting", "playing", "paused", "ended"]


class Course:
    """Moves a session through its phases. Everything here runs in the session's thread.

    Parameters
    ----------
    config, parts
        The session as it was asked for and put together.
    automatic
        True begins the music when the resting baseline is over, and counts `config.minutes` from the
        session's start; False waits for `play` and counts from the first music.
    emit
        Receives what happens.
    """

    def __init__(
        self, config: SessionConfig, parts: Parts, *, automatic: bool, emit: Callable[[Event], None]
    ) -> None:
        self._config, self._parts, self._loop = config, parts, parts.loop
        # Where nobody presses buttons nobody moves the sliders either.
        self._rater = parts.rater if automatic else None
        self._automatic, self._emit = automatic, emit
        self._rest_until = math.inf
        self._ends_at = config.minutes * 60 if automatic else math.inf
        self.phase: Phase = "waiting"
        self.rested = False
        self._planned_for = False
        self.music_from: float | None = None
        self.ending: str | None = None

    @property
    def rest_left(self) -> float:
        """Seconds of resting baseline still to go; 0 outside the resting phase."""
        return max(0.0, self._rest_until - self._loop.moment) if self.phase == "resting" else 0.0

    def enter(self, phase: Phase, reason: str) -> None:
        self.phase = phase
        self._emit(PhaseEvent(time=self._loop.moment, phase=phase, reason=reason))

    def rest(self) -> None:
        """Begin the resting baseline; there is none once the music has begun."""
        if self.phase != "waiting" or self.music_from is not None:
            return
        self._rest_until = self._loop.moment + self._config.rest
        self._loop.resting_since = self._loop.moment
        self.enter("resting", f"resting baseline of {self._config.rest:.0f} s")

    def play(self) -> None:
        """Begin the music; once begun it begins no second time."""
        if self.music_from is not None:
            return
        self._loop.resting_since = None
        self.music_from = self._loop.moment
        if not self._automatic:
            self._ends_at = self.music_from + self._config.minutes * 60
        self._parts.guidance.begin(self.music_from, self._ends_at)
        self._loop.steering = True
        self.enter("playing", "music begins")

    def pause(self) -> None:
        if self.phase == "playing":
            self._loop.engine.pause()
            self._loop.steering = False
            self.enter("paused", "paused on request")

    def resume(self) -> None:
        if self.phase == "paused":
            self._loop.engine.resume()
            self._loop.steering = True
            self.enter("playing", "resumed on request")

    def rate(self, valence: float, arousal: float, *, simulated: bool = False) -> None:
        """Take a self-report, each value in [0, 1]."""
        self._loop.rate(valence, arousal)
        data = {"valence": valence, "arousal": arousal, "simulated": simulated}
        self._emit(PageEvent(time=self._loop.moment, kind="rating", data=data))

    def stop(self, reason: str) -> None:
        """End for `reason`, unless an end was called for before."""
        self.ending = self.ending or reason

    def move_on(self) -> None:
        """Do what this moment of the session asks for."""
        loop, rater = self._loop, self._rater
        self._parts.guidance.poll(loop.moment)
        if self.phase == "resting":
            self._while_resting()
        if self.phase == "playing" and rater is not None and rater.due(loop.moment):
            self.rate(*rater.answer(loop.moment), simulated=True)
        if loop.moment >= self._ends_at - TICK / 2:
            self.stop("the planned time is over")
        elif loop.intake.ended and self.ending is None:
            text = "the recording being replayed is over"
            self._emit(NoticeEvent(time=loop.moment, kind="source", text=text))
            self.stop("the source has ended")

    def _while_resting(self) -> None:
        """Have a plan made shortly before the rest is over; end the rest when it is time."""
        loop, config = self._loop, self._config
        if not self._planned_for and self.rest_left <= config.plan_seconds + PLANNED_AHEAD:
            self._planned_for = True
            self._parts.guidance.prepare(loop.moment, config.minutes - self._automatic * config.rest / 60)
        if loop.moment >= self._rest_until:
            self._rested()

    def _rested(self) -> None:
        self._loop.resting_since = None
        self.rested = True
        if self._automatic:
            self.play()
        else:
            self.enter("waiting", "the resting baseline is complete")
