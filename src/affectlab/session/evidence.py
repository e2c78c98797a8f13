"""Does the decoder say anything about this person? The loop leans on it only as far as the data show.

Music is the one thing the loop can change. If decoded affect follows it, the decoder measures something that
music moves; if not, listening to the decoder can only do harm, and the loop plays the plan as written.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState
from affectlab.session.person import TIME_CONSTANT

EVIDENCE_SECONDS = 4.0
"""One row of evidence per non-overlapping decoder window."""

MIN_ROWS = 12
T_LOW, T_HIGH = 1.0, 3.0
"""t of "decoded affect follows music", measured axes pooled, at which trust begins and is complete (ours)."""

Vector = NDArray[np.float64]


class DecoderTrust:
    """Collects (followed music, decoded affect) and tests whether the second follows the first.

    Silence counts as neutral music: the resting level is what a decoder measures from.
    """

    def __init__(self) -> None:
        self._followed: Vector = np.zeros(2)
        self._last_time = 0.0
        self._block: list[tuple[Vector, Vector, float]] = []
        self._block_start: float | None = None
        self._rows: list[tuple[Vector, Vector, float]] = []
        self._trust: float | None = 0.0

    def hear(self, music: tuple[float, float] | None, time: float) -> None:
        """Let the music that sounds at `time` (None for silence) draw the expected response."""
        share = 1 - np.exp(-(time - self._last_time) / TIME_CONSTANT)
        self._followed = self._followed + share * (np.array(music or (0.0, 0.0)) - self._followed)
        self._last_time = time

    def observe(self, decoded: AffectState) -> None:
        """Add what was measured in a window."""
        if self._block_start is None:
            self._block_start = decoded.time
        self._block.append((self._followed, decoded.mean, float(np.trace(decoded.covariance)) / 2))
        if decoded.time - self._block_start >= EVIDENCE_SECONDS:
            music, affect, spread = zip(*self._block, strict=True)
            self._rows.append((np.mean(music, axis=0), np.mean(affect, axis=0), float(np.mean(spread))))
            self._block, self._block_start, self._trust = [], None, None

    @property
    def trust(self) -> float:
        """0 while nothing shows that decoded affect follows the music, up to 1."""
        if self._trust is None:
            self._trust = self._assess()
        return self._trust

    def _assess(self) -> float:
        if len(self._rows) < MIN_ROWS:
            return 0.0
        music = np.array([row[0] for row in self._rows])
        affect = np.array([row[1] for row in self._rows])
        weight = 1 / np.array([row[2] for row in self._rows])
        # An axis the decoder was not trained for stands still; it tells neither for nor against the other.
        measured = [axis for axis in (0, 1) if np.ptp(affect[:, axis]) > 0]
        each = [slope_t(music[:, axis], affect[:, axis], weight) for axis in measured]
        pooled = float(np.sum(each) / np.sqrt(max(len(each), 1)))
        return float(np.clip((pooled - T_LOW) / (T_HIGH - T_LOW), 0, 1))


def slope_t(music: Vector, affect: Vector, weight: Vector) -> float:
    """Return the t statistic of the weighted slope of `affect` on `music`, each shape (n_rows,).

    The standard error is widened for autocorrelated residuals. 0 when the music did not move.
    """
    weight = weight / weight.sum()
    centred_music, centred_affect = music - weight @ music, affect - weight @ affect
    spread = float(weight @ centred_music**2)
    if spread < 1e-4:
        return 0.0
    slope = float(weight @ (centred_music * centred_affect)) / spread
    residual = centred_affect - slope * centred_music
    rows = effective_rows(residual)
    if rows <= 3:
        return 0.0
    error = np.sqrt(float(weight @ residual**2) / (spread * (rows - 2))) + 1e-9
    return float(slope / error)


def effective_rows(residual: Vector) -> float:
    """Return how many independent rows an autocorrelated series is worth (AR(1) correction)."""
    energy = float(residual @ residual)
    if energy < 1e-12:
        return float(len(residual))
    correlation = float(np.clip(residual[1:] @ residual[:-1] / energy, 0, 0.95))
    return len(residual) * (1 - correlation) / (1 + correlation)
