"""The session's clock and the beat of its work."""

from __future__ import annotations

import math
import time

TICK = 0.02
"""Seconds of session time between two rounds of the clockwork: one block of sound."""


class SessionClock:
    """Session seconds since `start`, running `speed` times as fast as the wall clock.

    Parameters
    ----------
    speed
        1 for live sessions; larger for simulations and replays; infinity runs as fast as the machine can,
        and time then passes only in `sleep_until`.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.start()

    def start(self) -> None:
        """Make this moment second zero."""
        self._origin = time.perf_counter()
        self._reached = 0.0

    @property
    def now(self) -> float:
        """Session seconds."""
        if math.isinf(self.speed):
            return self._reached
        return (time.perf_counter() - self._origin) * self.speed

    def sleep_until(self, moment: float) -> float:
        """Wait for session second `moment`; return how late it is then, in wall seconds (0 or more)."""
        if math.isinf(self.speed):
            self._reached = moment
            return 0.0
        wait = (moment - self.now) / self.speed
        if wait > 0:
            time.sleep(wait)
        return max(0.0, (self.now - moment) / self.speed)
