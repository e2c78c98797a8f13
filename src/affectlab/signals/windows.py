"""Cutting a conditioned stream into overlapping windows of an exact number of samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidData
from affectlab.signals.conditioning import Conditioned

_FIELDS = ("raw", "missing", "filtered")


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The samples of one window, not yet judged or re-referenced.

    Parameters
    ----------
    samples
        Conditioned samples, arrays of shape (n_samples, n_channels); views that the next push overwrites.
    time
        Session seconds of the last sample.
    """

    samples: Conditioned
    time: float


class Windower:
    """A ring of the latest samples that hands out a window at every step.

    Parameters
    ----------
    sfreq
        Samples per second.
    n_channels
        Number of channels.
    length, step
        Seconds per window and between the ends of consecutive windows.

    Raises
    ------
    InvalidData
        If length or step is shorter than one sample, or the step longer than the window.

    Notes
    -----
    The n-th window ends with sample round((length + n · step) · sfreq), so that steps which are no whole
    number of samples do not drift. MindMelody uses windows of 4 s; the step of 0.5 s is Ehrlich's (2019).
    """

    def __init__(self, sfreq: float, n_channels: int, *, length: float = 4.0, step: float = 0.5) -> None:
        if not 1 / sfreq <= step <= length:
            raise InvalidData(
                f"windows of {length:g} s every {step:g} s at {sfreq:g} Hz; "
                "expected one sample ≤ step ≤ length"
            )
        self._sfreq, self._length, self._step = sfreq, length, step
        self.n_samples = round(length * sfreq)
        # Room for two windows, so that the tail is moved to the front once a window rather than every push.
        shape = (2 * self.n_samples, n_channels)
        self._rings = {"raw": np.zeros(shape), "missing": np.zeros(shape, bool), "filtered": np.zeros(shape)}
        self.reset()

    def reset(self) -> None:
        """Forget all samples, as after a jump of the clock."""
        self._filled, self._seen, self._emitted = 0, 0, 0

    def push(self, samples: Conditioned, times: NDArray[np.float64]) -> Iterator[Segment]:
        """Take samples with their session seconds, shape (n_samples,); yield the windows they complete."""
        start = 0
        while start < len(times):
            stop = min(len(times), start + self._next_end() - self._seen)
            self._append(samples, start, stop)
            if self._seen == self._next_end():
                self._emitted += 1
                yield Segment(self._latest(), float(times[stop - 1]))
            start = stop

    def _next_end(self) -> int:
        return round((self._length + self._emitted * self._step) * self._sfreq)

    def _append(self, samples: Conditioned, start: int, stop: int) -> None:
        count = stop - start
        if self._filled + count > 2 * self.n_samples:
            self._keep(self.n_samples)
        for field in _FIELDS:
            self._rings[field][self._filled : self._filled + count] = getattr(samples, field)[start:stop]
        self._filled += count
        self._seen += count

    def _keep(self, count: int) -> None:
        for ring in self._rings.values():
            ring[:count] = ring[self._filled - count : self._filled]
        self._filled = count

    def _latest(self) -> Conditioned:
        begin = self._filled - self.n_samples
        return Conditioned(*(self._rings[field][begin : self._filled] for field in _FIELDS))
