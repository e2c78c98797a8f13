"""Which windows are fit to be learned from and judged at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import Epochs
from affectlab.decoding.resting import LEAST_QUALITY

LEAST_USABLE = 0.75
"""Share of channels that must be usable (ours). In EEGMAT most windows below it are the last of a recording,
where most channels drop out, and more of them in one state than in the other: a method that reads them tells
ends of recordings apart."""


def sound(epochs: Epochs, least: float = LEAST_USABLE) -> NDArray[np.bool_]:
    """Return whether at least a share `least` of a window's channels are usable, shape (n,)."""
    return np.asarray((epochs.quality >= LEAST_QUALITY).mean(axis=1) >= least)
