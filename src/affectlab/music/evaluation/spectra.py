"""What a window of sound is like, from the samples alone: spectrum, level, attacks, tonality."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.evaluation.cues import WINDOW
from affectlab.music.evaluation.sound import SFREQ_PIANO, piano
from affectlab.music.evaluation.take import Played
from affectlab.music.learned.tonality import key_clarity, majorness

BANDS: Final = 24
_FFT: Final = 4096
_HOP: Final = 1024
_LOWEST_HZ, _HIGHEST_HZ = 40.0, 10_000.0
_CHROMA_HZ: Final = (55.0, 2000.0)
_FLOOR: Final = 1e-9
# Periods of the pulse that are looked for, seconds.
_PERIODS: Final = (0.25, 1.5)

Matrix = NDArray[np.float64]


def spectra(notes: Played, centres: NDArray[np.float64]) -> Matrix:
    """Play notes on one piano and describe the sound around some moments.

    Parameters
    ----------
    notes
        Of dtype `PLAYED`.
    centres
        Seconds; each window reaches `WINDOW` / 2 to either side.

    Returns
    -------
    NDArray
        Shape (centres, 62): per window the mean and standard deviation of each of 24 mel bands, in dB re the
        frame's level, of the level in dB, of the spectral flux, and of the log2 centroid and flatness; then
        mode, clarity and entropy of the chroma, the strongest pulse's period (log2 seconds) and strength,
        and attacks per second. The mode of silence is NaN.
    """
    frames = _frames(piano(notes, float(centres.max(initial=0.0)) + WINDOW / 2))
    half = round(WINDOW / 2 * SFREQ_PIANO / _HOP)
    rows = []
    for centre in centres:
        place = round(float(centre) * SFREQ_PIANO / _HOP)
        rows.append(_pooled(frames[max(place - half, 0) : place + half]))
    return np.array(rows).reshape(len(centres), 2 * (BANDS + 4) + 6)


def _frames(sound: NDArray[np.float32]) -> Matrix:
    """Return bands, level, flux, centroid, flatness and chroma of each frame, shape (frames, 40)."""
    padded = np.pad(sound, _FFT // 2)
    views = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
    window = np.hanning(_FFT).astype(np.float32)
    power = np.concatenate(
        [np.abs(np.fft.rfft(views[first : first + 256] * window)) ** 2 for first in range(0, len(views), 256)]
    )
    bands = 10 * np.log10(power @ _mel().T + _FLOOR)
    level = 10 * np.log10(power.sum(axis=1) + _FLOOR)
    flux = np.maximum(np.diff(bands, axis=0, prepend=bands[:1]), 0).mean(axis=1)
    hertz = np.maximum(np.fft.rfftfreq(_FFT, 1 / SFREQ_PIANO), 1.0)
    total = power.sum(axis=1) + _FLOOR
    centroid = (power @ np.log2(hertz)) / total
    flatness = np.log10(power + _FLOOR).mean(axis=1) - np.log10(total / power.shape[1])
    return np.column_stack([bands - level[:, None], level, flux, centroid, flatness, power @ _chroma().T])


def _pooled(frames: Matrix) -> Matrix:
    timbre, chroma = frames[:, : BANDS + 4], frames[:, BANDS + 4 :].sum(axis=0)
    shares = chroma / max(chroma.sum(), _FLOOR)
    entropy = -np.sum(shares * np.log2(np.maximum(shares, _FLOOR)))
    tonal = [majorness(chroma[None])[0], key_clarity(chroma[None])[0], entropy]
    return np.concatenate([timbre.mean(axis=0), timbre.std(axis=0), tonal, _rhythm(frames[:, BANDS + 1])])


def _rhythm(flux: Matrix) -> list[float]:
    """Return period and strength of the strongest pulse, and attacks per second."""
    rate = SFREQ_PIANO / _HOP
    centred = flux - flux.mean()
    products = np.correlate(centred, centred, "full")[len(flux) - 1 :]
    first, last = (round(period * rate) for period in _PERIODS)
    pulses = products[first : last + 1] / max(float(products[0]), _FLOOR)
    best = int(pulses.argmax())
    inner = flux[1:-1]
    peaks = (inner > flux[:-2]) & (inner >= flux[2:]) & (inner > flux.mean() + flux.std())
    return [float(np.log2((best + first) / rate)), float(pulses[best]), float(peaks.sum() / len(flux) * rate)]


@cache
def _mel() -> Matrix:
    """Return triangular filters on the mel scale, shape (BANDS, bins)."""
    edges = _hertz(np.linspace(_mels(_LOWEST_HZ), _mels(_HIGHEST_HZ), BANDS + 2))
    bins = np.fft.rfftfreq(_FFT, 1 / SFREQ_PIANO)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    filters: Matrix = np.maximum(np.minimum(rising, falling), 0.0)
    return filters


def _mels(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mels: Matrix) -> Matrix:
    return np.asarray(700 * (10 ** (mels / 2595) - 1))


@cache
def _chroma() -> Matrix:
    """Return which bins belong to each pitch class, C first, shape (12, bins)."""
    bins = np.fft.rfftfreq(_FFT, 1 / SFREQ_PIANO)
    inside = (bins >= _CHROMA_HZ[0]) & (bins <= _CHROMA_HZ[1])
    pitches = np.rint(69 + 12 * np.log2(np.maximum(bins, 1.0) / 440)).astype(int)
    members: Matrix = ((pitches % 12 == np.arange(12)[:, None]) & inside).astype(float)
    return members
