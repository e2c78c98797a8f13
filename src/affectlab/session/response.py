"""How this person's decoded affect answers to music: the loop's evidence that steering does anything.

The paper's rule alone, with music set to ẽ, settles short of the target whenever a person responds
less than fully (see docs/decisions). So the closed arm also learns, per axis, decoded = b + g·music by
least squares over the session, and leans on it only as far as the data show that g is above zero. A decoder
that says nothing about the person yields no such evidence, and the loop then plays the plan as written.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState

TIME_CONSTANT = 11.0
"""Seconds in which affect follows music; the middle of the 8 to 15 s people take to judge a piece (ours)."""

EVIDENCE_SECONDS = 4.0
"""One evidence row per non-overlapping decoder window."""

MIN_ROWS = 12
GAIN_RANGE = (0.3, 1.5)
T_LOW, T_HIGH = 1.5, 4.0
"""t statistics of g at which trust begins and is complete (ours)."""


@dataclass(frozen=True, slots=True)
class Response:
    """Estimated response of one axis.

    Parameters
    ----------
    offset, gain
        decoded = offset + gain · music, gain within `GAIN_RANGE`.
    trust
        0 (no evidence) to 1.
    """

    offset: float = 0.0
    gain: float = 1.0
    trust: float = 0.0


class ResponseModel:
    """Collects (heard music, decoded affect) pairs and estimates each axis's response."""

    def __init__(self, time_constant: float = TIME_CONSTANT) -> None:
        self._time_constant = time_constant
        self._followed: NDArray[np.float64] | None = None
        self._last_time = 0.0
        self._block: list[tuple[NDArray[np.float64], NDArray[np.float64], float]] = []
        self._block_start: float | None = None
        self._rows: list[tuple[NDArray[np.float64], NDArray[np.float64], float]] = []

    def hear(self, music: tuple[float, float] | None, time: float) -> None:
        """Let the music that sounds at `time` (None for silence) draw the expected response."""
        if music is None:
            self._followed = None
        elif self._followed is None:
            self._followed = np.array(music)
        else:
            share = 1 - np.exp(-(time - self._last_time) / self._time_constant)
            self._followed = self._followed + share * (np.array(music) - self._followed)
        self._last_time = time

    def observe(self, decoded: AffectState) -> None:
        """Add what was measured in a window; ignored in silence."""
        if self._followed is None:
            return
        if self._block_start is None:
            self._block_start = decoded.time
        self._block.append((self._followed, decoded.mean, float(np.trace(decoded.covariance)) / 2))
        if decoded.time - self._block_start >= EVIDENCE_SECONDS:
            music, affect, spread = zip(*self._block, strict=True)
            self._rows.append((np.mean(music, axis=0), np.mean(affect, axis=0), float(np.mean(spread))))
            self._block, self._block_start = [], None

    def estimate(self) -> tuple[Response, Response]:
        """Return the response of valence and of arousal."""
        if len(self._rows) < MIN_ROWS:
            return Response(), Response()
        music = np.array([row[0] for row in self._rows])
        affect = np.array([row[1] for row in self._rows])
        weight = 1 / np.array([row[2] for row in self._rows])
        valence, arousal = (_fit(music[:, axis], affect[:, axis], weight) for axis in (0, 1))
        return valence, arousal


def _fit(music: NDArray[np.float64], affect: NDArray[np.float64], weight: NDArray[np.float64]) -> Response:
    """Weighted least squares with the standard error widened for autocorrelated residuals."""
    weight = weight / weight.sum()
    centre_music, centre_affect = float(weight @ music), float(weight @ affect)
    spread = float(weight @ (music - centre_music) ** 2)
    if spread < 1e-4:
        return Response()
    slope = float(weight @ ((music - centre_music) * (affect - centre_affect))) / spread
    residual = affect - centre_affect - slope * (music - centre_music)
    rows = effective_rows(residual)
    if rows <= 3:
        return Response()
    error = np.sqrt(float(weight @ residual**2) / (spread * (rows - 2))) + 1e-9
    trust = float(np.clip((slope / error - T_LOW) / (T_HIGH - T_LOW), 0, 1))
    gain = float(np.clip(slope, *GAIN_RANGE))
    return Response(centre_affect - gain * centre_music, gain, trust)


def effective_rows(residual: NDArray[np.float64]) -> float:
    """Return how many independent rows an autocorrelated series is worth (AR(1) correction)."""
    energy = float(residual @ residual)
    if energy < 1e-12:
        return float(len(residual))
    correlation = float(np.clip(residual[1:] @ residual[:-1] / energy, 0, 0.95))
    return len(residual) * (1 - correlation) / (1 + correlation)
