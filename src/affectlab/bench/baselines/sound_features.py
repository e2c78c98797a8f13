"""What a voice sounds like in a few numbers: spectrum, loudness and melody."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RATE = 16000
"""Samples a second that the features are made for."""

_WINDOW, _HOP, _FFT = 640, 160, 1024  # 40 ms, as long as two periods of the lowest voice; 10 ms
_MELS = 26
_PITCH = (75.0, 400.0)  # Hz; speaking voices (Praat's manual suggests 75 to 500)
_STEP = 0.1  # of log pitch, 1.7 semitones; ours
_OCTAVE_COST = 0.01  # Boersma (1993), Accurate short-term analysis of the fundamental frequency
_VOICED = 0.4  # of the autocorrelation's peak over its value at zero; ours


def sound_features(sound: NDArray[np.float32]) -> Array:
    """Describe a sound by statistics over its frames.

    Parameters
    ----------
    sound
        Shape (n,), mono, at `RATE`; shorter than a frame is padded with silence.

    Returns
    -------
    NDArray[np.float64]
        Shape (3 * 26 + 13,): mean, spread and mean change of log-mel energies; mean, spread, range and slope
        of loudness; median, spread, range and slope of log pitch; mean and spread of its steps from frame to
        frame, and the share of steps that rise; share of voiced frames; log duration.
    """
    frames = _frames(np.asarray(sound, dtype=float))
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), _FFT)) ** 2
    mels = np.log(power @ _mel_bands().T + 1e-8)
    loudness = np.log(np.mean(frames**2, axis=1) + 1e-10)
    pitch = _pitch(frames)
    return np.concatenate(
        [
            mels.mean(axis=0),
            mels.std(axis=0),
            np.abs(np.diff(mels, axis=0, append=mels[-1:])).mean(axis=0),
            _course(loudness, loudness.mean()),
            _course(pitch, np.median(pitch) if pitch.size else 0.0),
            _steps(pitch),
            [pitch.size / len(frames), np.log(max(sound.size, 1) / RATE)],
        ]
    )


def _frames(sound: Array) -> Array:
    padded = np.pad(sound, (0, max(0, _WINDOW - sound.size)))
    return np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]


@cache
def _mel_bands() -> Array:
    """Triangles between points evenly spaced in mel (O'Shaughnessy, 1987), shape (26, 513)."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, top, _MELS + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(_FFT, 1 / RATE)
    low, middle, high = (corners[start : start + _MELS, None] for start in range(3))
    rising, falling = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None))


def _pitch(frames: Array) -> Array:
    """Natural logarithm of the pitch of voiced frames, by the peak of their autocorrelation."""
    centred = frames - frames.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(centred, 2 * _FFT)) ** 2
    correlation = np.fft.irfft(spectrum)[:, :_WINDOW]
    # A frame overlaps less with itself the further it is shifted.
    correlation = correlation / (1 - np.arange(_WINDOW) / _WINDOW)
    first, last = (int(RATE / frequency) for frequency in reversed(_PITCH))
    lags = correlation[:, first:last]
    voiced = lags.max(axis=1) > _VOICED * correlation[:, 0] + 1e-6
    # A sound repeats after two periods as well as after one: of peaks as high, the earliest is the pitch.
    cost = _OCTAVE_COST * correlation[voiced, :1] * np.log2(np.arange(first, last))
    return np.asarray(np.log(RATE / (first + (lags[voiced] - cost).argmax(axis=1))))


def _steps(pitch: Array) -> Array:
    """Mean and spread of the steps within syllables, and the share that rise."""
    steps = np.diff(pitch)
    # A wider step leads from one syllable to the next, or to another octave by mistake.
    small = steps[np.abs(steps) < _STEP]
    return np.array([small.mean(), small.std(), (small > 0).mean()]) if small.size else np.array([0, 0, 0.5])


def _course(values: Array, level: float) -> Array:
    """Level, spread, range without outliers, and slope from start to end."""
    if values.size < 2:
        return np.array([level, 0.0, 0.0, 0.0])
    low, high = np.quantile(values, [0.05, 0.95])
    slope = np.polyfit(np.linspace(-1, 1, values.size), values, 1)[0]
    return np.array([level, values.std(), high - low, slope])
