"""A hash of what a picture shows: alike for copies of another size, format or quality.

The lowest 16 × 16 frequencies of the discrete cosine transform of the picture's luminance at 64 × 64 pixels,
without the mean, each above or below their median: 256 bits, the last always 0 (after Zauner, 2010,
Implementation and benchmarking of perceptual image hash functions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

BITS = 256

_SIDE = 64
_KEPT = 16
# Standard deviation of grey levels below which a picture has nothing to be told by.
_FLAT = 2.0


def picture_hash(image: Image) -> int | None:
    """Return the hash of an opaque picture, None for one of a single shade.

    Parameters
    ----------
    image
        Upright, of any size; it is read as luminance.
    """
    from PIL.Image import Resampling
    from scipy.fft import dctn

    small = np.asarray(image.convert("L").resize((_SIDE, _SIDE), Resampling.LANCZOS), dtype=float)
    if small.std() < _FLAT:
        return None
    frequencies = np.asarray(dctn(small, norm="ortho"))[:_KEPT, :_KEPT].ravel()[1:]
    bits = np.append(frequencies > np.median(frequencies), False)
    return int.from_bytes(np.packbits(bits).tobytes())


def distance(one: int, other: int) -> int:
    """Return the number of bits in which two hashes differ."""
    return (one ^ other).bit_count()
