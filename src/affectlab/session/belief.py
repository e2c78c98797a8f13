"""What the session believes about the person: every measurement fused over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState
from affectlab.decoding import PRIOR_SD

RELAXATION = 120.0
"""Seconds in which affect, left to itself, forgets where it was (ours)."""

OFFSET_SD = 0.2
"""How far a decoder is off for one person throughout, per axis; no averaging of windows removes it (ours)."""

OVERLAP = 8.0
"""Windows of 4 s every 0.5 s share their samples eight-fold, so each counts as an eighth of a measurement."""

Matrix = NDArray[np.float64]


class Belief:
    """A Kalman filter over affect and the decoder's constant offset for this person.

    The state is (valence, arousal, offset of valence, offset of arousal). Affect is an Ornstein-Uhlenbeck
    process around neutral; the offset is constant. A decoder measures affect plus offset, and decoding alone
    never makes the belief surer than the offset allows. A self-report measures affect itself, and thereby
    teaches the offset.
    """

    def __init__(
        self, prior_sd: float = PRIOR_SD, relaxation: float = RELAXATION, offset_sd: float = OFFSET_SD
    ) -> None:
        self._relaxation, self._prior_sd = relaxation, prior_sd
        self._stationary = np.diag([prior_sd**2] * 2 + [0.0] * 2)
        self._mean: Matrix = np.zeros(4)
        self._covariance: Matrix = np.diag([prior_sd**2] * 2 + [offset_sd**2] * 2)
        self._time = 0.0

    @property
    def state(self) -> AffectState:
        """The belief at the latest measurement."""
        return AffectState(np.clip(self._mean[:2], -1, 1), self._covariance[:2, :2].copy(), self._time)

    def decoded(self, measurement: AffectState) -> None:
        """Fuse what a decoder measured in one of its overlapping windows (the prior taken out).

        The offset is considered but not estimated (Schmidt's filter): a person whom music holds away from
        neutral would otherwise be taken for a decoder that is off.
        """
        sees = np.hstack([np.eye(2), np.eye(2)])
        self._fuse(measurement, sees, measurement.covariance * OVERLAP, learns=(1, 1, 0, 0))

    def reported(self, report: AffectState) -> None:
        """Fuse a self-report."""
        self._fuse(report, np.hstack([np.eye(2), np.zeros((2, 2))]), report.covariance, learns=(1, 1, 1, 1))

    def _fuse(
        self, measurement: AffectState, sees: Matrix, noise: Matrix, learns: tuple[int, int, int, int]
    ) -> None:
        self._carry(measurement.time)
        optimal = self._covariance @ sees.T @ np.linalg.inv(sees @ self._covariance @ sees.T + noise)
        gain = np.diag(learns) @ optimal
        self._mean = self._mean + gain @ (measurement.mean - sees @ self._mean)
        kept = np.eye(4) - gain @ sees
        # Joseph's form holds for any gain and keeps the covariance symmetric and positive.
        self._covariance = kept @ self._covariance @ kept.T + gain @ noise @ gain.T

    def _carry(self, time: float) -> None:
        """Let time pass; a measurement older than the belief is taken as of the belief's time."""
        elapsed = max(0.0, time - self._time)
        kept = np.diag([np.exp(-elapsed / self._relaxation)] * 2 + [1.0] * 2)
        self._mean = kept @ self._mean
        lost = 1 - np.exp(-2 * elapsed / self._relaxation)
        self._covariance = kept @ self._covariance @ kept + lost * self._stationary
        self._time += elapsed


def confidence(belief: AffectState) -> float:
    """Return 0 when nothing is known beyond the prior, towards 1 as the belief narrows."""
    return float(np.clip(1 - belief.sd.mean() / PRIOR_SD, 0, 1))
