"""How long each stage of the loop takes, and whether sound arrives in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TARGET_MS = {"sample_to_control": 50.0}
"""p99 targets shown beside the figures, milliseconds."""


class LatencyLog:
    """Durations per stage, in seconds, with percentiles in milliseconds."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._reported: defaultdict[str, int] = defaultdict(int)

    def add(self, stage: str, seconds: float) -> None:
        self._seconds[stage].append(seconds)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return p50, p99, max and n per stage over the whole session."""
        return {stage: _percentiles(values) for stage, values in self._seconds.items() if values}

    def since_last(self) -> dict[str, dict[str, float]]:
        """Return the same over what was added since the previous call."""
        fresh = {stage: values[self._reported[stage] :] for stage, values in self._seconds.items()}
        for stage, values in self._seconds.items():
            self._reported[stage] = len(values)
        return {stage: _percentiles(values) for stage, values in fresh.items() if values}


NOTHING = {"p50": 0.0, "p99": 0.0, "max": 0.0, "n": 0}
"""The figures of a stage that nothing has passed."""


def _percentiles(seconds: list[float]) -> dict[str, float]:
    milliseconds = np.asarray(seconds) * 1000
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
