"""A look-ahead limiter whose output never has a true peak above its ceiling."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidConfig
from affectlab.music.pcm import SFREQ_AUDIO, Stereo, without_nonfinite

Samples = NDArray[np.float64]

# ITU-R BS.1770-4, Annex 2: the four phases of the order-48 interpolating filter.
_PHASE_0 = (
    0.0017089843750,
    0.0109863281250,
    -0.0196533203125,
    0.0332031250000,
    -0.0594482421875,
    0.1373291015625,
    0.9721679687500,
    -0.1022949218750,
    0.0476074218750,
    -0.0266113281250,
    0.0148925781250,
    -0.0083007812500,
)
_PHASE_1 = (
    -0.0291748046875,
    0.0292968750000,
    -0.0517578125000,
    0.0891113281250,
    -0.1665039062500,
    0.4650878906250,
    0.7797851562500,
    -0.2003173828125,
    0.1015625000000,
    -0.0582275390625,
    0.0330810546875,
    -0.0189208984375,
)
_PHASES: Final = np.array([_PHASE_0, _PHASE_1, _PHASE_1[::-1], _PHASE_0[::-1]])
_TAPS: Final = _PHASES.shape[1]
_LARGEST_GAIN: Final = float(np.abs(_PHASES).sum(axis=1).max())

_RELEASE_DB_PER_SECOND: Final = 24.0
# A gain that moves under the interpolating filter lets a peak through by a fraction of this.
_MARGIN_DB: Final = 0.05
_LOOKAHEADS: Final = (144, 96)
# +36 dBFS: nothing musical comes near it, and it bounds how steep the gain can be.
_CLAMP: Final = 64.0


def true_peaks(samples: NDArray[np.floating]) -> Samples:
    """Estimate the true peak around each frame by fourfold interpolation.

    Parameters
    ----------
    samples
        Shape (11 + frames, 2): the frames to judge, after the 11 before them.

    Returns
    -------
    NDArray
        Shape (frames,): largest magnitude over both channels of the sample and of the four points
        interpolated from it and the 11 samples before it.

    References
    ----------
    ITU-R BS.1770-4 (2015), Annex 2.
    """
    flat = np.ascontiguousarray(samples, dtype=np.float64).reshape(-1)
    width = len(flat) - 2 * (_TAPS - 1)
    delayed = np.stack([flat[2 * tap : 2 * tap + width] for tap in range(_TAPS - 1, -1, -1)])
    interpolated = np.abs(_PHASES @ delayed).max(axis=0)
    either = np.maximum(interpolated, np.abs(delayed[0]))
    return np.asarray(np.maximum(either[0::2], either[1::2]))


class _Stage:
    """One pass of look-ahead gain reduction, in natural logarithms of gain."""

    def __init__(self, ceiling: float, lookahead: int) -> None:
        self.delay = lookahead + _TAPS - 2
        self._ceiling = ceiling
        self._target = np.log(ceiling) - _MARGIN_DB * np.log(10) / 20
        self._window = self.delay + 1
        self._smoothing = np.hanning(lookahead + 2)[1:-1] / np.hanning(lookahead + 2).sum()
        self._release = _RELEASE_DB_PER_SECOND * np.log(10) / 20 / SFREQ_AUDIO
        self._past = np.zeros((self.delay + _TAPS - 1, 2))
        self._reduction = np.zeros(self.delay + lookahead - 1)

    def process(self, samples: Samples) -> Samples:
        frames = len(samples)
        held = np.concatenate([self._past, samples])
        reduction = np.concatenate([self._reduction, self._needed(held[self.delay :])])
        self._past = held[frames:]
        self._reduction = reduction[frames:]
        delayed = held[_TAPS - 1 : _TAPS - 1 + frames]
        if not reduction.any():
            return delayed
        gain = np.exp(np.convolve(_trailing_minimum(reduction, self._window), self._smoothing, "valid"))
        return delayed * gain[:, None]

    def _needed(self, samples: Samples) -> Samples:
        """Log gain each frame asks for, after the release of what earlier frames asked for."""
        frames = len(samples) - _TAPS + 1
        quiet = np.abs(samples).max() * _LARGEST_GAIN <= self._ceiling
        if quiet and self._reduction[-1] == 0.0:
            return np.zeros(frames)
        peaks = true_peaks(samples)
        over = peaks > self._ceiling
        asked = np.where(over, self._target - np.log(np.where(over, peaks, 1.0)), 0.0)
        recovered = self._release * np.arange(1, frames + 1)
        floor = np.minimum.accumulate(np.minimum(asked - recovered, self._reduction[-1])) + recovered
        return np.where(floor > -1e-9, 0.0, floor)


def _trailing_minimum(values: Samples, window: int) -> Samples:
    """Minimum of each run of `window` values, shape (len(values) - window + 1,)."""
    span = 1
    while 2 * span <= window:
        values = np.minimum(values[:-span], values[span:])
        span *= 2
    rest = window - span
    return np.minimum(values[: len(values) - rest], values[rest:])


class TruePeakLimiter:
    """Keep the true peak of a stereo stream at or below a ceiling.

    Both channels get the same gain. Below the ceiling the gain is exactly one and the output is the input,
    `latency` frames later. The result does not depend on how the stream is cut into blocks. Frames with
    NaN or infinity become silence and are counted in `nonfinite_frames`. Each stage removes what the
    moving gain of the one before let through.

    Parameters
    ----------
    ceiling_dbtp
        Largest true peak, dB re full scale, in [-40, 0].

    Raises
    ------
    InvalidConfig
        If the ceiling is out of range.

    References
    ----------
    ITU-R BS.1770-4 (2015), Annex 2, for the measure of true peak.
    """

    def __init__(self, ceiling_dbtp: float = -1.0) -> None:
        if not -40.0 <= ceiling_dbtp <= 0.0:
            raise InvalidConfig(f"true-peak ceiling must be in [-40, 0] dBTP, got {ceiling_dbtp}")
        ceiling = 10 ** (ceiling_dbtp / 20)
        self._stages = tuple(_Stage(ceiling, lookahead) for lookahead in _LOOKAHEADS)
        self.latency: int = sum(stage.delay for stage in self._stages)
        self.nonfinite_frames = 0

    def process(self, samples: Stereo) -> Stereo:
        """Limit the next frames, shape (frames, 2); the output has the same shape."""
        clean, replaced = without_nonfinite(samples)
        self.nonfinite_frames += replaced
        limited = np.clip(clean, -_CLAMP, _CLAMP).astype(np.float64)
        for stage in self._stages:
            limited = stage.process(limited)
        return limited.astype(np.float32)
