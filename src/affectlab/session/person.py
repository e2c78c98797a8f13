"""How this person answers to music: the closed arm's model of affect that follows what is heard.

The paper's rule alone, with music set to ẽ, settles short of the target whenever a person responds less than
fully (docs/decisions/001-response-model.md). So the closed arm also estimates, per axis, how far from the
music the person settles, and asks for music that much further. The estimate is shrunk by its uncertainty:
with nothing measured it is zero, and the plan is played as written.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState
from affectlab.decoding import PRIOR_SD
from affectlab.session.belief import OFFSET_SD, OVERLAP

TIME_CONSTANT = 11.0
"""Seconds in which affect follows music; the middle of the 8 to 15 s people take to judge a piece (ours)."""

WANDER_SD = 0.2
"""How far affect wanders from where the music draws it, per axis (ours)."""

SHIFT_SD = 0.3
"""How far from the music a person may settle, per axis (ours)."""

SHIFT_SECONDS = 300.0
"""Seconds in which that distance may change altogether, as music and person do (ours)."""

LEAST_TRUST = 1e-3

Matrix = NDArray[np.float64]
AFFECT, SHIFT, OFFSET = slice(0, 2), slice(2, 4), slice(4, 6)


class PersonModel:
    """A Kalman filter over affect, the shift between music and affect, and the decoder's offset.

    In music affect is an Ornstein-Uhlenbeck process around ``music + shift``; in silence, around neutral.
    The shift is a slow random walk. What a decoder sees away from the music is shared out between the shift
    and the decoder's offset by what is likely; a self-report tells the two apart.
    """

    def __init__(self) -> None:
        self._mean: Matrix = np.zeros(6)
        self._covariance: Matrix = np.diag([PRIOR_SD**2] * 2 + [SHIFT_SD**2] * 2 + [OFFSET_SD**2] * 2)
        self._time = 0.0
        self._music: Matrix | None = None

    @property
    def state(self) -> AffectState:
        """Affect at the latest measurement."""
        covariance = self._covariance[AFFECT, AFFECT]
        return AffectState(np.clip(self._mean[AFFECT], -1, 1), (covariance + covariance.T) / 2, self._time)

    @property
    def shift(self) -> Matrix:
        """How far from the music the person settles, shape (2,), shrunk to zero by its uncertainty."""
        return self._mean[SHIFT].copy()

    def hear(self, music: tuple[float, float] | None, time: float) -> None:
        """Let `music` (valence, arousal; None for silence) sound from `time` on."""
        changed = music is None or self._music is None or not np.allclose(music, self._music)
        if changed and not (music is None and self._music is None):
            self._carry(time)
            self._music = None if music is None else np.array(music, dtype=float)

    def decoded(self, measurement: AffectState, trust: float) -> None:
        """Fuse a decoded window, counted as much as the decoder is trusted, in [0, 1]."""
        sees = np.hstack([np.eye(2), np.zeros((2, 2)), np.eye(2)])
        noise = measurement.covariance * OVERLAP / max(trust, LEAST_TRUST)
        self._fuse(measurement, sees, noise)

    def reported(self, report: AffectState) -> None:
        """Fuse a self-report."""
        sees = np.hstack([np.eye(2), np.zeros((2, 4))])
        self._fuse(report, sees, report.covariance)

    def _fuse(self, measurement: AffectState, sees: Matrix, noise: Matrix) -> None:
        self._carry(measurement.time)
        gain = self._covariance @ sees.T @ np.linalg.inv(sees @ self._covariance @ sees.T + noise)
        self._mean = self._mean + gain @ (measurement.mean - sees @ self._mean)
        left = np.eye(6) - gain @ sees
        # Joseph's form keeps the covariance symmetric and positive whatever the rounding.
        self._covariance = left @ self._covariance @ left.T + gain @ noise @ gain.T

    def _carry(self, time: float) -> None:
        elapsed = max(0.0, time - self._time)
        kept = float(np.exp(-elapsed / TIME_CONSTANT))
        follows = np.eye(6)
        follows[AFFECT, AFFECT] *= kept
        spread = PRIOR_SD if self._music is None else WANDER_SD
        walk = 0.0 if self._music is None else SHIFT_SD**2 * elapsed / SHIFT_SECONDS
        noise = np.diag([(1 - kept**2) * spread**2] * 2 + [walk] * 2 + [0.0] * 2)
        drawn = np.zeros(6)
        if self._music is not None:
            follows[AFFECT, SHIFT] = (1 - kept) * np.eye(2)
            drawn[AFFECT] = (1 - kept) * self._music
        self._mean = follows @ self._mean + drawn
        self._covariance = follows @ self._covariance @ follows.T + noise
        self._time += elapsed
