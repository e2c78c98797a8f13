"""A simulated listener who answers the Affective Slider when asked, as a participant would."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from affectlab.decoding import REPORT_SD


class SimulatedRater:
    """Rates its true state with the error that self-reports are taken to have.

    Parameters
    ----------
    truth
        Session seconds to the listener's true (valence, arousal).
    every
        Seconds of music between two questions, > 0; the first is asked as the music begins.
    seed
        Seed of the errors.
    """

    def __init__(self, truth: Callable[[float], tuple[float, float]], every: float, seed: int) -> None:
        self._truth, self._every = truth, every
        self._generator = np.random.default_rng([seed, 1])
        self._next: float | None = None

    def due(self, now: float) -> bool:
        """Return whether a question is due at session second `now`, counted from the first call."""
        if self._next is None:
            self._next = now
        if now < self._next:
            return False
        self._next += self._every
        return True

    def answer(self, now: float) -> tuple[float, float]:
        """Return the sliders' positions for pleasure and arousal, each in [0, 1]."""
        felt = np.array(self._truth(now)) + self._generator.normal(0, REPORT_SD, 2)
        valence, arousal = np.clip((felt + 1) / 2, 0, 1)
        return float(valence), float(arousal)
