"""Spectra of the patches of a window, and what is read from them: power and covariance by band.

One transform serves everything: a patch lasts one second, so that its bins lie one hertz apart whatever the
sampling rate, and no signal has to be resampled.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.features import BANDS, LEAST_POWER
from affectlab.errors import InvalidData

Spectra = NDArray[np.complex64]
Singles = NDArray[np.float32]

PATCHES = 7
"""Patches per window, spread evenly: half a second apart in a window of four seconds."""

PATCH_SECONDS = 1.0
HIGHEST_HZ = 44
"""Highest bin, in hertz: the pass band of the signal chain ends at 45."""

FINE_BANDS: tuple[tuple[int, int], ...] = (
    (4, 6),
    (6, 8),
    (8, 10),
    (10, 13),
    (13, 20),
    (20, 30),
    (30, 38),
    (38, 45),
)
"""Band edges in Hz of the power of patches: `BANDS`, each cut in two; the upper edge belongs to the next."""

RELATED = ("theta", "alpha", "beta")
"""The bands of `BANDS` in which relations between channels are read. Gamma is muscle for the most part at the
scalp (Whitham et al. 2007, Clin. Neurophysiol. 118, 1877-1888)."""

LOWEST_SFREQ = 100.0


def patch_spectra(data: NDArray[np.floating], sfreq: float) -> Spectra:
    """Transform windows patch by patch.

    Parameters
    ----------
    data
        Shape (n, channels, samples), microvolts, finite, one second or more.
    sfreq
        Samples per second, at least 100.

    Returns
    -------
    spectra
        Shape (n, channels, `PATCHES`, `HIGHEST_HZ`), of 1 Hz to `HIGHEST_HZ`, in microvolts of amplitude
        (peak), Hann-tapered.

    Raises
    ------
    InvalidData
        If the shape, the rate or a value is not what is expected.
    """
    from scipy.fft import rfft

    if not sfreq >= LOWEST_SFREQ:
        raise InvalidData(f"sampling rate is {sfreq:g} Hz; expected at least {LOWEST_SFREQ:g} Hz")
    length = round(PATCH_SECONDS * sfreq)
    if data.ndim != 3 or data.shape[2] < length:
        raise InvalidData(
            f"windows must be (n, channels, samples) with {length} samples or more, got {data.shape}"
        )
    single = np.asarray(data, dtype=np.float32)
    if not np.isfinite(single).all():
        raise InvalidData("windows hold values that are not finite numbers; expected microvolts throughout")
    places, taper = _cut(single.shape[2], length)
    pieces = single[:, :, places]
    pieces -= pieces.mean(axis=-1, keepdims=True)
    spectra: Spectra = rfft(pieces * taper)[..., 1 : HIGHEST_HZ + 1]
    return spectra


@lru_cache(maxsize=8)
def _cut(samples: int, length: int) -> tuple[NDArray[np.intp], Singles]:
    """Return the places of every patch's samples, shape (patches, length), and the taper that scales too."""
    starts = np.rint(np.linspace(0, samples - length, PATCHES)).astype(np.intp)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return starts[:, None] + np.arange(length), (2 * taper / taper.sum()).astype(np.float32)


def fine_log_power(spectra: Spectra) -> Singles:
    """Return ln of the mean power of each of `FINE_BANDS`, shape (n, channels, patches, bands), of µV²."""
    power = spectra.real**2 + spectra.imag**2
    means = [power[..., low - 1 : high - 1].mean(axis=-1) for low, high in FINE_BANDS]
    logarithm: Singles = np.log(np.maximum(np.stack(means, axis=-1), np.float32(LEAST_POWER)))
    return logarithm


def band_covariances(spectra: Spectra) -> Singles:
    """Return the covariance between channels in each of `RELATED`, shape (n, bands, channels, channels), µV².

    The real part of the cross-spectrum, averaged over the band's bins and the patches.
    """
    return np.stack([_cross(spectra[..., low - 1 : high - 1]) for low, high in _bins()], axis=1)


def _bins() -> list[tuple[int, int]]:
    return [(int(low), int(high)) for low, high in map(BANDS.__getitem__, RELATED)]


def _cross(spectra: Spectra) -> Singles:
    flat = spectra.reshape(*spectra.shape[:2], -1)
    # Real and imaginary parts side by side: one real product is the real part of the complex one.
    real = np.concatenate([flat.real, flat.imag], axis=-1)
    product: Singles = real @ real.transpose(0, 2, 1) / np.float32(flat.shape[-1])
    return product
