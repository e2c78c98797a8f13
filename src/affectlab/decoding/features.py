"""Band power of a window, and the two features of affect read from it.

Arousal is read from the beta/alpha power ratio, valence from frontal alpha asymmetry. Both are log ratios, so
that they do not depend on the amplifier's gain and are closer to Gaussian than power itself.

References
----------
Allen, Coan and Nazarian (2004), Biological Psychology 67, 183-218: asymmetry as ln(right) - ln(left) alpha.
Ramirez, Palencia-Lefler, Giraldo and Vamvakousis (2015), Frontiers in Neuroscience 9:354: arousal as beta to
alpha ratio and valence as frontal alpha asymmetry, steering music.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidData
from affectlab.signals.window import Window

Array = NDArray[np.float64]

BANDS: dict[str, tuple[float, float]] = {
    "theta": (4.0, 8.0),
    "alpha": (8.0, 13.0),
    "beta": (13.0, 30.0),
    "gamma": (30.0, 45.0),
}
"""Band edges in Hz; the lower edge belongs to the band, the upper to the next."""

FRONTAL_PAIRS: tuple[tuple[str, str], ...] = (
    ("F4", "F3"),
    ("F8", "F7"),
    ("Fp2", "Fp1"),
    ("AF8", "AF7"),
    ("AF4", "AF3"),
)
"""Right and left electrode of every pair that frontal alpha asymmetry may be read from."""

SEGMENT_SECONDS = 2.0
LEAST_POWER = 1e-4
"""Band power in µV² below which a channel carries no brain signal: amplifiers are noisier than that."""

_ALPHA, _BETA = list(BANDS).index("alpha"), list(BANDS).index("beta")


@dataclass(frozen=True, slots=True, eq=False)
class AffectFeatures:
    """Log ratios of one window, each with the weight that signal quality gives it.

    Parameters
    ----------
    ratio
        ln(beta power / alpha power) of every channel, shape (n_channels,).
    ratio_weight
        Weight in [0, 1] of each channel.
    asymmetry
        ln(right alpha) - ln(left alpha) of every frontal pair there is, shape (n_pairs,).
    asymmetry_weight
        Weight in [0, 1] of each pair: that of its poorer channel.
    """

    ratio: Array
    ratio_weight: Array
    asymmetry: Array
    asymmetry_weight: Array


def power_spectrum(data: Array, sfreq: float) -> tuple[Array, Array]:
    """Estimate the power spectral density of every channel by Welch's method in one transform.

    Hann segments of two seconds (or the whole window when shorter) that overlap by half, each freed of its
    mean; the same estimate as ``scipy.signal.welch``.

    Parameters
    ----------
    data
        Shape (n_channels, n_samples), microvolts.
    sfreq
        Samples per second.

    Returns
    -------
    frequencies
        Shape (n_frequencies,), Hz.
    density
        Shape (n_channels, n_frequencies), µV²/Hz.

    Raises
    ------
    InvalidData
        If there are fewer than two samples.
    """
    if data.ndim != 2 or data.shape[1] < 2:
        raise InvalidData(f"a window must be (channels, samples) with two samples or more, got {data.shape}")
    length = min(round(SEGMENT_SECONDS * sfreq), data.shape[1])
    taper, scale = _taper(length, sfreq)
    segments = np.lib.stride_tricks.sliding_window_view(data, length, axis=1)[:, :: length - length // 2]
    centred = segments - segments.mean(axis=2, keepdims=True)
    spectrum = np.fft.rfft(centred * taper, axis=2)
    density: Array = (spectrum.real**2 + spectrum.imag**2).mean(axis=1) * scale
    return np.arange(length // 2 + 1) * (sfreq / length), density


def log_band_power(data: Array, sfreq: float) -> Array:
    """Return ln of the power in each band of `BANDS`, shape (n_bands, n_channels), of µV².

    A band that reaches past the Nyquist frequency ends there; one that lies wholly above it is NaN. Power
    below `LEAST_POWER` counts as `LEAST_POWER`.

    Parameters
    ----------
    data
        Shape (n_channels, n_samples), microvolts.
    sfreq
        Samples per second.
    """
    frequencies, density = power_spectrum(data, sfreq)
    inside = _membership(frequencies.size, float(frequencies[-1]))
    power = inside @ density.T * frequencies[1]
    power[~inside.any(axis=1)] = np.nan
    logarithm: Array = np.log(np.maximum(power, LEAST_POWER))
    return logarithm


def frontal_pairs(channels: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return the places of (right, left) in `channels` of every frontal pair that is whole."""
    place = {name: index for index, name in enumerate(channels)}
    return [(place[right], place[left]) for right, left in FRONTAL_PAIRS if right in place and left in place]


def affect_features(window: Window, least_quality: float = 0.0) -> AffectFeatures:
    """Read the two log ratios from a window.

    Parameters
    ----------
    window
        Conditioned EEG of any montage.
    least_quality
        Channels with a poorer quality score get weight 0.
    """
    log_power = log_band_power(window.data, window.sfreq)
    alpha, beta = log_power[_ALPHA], log_power[_BETA]
    alive = (alpha > np.log(LEAST_POWER)) & (beta > np.log(LEAST_POWER))
    weight = np.where(alive & (window.usable >= least_quality), window.usable, 0.0)
    pairs = np.array(frontal_pairs(window.channels), dtype=np.intp).reshape(-1, 2)
    right, left = pairs[:, 0], pairs[:, 1]
    return AffectFeatures(
        beta - alpha, weight, alpha[right] - alpha[left], np.minimum(weight[right], weight[left])
    )


@lru_cache(maxsize=8)
def _taper(length: int, sfreq: float) -> tuple[Array, Array]:
    """Return the periodic Hann taper and the factor from squared magnitude to one-sided density."""
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    scale = np.full(length // 2 + 1, 2 / (sfreq * np.sum(taper**2)))
    scale[0] /= 2
    if length % 2 == 0:
        scale[-1] /= 2
    return taper, scale


@lru_cache(maxsize=8)
def _membership(bins: int, highest: float) -> Array:
    """Return which frequency bin lies in which band, shape (n_bands, bins), ones and zeros."""
    frequencies = np.linspace(0, highest, bins)
    inside = [(frequencies >= low) & (frequencies < high) for low, high in BANDS.values()]
    return np.array(inside, dtype=float)
