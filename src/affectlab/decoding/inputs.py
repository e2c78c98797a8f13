"""Windows of EEG as the learned decoder reads them: patches of channels, and relations between channels.

NumPy only, and the same code in training and at run time. Nothing in it depends on the montage: channels are
known by their position on the head, and how many there are makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.features import LEAST_POWER
from affectlab.decoding.resting import (
    LEAST_QUALITY,
    RestingCollector,
    RestingReference,
)
from affectlab.decoding.spectra import (
    FINE_BANDS,
    PATCHES,
    RELATED,
    Singles,
    Spectra,
    band_covariances,
    fine_log_power,
    patch_spectra,
)
from affectlab.decoding.symmetric import Mask, floored, isolated, logarithm
from affectlab.errors import InvalidData, UnknownChannels

__all__ = [
    "FEATURES",
    "PATCHES",
    "RELATIONS",
    "WAVE_HZ",
    "Inputs",
    "RestingCollector",
    "RestingReference",
    "inputs_of",
    "make_inputs",
]

WAVE_HZ = 16
"""A patch's waveform is given up to this frequency, as its Fourier coefficients."""

FEATURES = len(FINE_BANDS) + 2 * WAVE_HZ + 1
"""Numbers per patch: power by fine band, real and imaginary parts of the waveform, and whether there is a
resting reference (0 or 1)."""

RELATIONS = len(RELATED)
"""Matrices per window, one for each band."""

LARGEST = 5.0
"""Limit on every number, in resting standard deviations: an artefact must not outshout everything else."""

TYPICAL_SPREAD = 1.0
"""Of log power around the channel's own mean over bands, in nats, where no rest is known."""

TYPICAL_DISPERSION = 0.6
"""Of a relation's entries, in nats, where no rest is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What the network is given.

    Parameters
    ----------
    patches
        Shape (n, channels, `PATCHES`, `FEATURES`), float32, in units of the person's rest.
    relations
        Shape (n, `RELATIONS`, channels, channels), float32, 0 at rest: for each band the logarithm of the
        covariance after whitening by the person's rest, in resting standard deviations.
    positions
        Shape (channels, 3), float32: unit vectors, right-anterior-superior.
    weight
        Shape (n, channels), float32 in [0, 1]: quality; 0 where the channel is not read.
    """

    patches: Singles
    relations: Singles
    positions: Singles
    weight: Singles

    def __len__(self) -> int:
        return len(self.weight)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Inputs:
        """Return some of the windows."""
        return Inputs(self.patches[rows], self.relations[rows], self.positions, self.weight[rows])


def make_inputs(
    data: NDArray[np.floating],
    quality: NDArray[np.floating],
    *,
    sfreq: float,
    channels: Sequence[str],
    reference: RestingReference | None,
) -> Inputs:
    """Read windows of one person.

    Parameters
    ----------
    data
        Shape (n, channels, samples), microvolts, conditioned as in the live loop.
    quality
        Shape (n, channels), 0 (unusable) to 1 (clean).
    sfreq
        Samples per second, at least 100.
    channels
        10-20 names.
    reference
        The person's rest with the same channels in the same order, or None where nothing is known of it.

    Raises
    ------
    InvalidData
        If a shape, the rate or a value is not what is expected.
    UnknownChannels
        If a channel is not on the montage, or the reference is of other channels.
    """
    return inputs_of(patch_spectra(data, sfreq), quality, channels, reference)


def inputs_of(
    spectra: Spectra,
    quality: NDArray[np.floating],
    channels: Sequence[str],
    reference: RestingReference | None,
) -> Inputs:
    """Read windows of one person by their spectra; see `make_inputs` and `patch_spectra`."""
    _check(spectra, quality, tuple(channels), reference)
    from affectlab.signals.montage import positions

    usable = np.asarray(quality >= LEAST_QUALITY)
    if reference is not None:
        usable &= reference.known
    return Inputs(
        _patches(spectra, usable, reference),
        _relations(band_covariances(spectra), usable, reference),
        positions(channels).astype(np.float32),
        np.where(usable, quality, 0.0).astype(np.float32),
    )


def _check(
    spectra: Spectra,
    quality: NDArray[np.floating],
    channels: tuple[str, ...],
    reference: RestingReference | None,
) -> None:
    if spectra.shape[1] != len(channels) or quality.shape != spectra.shape[:2]:
        raise InvalidData(
            f"windows are {spectra.shape[:2]} and their quality {quality.shape}; expected "
            f"(n, {len(channels)}) for channels {', '.join(channels)}"
        )
    if reference is not None and reference.channels != channels:
        raise UnknownChannels(
            f"the resting reference is of channels {', '.join(reference.channels)}, the windows of "
            f"{', '.join(channels)}; take its subset(channels)"
        )


def _patches(spectra: Spectra, usable: Mask, reference: RestingReference | None) -> Singles:
    power = fine_log_power(spectra)
    if reference is None:
        level = power.mean(axis=(2, 3), keepdims=True)
        relative = (power - level) / np.float32(TYPICAL_SPREAD)
    else:
        level = reference.level[:, None, :].mean(axis=-1, keepdims=True)[None]
        relative = (power - reference.level[:, None, :]) / reference.spread[:, None, :]
    waves = spectra[..., :WAVE_HZ] / np.exp(level / 2)
    flag = np.full((*power.shape[:3], 1), reference is not None, dtype=np.float32)
    joined = np.concatenate([relative, waves.real, waves.imag, flag], axis=-1, dtype=np.float32)
    return np.clip(joined, -LARGEST, LARGEST) * usable[:, :, None, None].astype(np.float32)


def _relations(covariances: Singles, usable: Mask, reference: RestingReference | None) -> Singles:
    made = np.empty_like(covariances)
    for rows, mask in _by_mask(usable):
        if reference is None:
            made[rows] = _against_nothing(covariances[rows], mask)
        else:
            made[rows] = _against_rest(covariances[rows], mask, reference)
    both = usable[:, :, None] & usable[:, None, :]
    return np.clip(made, -LARGEST, LARGEST) * both[:, None].astype(np.float32)


def _by_mask(usable: Mask) -> Iterator[tuple[NDArray[np.intp], Mask]]:
    """Yield the rows that have the same usable channels, and which those are."""
    masks, which = np.unique(usable, axis=0, return_inverse=True)
    for index, mask in enumerate(masks):
        yield np.flatnonzero(which.ravel() == index), mask


def _against_rest(covariances: Singles, mask: Mask, reference: RestingReference) -> NDArray[np.floating]:
    root = reference.whitener(mask)
    lifted = floored(isolated(covariances, mask), _mean_power(covariances, mask))
    return np.asarray(logarithm(root @ lifted @ root) / reference.dispersion[:, None, None])


def _against_nothing(covariances: Singles, mask: Mask) -> NDArray[np.floating]:
    """Compare with the window's own mean power over channels, the same in all directions."""
    power = _mean_power(covariances, mask)
    lifted = floored(isolated(covariances, mask), power)
    return np.asarray(logarithm(lifted / power[..., None, None]) / TYPICAL_DISPERSION)


def _mean_power(covariances: Singles, mask: Mask) -> Singles:
    """Return the mean power of the usable channels, shape (n, bands), above 0."""
    power = np.diagonal(covariances, axis1=-2, axis2=-1)[..., mask]
    mean = power.mean(axis=-1) if mask.any() else np.ones(power.shape[:-1])
    return np.maximum(mean, LEAST_POWER).astype(np.float32)
