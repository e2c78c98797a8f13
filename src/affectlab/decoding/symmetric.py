"""Functions of symmetric positive matrices, as covariances between channels are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

FLOOR = 0.1
"""Least power of any direction, as a share of the mean power of a channel.

An average reference leaves one direction without any power, and cleaning by independent components empties
others, differently from recording to recording: in EEGMAT, directions that hold .0002 to .007 of the mean
power in one recording of a person hold .05 to .1 in the other. Whoever reads directions that weak tells
recordings apart by how they were cleaned, and does so well; below the floor they are all the same."""


def spectral(
    matrices: NDArray[np.floating], function: Callable[[NDArray[np.floating]], NDArray[np.floating]]
) -> NDArray[np.floating]:
    """Apply a function to the eigenvalues of symmetric matrices, shape (…, channels, channels)."""
    values, vectors = np.linalg.eigh(matrices)
    return np.asarray((vectors * function(values)[..., None, :]) @ vectors.swapaxes(-1, -2))


def logarithm(matrices: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the logarithm of symmetric positive matrices, shape (…, channels, channels)."""
    # Rounding may turn the smallest eigenvalues of a positive matrix negative.
    return spectral(matrices, lambda values: np.log(np.maximum(values, np.finfo(values.dtype).eps)))


def isolated(
    matrices: NDArray[np.floating], usable: Mask, power: NDArray[np.floating] | float = 1.0
) -> NDArray[np.floating]:
    """Cut channels that are not usable loose from the others, and give them `power`.

    Parameters
    ----------
    matrices
        Shape (…, channels, channels).
    usable
        Shape (…, channels).
    power
        Diagonal of the channels cut loose, shape (…, channels) or a number.
    """
    if usable.all():
        return matrices
    both = usable[..., :, None] & usable[..., None, :]
    diagonal = np.where(usable, 0.0, power)[..., None] * np.eye(matrices.shape[-1])
    return np.asarray(np.where(both, matrices, diagonal), dtype=matrices.dtype)


def floored(matrices: NDArray[np.floating], power: NDArray[np.floating]) -> NDArray[np.floating]:
    """Lift directions with less than `FLOOR` of the mean power to it.

    Parameters
    ----------
    matrices
        Shape (…, channels, channels).
    power
        Mean power of a channel, shape (…).
    """
    least = np.asarray(FLOOR * power)[..., None]
    values, vectors = np.linalg.eigh(matrices)
    return np.asarray((vectors * np.maximum(values, least)[..., None, :]) @ vectors.swapaxes(-1, -2))
