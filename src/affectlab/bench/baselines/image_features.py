"""What a still picture looks like in a few numbers: colour, light, edges, spectrum and symmetry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.baselines.picture_features import picture_features

Array = NDArray[np.float64]

_HUES = 12
_BANDS = 6
_SPECTRUM_SIDE = 64
_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


def image_features(picture: NDArray[np.uint8]) -> Array:
    """Describe a picture by statistics that know nothing of what it shows.

    Parameters
    ----------
    picture
        Shape (height, width, 3), RGB, any size.

    Returns
    -------
    NDArray[np.float64]
        Shape (294 + 12 + 9 + 7 + 3,): `picture_features`; share of each hue by saturation; mean, spread and
        extremes of saturation and lightness, and colourfulness (Hasler and Süsstrunk, 2003, Measuring
        colourfulness in natural images); slope of the power spectrum and its bands (Torralba and Oliva, 2003,
        Statistics of natural image categories); mirror symmetry, left to right and top to bottom, and shape.
    """
    colours = picture.astype(float) / 255
    grey = colours @ _LUMA
    return np.concatenate(
        [
            picture_features(picture[None]),
            _hues(colours),
            _tones(colours, grey),
            _spectrum(grey),
            _symmetry(grey),
        ]
    )


def _hues(colours: Array) -> Array:
    """Share of each hue, every pixel weighing its saturation; zeros for a grey picture."""
    top, bottom = colours.max(axis=-1), colours.min(axis=-1)
    chroma = top - bottom
    red, green, blue = np.moveaxis(colours, -1, 0)
    # The hue's angle on the colour circle, from the two chromatic axes.
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue) % (2 * np.pi)
    bins = np.minimum((angle / (2 * np.pi) * _HUES).astype(int), _HUES - 1)
    weights = np.bincount(bins.ravel(), weights=chroma.ravel(), minlength=_HUES)
    return np.asarray(weights / max(chroma.sum(), 1e-9) * (chroma.mean() > 1e-3))


def _tones(colours: Array, grey: Array) -> Array:
    top = colours.max(axis=-1)
    saturation = (top - colours.min(axis=-1)) / np.maximum(top, 1e-3)
    red, green, blue = np.moveaxis(colours, -1, 0)
    first, second = red - green, (red + green) / 2 - blue
    colourful = np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean())
    dark, light = np.quantile(grey, [0.05, 0.95])
    return np.array(
        [
            saturation.mean(),
            saturation.std(),
            grey.mean(),
            grey.std(),
            dark,
            light,
            (grey < 0.2).mean(),
            (grey > 0.8).mean(),
            colourful,
        ]
    )


def _spectrum(grey: Array) -> Array:
    """Slope of log power over log frequency, and the share of power in octaves of frequency."""
    side = _SPECTRUM_SIDE
    rows, columns = (np.arange(side) * length // side for length in grey.shape)
    square = grey[np.ix_(rows, columns)]
    power = np.abs(np.fft.fft2((square - square.mean()) * np.outer(np.hanning(side), np.hanning(side)))) ** 2
    frequencies = np.fft.fftfreq(side) * side
    radius = np.hypot(frequencies[:, None], frequencies[None, :])
    bands = np.array(
        [power[(radius >= 2**band) & (radius < 2 ** (band + 1))].mean() for band in range(_BANDS)]
    )
    logs = np.log(bands + 1e-6)
    return np.array([np.polyfit(np.arange(_BANDS), logs, 1)[0], *(logs - logs.mean())])


def _symmetry(grey: Array) -> Array:
    """Correlation with the mirror image along each axis, and the logarithm of width over height."""
    centred = grey - grey.mean()
    spread = float((centred**2).sum())
    mirrored = [
        float((centred * np.flip(centred, axis)).sum()) / spread if spread else 1.0 for axis in (1, 0)
    ]
    return np.array([*mirrored, np.log(grey.shape[1] / grey.shape[0])])
