"""Causal filters that carry their state from chunk to chunk, and survive missing samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidData

Samples = NDArray[np.float64]

LOWEST_SFREQ = 100.0
"""Samples per second below which beta activity (to 30 Hz) cannot be judged with margin for the filter."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditioned:
    """A chunk after conditioning; all arrays have shape (n_samples, n_channels).

    Parameters
    ----------
    raw
        Microvolts as they came, each missing value replaced by the last one seen.
    missing
        True where the device sent nothing.
    filtered
        Microvolts, band-passed and notched; finite.
    """

    raw: Samples
    missing: NDArray[np.bool_]
    filtered: Samples


class Conditioner:
    """High-pass, low-pass and mains notch, sample by sample.

    Parameters
    ----------
    sfreq
        Samples per second, at least `LOWEST_SFREQ`.
    n_channels
        Number of channels.
    band
        Pass band in hertz; the upper edge is lowered to 0.45 of `sfreq` where that is less.
    line
        Mains frequency in hertz to notch out, or None.

    Raises
    ------
    InvalidData
        If the sampling rate is too low or the band is not one.

    Notes
    -----
    Butterworth filters of order 2 (high-pass) and 4 (low-pass), a notch of quality 30. A channel's first
    value is taken as its offset: the high-pass removes offsets anyhow, and so there is no step at the start.
    A missing span is held at the last value and the offset moved so that the signal goes on without a step.
    """

    def __init__(
        self,
        sfreq: float,
        n_channels: int,
        *,
        band: tuple[float, float] = (1.0, 45.0),
        line: float | None = 50.0,
    ) -> None:
        if not sfreq >= LOWEST_SFREQ:
            raise InvalidData(f"sampling rate is {sfreq:g} Hz; expected at least {LOWEST_SFREQ:g} Hz")
        if not 0 < band[0] < band[1]:
            raise InvalidData(f"pass band is {band}; expected 0 < low < high in hertz")
        self._sections = _design(sfreq, band, line)
        self._n_channels = n_channels
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a jump of the clock."""
        self._state = np.zeros((len(self._sections), 2, self._n_channels))
        self._held = np.zeros(self._n_channels)
        self._offset = np.zeros(self._n_channels)
        # Before the first value every channel is in a gap, and that value becomes its offset.
        self._in_gap = np.ones(self._n_channels, dtype=bool)

    def process(self, data: NDArray[np.floating]) -> Conditioned:
        """Filter the next samples, shape (n_samples, n_channels), microvolts, NaN where missing."""
        from scipy.signal import sosfilt

        samples = np.array(data, dtype=np.float64)
        missing = ~np.isfinite(samples)
        if not len(samples):
            return Conditioned(samples, missing, samples)
        level = self._bridge(samples, missing)
        filtered, self._state = sosfilt(self._sections, samples - level, axis=0, zi=self._state)
        return Conditioned(samples, missing, np.asarray(filtered))

    def _bridge(self, samples: Samples, missing: NDArray[np.bool_]) -> Samples:
        """Fill missing values in place; return the offset to subtract, (n_channels,) or one per sample."""
        if not (missing.any() or self._in_gap.any()):
            self._held = samples[-1].copy()
            return self._offset
        _hold_last(samples, missing, self._held)
        before = np.vstack([self._held, samples[:-1]])
        resumes = ~missing & np.vstack([self._in_gap, missing[:-1]])
        offsets = self._offset + np.cumsum(np.where(resumes, samples - before, 0.0), axis=0)
        self._held, self._offset, self._in_gap = samples[-1].copy(), offsets[-1], missing[-1]
        return np.asarray(offsets)


def _hold_last(samples: Samples, missing: NDArray[np.bool_], held: Samples) -> None:
    """Replace missing values by the last one seen, which at the beginning is `held`, shape (n_channels,)."""
    rows = np.where(missing, -1, np.arange(len(samples))[:, None])
    last = np.maximum.accumulate(rows, axis=0)
    seen = np.take_along_axis(samples, np.maximum(last, 0), axis=0)
    samples[...] = np.where(last < 0, held, seen)


def _design(sfreq: float, band: tuple[float, float], line: float | None) -> Samples:
    """Return second-order sections, shape (n_sections, 6)."""
    from scipy.signal import butter, iirnotch, tf2sos

    nyquist = sfreq / 2
    sections = [
        butter(2, band[0], "highpass", fs=sfreq, output="sos"),
        butter(4, min(band[1], 0.9 * nyquist), "lowpass", fs=sfreq, output="sos"),
    ]
    if line is not None and line < nyquist:
        sections.append(tf2sos(*iirnotch(line, 30.0, fs=sfreq)))
    return np.vstack(sections)
