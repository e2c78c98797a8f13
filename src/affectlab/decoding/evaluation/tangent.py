"""Relations between electrodes: covariances by band, aligned to the person's rest, on the tangent space.

References
----------
Barachant, Bonnet, Congedo and Jutten (2012), Multiclass brain-computer interface classification by Riemannian
geometry, IEEE Transactions on Biomedical Engineering 59(4), 920-928.
Zanini, Congedo, Jutten, Said and Berthoumieu (2018), Transfer learning: a Riemannian geometry framework with
applications to brain-computer interfaces, IEEE Transactions on Biomedical Engineering 65(5), 1107-1116.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from affectlab.decoding.epochs import Floats, Target
from affectlab.decoding.evaluation.method import Examples, Rest
from affectlab.decoding.evaluation.principal import Principal
from affectlab.decoding.evaluation.remembered import Remembered
from affectlab.decoding.evaluation.scoring import Scored, ridge_on
from affectlab.decoding.features import BANDS
from affectlab.errors import MissingExtra

SHRINKAGE = 0.05
"""Share of the covariance replaced by a sphere of the same trace: four seconds of theta hold few degrees of
freedom, and an average reference takes one away (ours)."""

TAPERED = 0.2
"""Share of the window that tapers off, both ends together (ours)."""


def band_covariances(data: Floats, sfreq: float) -> Floats:
    """Return the covariance of channels in each band, shape (n, bands, channels, channels), µV².

    From one transform of the window, tapered at its ends only: the real part of the cross spectra, summed
    over a band.
    """
    from scipy.signal.windows import tukey

    samples = data.shape[-1]
    centred = data - data.mean(axis=-1, keepdims=True)
    # A full taper would leave too few degrees of freedom for the slow bands.
    spectrum = np.fft.rfft(centred * tukey(samples, TAPERED)) / samples
    frequencies = np.arange(spectrum.shape[-1]) * (sfreq / samples)
    bands = []
    for low, high in BANDS.values():
        part = spectrum[..., (frequencies >= low) & (frequencies < high)]
        stacked = np.concatenate([part.real, part.imag], axis=-1)
        bands.append(_shrunk(stacked @ np.swapaxes(stacked, -1, -2)))
    return np.stack(bands, axis=1)


def _shrunk(covariance: Floats) -> Floats:
    channels = covariance.shape[-1]
    power = np.trace(covariance, axis1=-2, axis2=-1) / channels
    sphere = np.maximum(power, 1e-6)[..., None, None] * np.eye(channels)
    shrunk: Floats = (1 - SHRINKAGE) * covariance + SHRINKAGE * sphere
    return shrunk


_COVARIANCES = Remembered(band_covariances)


@dataclass(frozen=True, slots=True, eq=False)
class TangentVectors:
    """Aligned covariances mapped to the tangent space at their mean, band by band.

    Parameters
    ----------
    maps
        One fitted `pyriemann.tangentspace.TangentSpace` for each band.
    stranger
        Alignment of people whose rest is not known, shape (bands, channels, channels).
    principal
        Directions kept where there are many channels.
    """

    maps: tuple[Any, ...]
    stranger: Floats
    principal: Principal

    @classmethod
    def of(cls, examples: Examples) -> TangentVectors:
        """Learn the mean of the people in `examples`."""
        stranger = _mean_alignment(examples)
        aligned = _aligned(examples, stranger)
        maps = tuple(_tangent_space().fit(aligned[:, band]) for band in range(aligned.shape[1]))
        vectors = _vectors(maps, aligned)
        return cls(maps, stranger, Principal.of(vectors))

    def features(self, examples: Examples) -> Floats:
        """Return features of shape (n, d)."""
        return self.principal.project(_vectors(self.maps, _aligned(examples, self.stranger)))


class TangentRidge:
    """Ridge regression on the tangent space of covariances aligned to rest."""

    name = "tangent-ridge"

    def fit(self, examples: Examples, target: Target, *, seed: int) -> Scored:  # noqa: ARG002
        return ridge_on(TangentVectors.of(examples), examples, target)


def _vectors(maps: tuple[Any, ...], aligned: Floats) -> Floats:
    return np.hstack([one.transform(aligned[:, band]) for band, one in enumerate(maps)])


def _tangent_space() -> Any:
    try:
        from pyriemann.tangentspace import TangentSpace
    except ImportError:
        raise MissingExtra("pyriemann", "train") from None
    return TangentSpace(metric={"mean": "logeuclid", "map": "riemann"})


def _aligned(examples: Examples, stranger: Floats) -> Floats:
    """Whiten every window's covariances by its person's rest, shape (n, bands, channels, channels)."""
    covariances = _COVARIANCES.of_epochs(examples.epochs)
    persons = examples.persons
    aligned = np.empty_like(covariances)
    for name in dict.fromkeys(persons.tolist()):
        rows = persons == name
        whitening = _whitening(examples.rest[name], examples) if name in examples.rest else stranger
        aligned[rows] = whitening @ covariances[rows] @ whitening
    return aligned


def _whitening(rest: Rest, examples: Examples) -> Floats:
    return _inverse_roots(_COVARIANCES.of(rest.data, examples.info.sfreq))


def _mean_alignment(examples: Examples) -> Floats:
    """Return what strangers are aligned by: everybody's rest together, or nothing where none is known."""
    people = [name for name in dict.fromkeys(examples.persons.tolist()) if name in examples.rest]
    channels = len(examples.info.channels)
    if not people:
        return np.broadcast_to(np.eye(channels), (len(BANDS), channels, channels))
    rests = [_COVARIANCES.of(examples.rest[name].data, examples.info.sfreq) for name in people]
    return _inverse_roots(np.concatenate(rests))


def _inverse_roots(covariances: Floats) -> Floats:
    """Return the inverse root of the log-Euclidean mean in each band, shape (bands, channels, channels)."""
    values, vectors = np.linalg.eigh(covariances)
    logarithms = (vectors * np.log(values)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    values, vectors = np.linalg.eigh(logarithms.mean(axis=0))
    roots: Floats = (vectors * np.exp(-values / 2)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    return roots
