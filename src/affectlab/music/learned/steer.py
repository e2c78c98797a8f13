"""What the controller is told: the global target, and the trajectory around the beat being written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# v and a are the target of the music; p, which the paper leaves open, is the plan's texture density.
GLOBAL = ("valence", "activity", "density")
# r is what the listener is felt to feel, tau the target, delta the dynamics; `felt` is 1 where r is known.
LOCAL = ("valence", "activity", "dynamics", "felt_valence", "felt_activity", "felt")
# The local branch sees L beats: those before, the one being written, and those after it.
BEFORE, AFTER = 7, 8
BEATS = BEFORE + 1 + AFTER


@dataclass(frozen=True, slots=True, eq=False)
class Steer:
    """What one beat is written by.

    Parameters
    ----------
    globally
        In the order of `GLOBAL`, each in [-1, 1], shape (3,); None leaves the global prefix out.
    locally
        In the order of `LOCAL`: affect in [-1, 1], dynamics in [0, 1], `felt` 0 or 1; shape (BEATS, 6), the
        beat being written in row `BEFORE`; None leaves the local branch out.
    """

    globally: NDArray[np.float32] | None = None
    locally: NDArray[np.float32] | None = None


UNSTEERED = Steer()
