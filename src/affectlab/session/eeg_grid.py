"""EEG on an even time grid, as offline toolboxes want it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.session.recording import EegRecording

_GAP_SECONDS = 0.5
_DEAD_CHANNEL_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class EegGrid:
    """EEG on an even time grid.

    Parameters
    ----------
    data
        Shape (n_channels, n_samples), microvolts; 0 where nothing was received.
    missing
        Shape (n_samples,), where a channel that is not dead has no value.
    dead
        Channels that have no value most of the time.
    times, index
        Shape (n_received,): session seconds of each received sample and its place on the grid.
    """

    data: NDArray[np.float64]
    missing: NDArray[np.bool_]
    dead: tuple[str, ...]
    times: NDArray[np.float64]
    index: NDArray[np.intp]
    sfreq: float

    def onset(self, time: float) -> float:
        """Return seconds after the first sample, within the recording."""
        return float(np.interp(time, self.times, self.index)) / self.sfreq

    def missing_stretches(self) -> Iterator[tuple[float, float]]:
        """Yield onset and duration, in seconds, of every stretch where something is missing."""
        edges = np.flatnonzero(np.diff(self.missing.astype(np.int8), prepend=0, append=0))
        for first, last in edges.reshape(-1, 2).tolist():
            yield first / self.sfreq, (last - first) / self.sfreq


def on_grid(eeg: EegRecording) -> EegGrid:
    """Put samples one after the other, with room where the stream was interrupted for half a second or more.

    Time stamps jitter; the device's samples do not, so smaller irregularities are not gaps.

    Parameters
    ----------
    eeg
        At least one sample.
    """
    apart = np.diff(eeg.times)
    lost = np.where(apart > _GAP_SECONDS, np.round(apart * eeg.sfreq) - 1, 0).astype(np.intp)
    index = np.arange(len(eeg.times)) + np.concatenate([[0], np.cumsum(lost)])
    data = np.full((index[-1] + 1, len(eeg.channels)), np.nan)
    data[index] = eeg.data
    nothing = np.isnan(data)
    dead = nothing.mean(axis=0) > _DEAD_CHANNEL_SHARE
    return EegGrid(
        data=np.where(nothing, 0.0, data).T,
        missing=np.asarray(nothing[:, ~dead].any(axis=1)),
        dead=tuple(name for name, is_dead in zip(eeg.channels, dead, strict=True) if is_dead),
        times=eeg.times,
        index=index,
        sfreq=eeg.sfreq,
    )
