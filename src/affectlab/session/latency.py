"""How long each stage of the loop takes, and whether sound arrives in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TARGET_MS = {"sample_to_control": 50.0}
"""p99 targets shown beside the figures, milliseconds."""


class LatencyLog:
    """Durations per stage, in seconds, with percentiles in milliseconds."""

    def __init__(self) -> None:
        self._seconds: dict[str, _Series] = {}
        self._reported: dict[str, int] = {}

    def add(self, stage: str, seconds: float) -> None:
        series = self._seconds.get(stage)
        if series is None:
            series = self._seconds[stage] = _Series()
        series.append(seconds)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return p50, p99, max and n per stage over the whole session; any thread may ask."""
        return {stage: _percentiles(series.since(0)) for stage, series in list(self._seconds.items())}

    def since_last(self) -> dict[str, dict[str, float]]:
        """Return the same over what was added since the previous call."""
        fresh = {stage: series.since(self._reported.get(stage, 0)) for stage, series in self._seconds.items()}
        self._reported = {stage: len(series) for stage, series in self._seconds.items()}
        return {stage: _percentiles(values) for stage, values in fresh.items() if values.size}


class _Series:
    """Numbers that grow without end and are read while they grow, without holding up who adds them."""

    def __init__(self) -> None:
        self._values = np.empty(1024)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, value: float) -> None:
        if self._count == len(self._values):
            # A new array: a reader in another thread keeps the old one whole.
            self._values = np.concatenate([self._values, np.empty_like(self._values)])
        self._values[self._count] = value
        self._count += 1

    def since(self, first: int) -> NDArray[np.float64]:
        """Return a copy of the values from number `first` on."""
        return self._values[first : self._count].copy()


def _percentiles(seconds: NDArray[np.float64]) -> dict[str, float]:
    milliseconds = seconds * 1000
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return {
        "p50": round(float(p50), 3),
        "p99": round(float(p99), 3),
        "max": round(float(milliseconds.max()), 3),
        "n": len(seconds),
    }


class PlaybackBuffer:
    """What a listener's ring buffer would go through, given when each block was delivered.

    The buffer starts to play once `prefill` seconds are in it; a block that comes after its moment is an
    underrun, and the buffer fills up again.

    Parameters
    ----------
    prefill
        Seconds of sound held back; the page's ring buffer uses the same value.
    """

    def __init__(self, prefill: float = 0.3) -> None:
        self.prefill = prefill
        self.underruns = 0
        self._slack = prefill

    def deliver(self, lateness: float) -> None:
        """Account for a block delivered `lateness` wall seconds after its tick."""
        if lateness > self._slack:
            self.underruns += 1
            self._slack = lateness + self.prefill
