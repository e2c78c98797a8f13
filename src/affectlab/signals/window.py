"""What the signal room hands on: raw chunks as they arrive and windows ready to decode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Samples as they came from the stream, unfiltered, in arrival order.

    Parameters
    ----------
    data
        Shape (n_samples, n_channels), microvolts; NaN where the device sent nothing.
    times
        Shape (n_samples,), seconds on the session clock.
    """

    data: NDArray[np.float32]
    times: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChannelQuality:
    """How far one channel of one window can be trusted.

    Parameters
    ----------
    channel
        10–20 name.
    score
        0 (unusable) to 1 (clean).
    reasons
        What is wrong, in words a participant's assistant understands, worst first; empty when clean.
    """

    channel: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A stretch of conditioned EEG ready to decode.

    Parameters
    ----------
    data
        Shape (n_channels, n_samples), microvolts, filtered and re-referenced; finite.
    sfreq
        Samples per second.
    channels
        10–20 names, length n_channels.
    time
        Session seconds of the last sample.
    quality
        One entry per channel, in the order of `channels`.
    """

    data: NDArray[np.float64]
    sfreq: float
    channels: tuple[str, ...]
    time: float
    quality: tuple[ChannelQuality, ...]

    @property
    def usable(self) -> NDArray[np.float64]:
        """Quality scores, shape (n_channels,)."""
        return np.array([q.score for q in self.quality])
