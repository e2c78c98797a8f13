"""What the session believes about the person: every measurement fused over time."""

from __future__ import annotations

import numpy as np

from affectlab.affect import AffectState

PRIOR_SD = 0.5
"""Spread of affect between people and moments when nothing is known, per axis (ours)."""

RELAXATION = 300.0
"""Seconds in which affect, left to itself, forgets where it was (ours)."""

OVERLAP = 8.0
"""Windows of 4 s every 0.5 s share their samples eight-fold, so each counts as an eighth of a measurement."""


class Belief:
    """A Kalman filter over (valence, arousal) with affect as an Ornstein-Uhlenbeck process.

    Without measurements the belief relaxes to the prior: neutral, and as wide as people differ.
    """

    def __init__(self, prior_sd: float = PRIOR_SD, relaxation: float = RELAXATION) -> None:
        self._prior = np.eye(2) * prior_sd**2
        self._relaxation = relaxation
        self.state = AffectState(np.zeros(2), self._prior, 0.0)

    def update(self, measurement: AffectState, *, weight: float = 1.0) -> AffectState:
        """Carry the belief to the measurement's time and fuse it, counted `weight` times.

        Parameters
        ----------
        measurement
            A decoder's state or a self-report.
        weight
            In (0, 1]: the share of an independent measurement it stands for.
        """
        scaled = AffectState(measurement.mean, measurement.covariance / weight, measurement.time)
        self.state = self.at(measurement.time).fuse(scaled)
        return self.state

    def at(self, time: float) -> AffectState:
        """Return the belief carried to `time`; earlier times give the latest belief."""
        elapsed = max(0.0, time - self.state.time)
        kept = np.exp(-elapsed / self._relaxation)
        covariance = kept**2 * self.state.covariance + (1 - kept**2) * self._prior
        return AffectState(kept * self.state.mean, covariance, self.state.time + elapsed)

    @property
    def confidence(self) -> float:
        """0 when nothing is known beyond the prior, towards 1 as the belief narrows."""
        return float(np.clip(1 - self.state.sd.mean() / np.sqrt(self._prior[0, 0]), 0, 1))
