"""A decoder that knows nothing, for control experiments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState
from affectlab.decoding.decoder import Decoder
from affectlab.decoding.prior import PRIOR_SD
from affectlab.signals.window import Window

MEMORY_SECONDS = 8.0
"""Time constant of the wandering estimate; windows of 4 s that overlap are correlated about as long. Ours."""


class ChanceDecoder:
    """Control arm: estimates that look like another decoder's and tell nothing about the person.

    The means wander at random, whatever the signal; the covariances are the `imitated` decoder's own for the
    same window, so a loop that runs on them acts as readily as with the real decoder. The means spread as
    widely as a calibrated decoder with those covariances would (prior variance = variance of the means +
    variance of the belief). That makes the decoder overconfident by construction: a benefit seen with it
    does not come from decoding.

    Parameters
    ----------
    seed
        Seed of the wandering; the same seed and window times give the same means.
    imitated
        The decoder whose covariances are taken over.
    """

    name = "chance"

    def __init__(self, seed: int, imitated: Decoder) -> None:
        self._generator = np.random.default_rng(seed)
        self._imitated = imitated
        self._wander: NDArray[np.float64] = self._generator.standard_normal(2)
        self._time: float | None = None

    @property
    def rest_seconds(self) -> float:
        return self._imitated.rest_seconds

    @property
    def reason(self) -> str:
        return self._imitated.reason

    def observe_rest(self, window: Window) -> None:
        self._imitated.observe_rest(window)

    def decode(self, window: Window) -> AffectState:
        """Return a random mean under the imitated decoder's covariance."""
        belief = self._imitated.decode(window)
        self._advance(window.time)
        told = np.sqrt(np.maximum(PRIOR_SD**2 - belief.sd**2, 0.0))
        return AffectState(np.clip(told * self._wander, -1, 1), belief.covariance, window.time)

    def _advance(self, time: float) -> None:
        """Let the standard normal pair wander on to `time` (Ornstein-Uhlenbeck, exact for any step)."""
        elapsed = 0.0 if self._time is None else max(time - self._time, 0.0)
        kept = np.exp(-elapsed / MEMORY_SECONDS)
        self._wander = kept * self._wander + np.sqrt(1 - kept**2) * self._generator.standard_normal(2)
        self._time = time
