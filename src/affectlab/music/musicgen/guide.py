"""What the controller is told: the target as a whole, and its course in steps of half a second.

The layout is that of `affectlab.music.learned.steer`, with arousal in the place of activity, since sound
carries tempo and loudness, and steps of time in the place of beats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.music.mapping import density_of, dynamics_of, requested
from affectlab.music.musicgen.settings import STEP
from affectlab.music.score import MusicControl

GLOBAL = ("valence", "arousal", "density")
LOCAL = ("valence", "arousal", "dynamics", "felt_valence", "felt_arousal", "felt")


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """What one window is written by.

    Parameters
    ----------
    globally
        In the order of `GLOBAL`, each in [-1, 1], shape (3,); None leaves the prefix out.
    locally
        In the order of `LOCAL`, one row for every `STEP` seconds from the window's beginning, shape (L, 6):
        affect in [-1, 1], dynamics in [0, 1], `felt` 1 where it is known and 0 where not; None leaves the
        local branch out.
    """

    globally: NDArray[np.float32] | None = None
    locally: NDArray[np.float32] | None = None


def globally(control: MusicControl) -> NDArray[np.float32]:
    """Return the global part of `control`, shape (3,)."""
    density = density_of(control.arousal) if control.density is None else control.density
    return np.array([control.valence, control.arousal, 2 * density - 1], dtype=np.float32)


def locally(control: MusicControl, seconds: float) -> NDArray[np.float32]:
    """Return the course of the next `seconds`, shape (seconds / STEP, 6).

    The target moves straight from each beat planned ahead to the next, and stays after the last.
    """
    beat = 60 / requested(control).tempo_bpm
    planned = [(control.valence, control.arousal, _loudness(control.dynamics, control.arousal))]
    planned += [(aim.valence, aim.arousal, _loudness(aim.dynamics, aim.arousal)) for aim in control.ahead]
    times = np.arange(round(seconds / STEP)) * STEP
    rows = np.zeros((len(times), len(LOCAL)), dtype=np.float32)
    for column, values in enumerate(zip(*planned, strict=True)):
        rows[:, column] = np.interp(times, np.arange(len(planned)) * beat, values)
    if control.felt is not None:
        rows[:, 3:] = (*control.felt, 1.0)
    return rows


def _loudness(dynamics: float | None, arousal: float) -> float:
    return dynamics_of(arousal) if dynamics is None else dynamics
