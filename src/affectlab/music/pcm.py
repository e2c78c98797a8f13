"""Blocks of sound: the one sampling frequency, and what leaves the engine."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

SFREQ_AUDIO: Final = 48_000
"""Sampling frequency of every sound in affectlab, Hz."""

FLOOR_DBFS: Final = -120.0
"""What digital silence reads; a finite number, so that it can be written as JSON."""

Stereo = NDArray[np.float32]


def dbfs(amplitude: float) -> float:
    """Convert an amplitude to dB re 1.0 (full scale), not below `FLOOR_DBFS`."""
    return max(20.0 * float(np.log10(max(amplitude, 1e-12))), FLOOR_DBFS)


def without_nonfinite(samples: Stereo) -> tuple[Stereo, int]:
    """Replace frames that hold NaN or infinity by silence.

    Parameters
    ----------
    samples
        Shape (frames, 2).

    Returns
    -------
    clean, replaced
        The samples (the same array when nothing had to be replaced) and the number of frames replaced.
    """
    # A sum is finite unless a term is not, or the terms are absurd; it spares a mask on every block.
    if np.isfinite(samples.sum(dtype=np.float64)):
        return samples, 0
    broken = np.logical_not(np.isfinite(samples)).any(axis=1)
    clean = samples.copy()
    clean[broken] = 0.0
    return clean, int(np.count_nonzero(broken))


def to_pcm16(samples: Stereo) -> NDArray[np.int16]:
    """Round samples within [-1, 1] to 16 bits, without dither: the same samples give the same integers."""
    scaled = np.clip(np.rint(samples * np.float32(32_767.0)), -32_768, 32_767)
    return np.asarray(scaled, dtype=np.int16)
