"""How loud a piece is in each step of the local branch."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.loudness import LoudnessMeter
from affectlab.music.musicgen.joining import Resampler
from affectlab.music.musicgen.settings import STEP
from affectlab.music.pcm import SFREQ_AUDIO

_EDGES: Final = (5, 95)


def step_loudness(samples: NDArray[np.float32], sfreq: int) -> NDArray[np.float32]:
    """Return the momentary loudness (ITU-R BS.1770, 400 ms) at the end of each step, LUFS, shape (steps,).

    Parameters
    ----------
    samples
        Shape (channels, n), one or two channels.
    sfreq
        Hz.
    """
    steps = round(samples.shape[1] / sfreq / STEP)
    frames = Resampler(sfreq, len(samples)).push(samples).T
    stereo = np.ascontiguousarray(np.broadcast_to(frames, (len(frames), 2)))
    meter, hop = LoudnessMeter(), round(STEP * SFREQ_AUDIO)
    heard = np.zeros(steps, dtype=np.float32)
    for step in range(steps):
        meter.push(stereo[step * hop : (step + 1) * hop])
        heard[step] = meter.momentary
    return heard


def dynamics_from(loudness: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Place loudness in [0, 1]: 0 at the 5th percentile of the reference, 1 at the 95th."""
    low, high = np.percentile(reference, _EDGES)
    placed = np.clip((loudness - low) / max(float(high - low), 1.0), 0, 1)
    return np.asarray(placed, dtype=np.float32)
