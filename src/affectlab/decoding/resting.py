"""What a person's resting EEG looks like, so that windows can be told from it.

The reference is, for each band, the log-Euclidean mean of the windows' covariances (Arsigny et al. 2007,
SIAM J. Matrix Anal. Appl. 29, 328-347). Windows whitened by it lie around the identity for everybody
(re-centring: Zanini et al. 2018, IEEE Trans. Biomed. Eng. 65, 1107-1116), and dividing by their dispersion
at rest brings people to one scale (stretching: Rodrigues, Jutten and Congedo 2019, IEEE Trans. Biomed. Eng.
66, 2390-2401).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.features import LEAST_POWER
from affectlab.decoding.spectra import (
    RELATED,
    Singles,
    Spectra,
    band_covariances,
    fine_log_power,
    patch_spectra,
)
from affectlab.decoding.symmetric import Mask, floored, isolated, logarithm, spectral
from affectlab.errors import InvalidData, UnknownChannels, UnreadableFile
from affectlab.files import writing

LEAST_QUALITY = 0.2
"""Channels with a poorer quality score are not read at all."""

LEAST_WINDOWS = 3
"""Resting windows below which there is no reference."""

LEAST_SPREAD = 0.2
LEAST_DISPERSION = 0.05
"""Lower limits on what is divided by, in nats."""


@dataclass(frozen=True, slots=True, eq=False)
class RestingReference:
    """A person's rest, channel by channel and between channels.

    Parameters
    ----------
    channels
        10-20 names.
    covariances
        Shape (bands, channels, channels), µV²; one per band of `RELATED`.
    dispersion
        Shape (bands,): root mean square entry of the resting windows' logarithm after whitening.
    level, spread
        Shape (channels, fine bands): mean and standard deviation of the patches' log power.
    known
        Shape (channels,): whether the channel was usable at rest.
    windows
        How many windows it was made from.
    """

    channels: tuple[str, ...]
    covariances: Singles
    dispersion: Singles
    level: Singles
    spread: Singles
    known: Mask
    windows: int
    _whiteners: dict[bytes, Singles] = field(default_factory=dict, repr=False)

    def subset(self, channels: Sequence[str]) -> RestingReference:
        """Return the reference of some of the channels, in the order asked.

        Raises
        ------
        UnknownChannels
            If a channel is not part of it.
        """
        absent = [name for name in channels if name not in self.channels]
        if absent:
            raise UnknownChannels(
                f"channel {absent[0]!r} is not part of the resting reference; it has "
                f"{', '.join(self.channels)}: record the rest again with this montage"
            )
        places = np.array([self.channels.index(name) for name in channels], dtype=np.intp)
        return RestingReference(
            tuple(channels),
            self.covariances[:, places[:, None], places],
            self.dispersion,
            self.level[places],
            self.spread[places],
            self.known[places],
            self.windows,
        )

    def whitener(self, usable: Mask) -> Singles:
        """Return the inverse square root of the covariances, shape (bands, channels, channels).

        Channels that are not `usable`, shape (channels,), stand apart: they get the identity.
        """
        key = usable.tobytes()
        if key not in self._whiteners:
            alone = isolated(self.covariances.astype(np.float64), usable)
            self._whiteners[key] = spectral(alone, lambda values: values**-0.5).astype(np.float32)
        return self._whiteners[key]

    def save(self, path: Path) -> None:
        """Write it as an ``.npz`` file."""
        with writing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **self._arrays())

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        return {**arrays, "channels": np.array(self.channels), "windows": np.array(self.windows)}

    @classmethod
    def load(cls, path: Path) -> RestingReference:
        """Read a reference back.

        Raises
        ------
        UnreadableFile
            If the file is missing, truncated or not a resting reference.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
                arrays = {name: found[name] for name in (*_ARRAYS, "channels", "windows")}
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise UnreadableFile(
                f"{path} is not a resting reference ({error}); expected one that RestingReference.save wrote"
            ) from error
        channels = tuple(str(name) for name in arrays.pop("channels"))
        windows = int(arrays.pop("windows"))
        bands, count = len(RELATED), len(channels)
        if arrays["covariances"].shape != (bands, count, count) or arrays["level"].shape[0] != count:
            raise UnreadableFile(f"{path} is not a resting reference: its arrays do not fit {count} channels")
        return cls(channels=channels, windows=windows, **arrays)


_ARRAYS = ("covariances", "dispersion", "level", "spread", "known")


class RestingCollector:
    """Gathers resting windows, one after the other, into a reference.

    Parameters
    ----------
    channels
        10-20 names.
    """

    def __init__(self, channels: Sequence[str]) -> None:
        self._channels = tuple(channels)
        self._covariances: list[Singles] = []
        self._powers: list[Singles] = []
        self._usable: list[Mask] = []
        self._made: RestingReference | None = None

    def __len__(self) -> int:
        return len(self._usable)

    def add(self, data: NDArray[np.floating], quality: NDArray[np.floating], sfreq: float) -> None:
        """Take in a resting window.

        Parameters
        ----------
        data
            Shape (channels, samples), microvolts.
        quality
            Shape (channels,), 0 (unusable) to 1 (clean); a window without a usable channel is passed over.
        sfreq
            Samples per second, at least 100.

        Raises
        ------
        InvalidData
            If a shape, the rate or a value is not what is expected.
        """
        self.add_spectra(patch_spectra(np.asarray(data)[None], sfreq), np.asarray(quality)[None])

    def add_spectra(self, spectra: Spectra, quality: NDArray[np.floating]) -> None:
        """Take in windows by their spectra, shape (n, channels, …), and quality, shape (n, channels)."""
        if spectra.shape[1] != len(self._channels) or quality.shape != spectra.shape[:2]:
            raise InvalidData(
                f"resting windows are {spectra.shape[:2]} and their quality {quality.shape}; expected "
                f"(n, {len(self._channels)}) for channels {', '.join(self._channels)}"
            )
        usable = np.asarray(quality >= LEAST_QUALITY)
        rows = usable.any(axis=1)
        self._covariances.extend(band_covariances(spectra[rows]))
        self._powers.extend(fine_log_power(spectra[rows]))
        self._usable.extend(usable[rows])
        self._made = None

    def reference(self) -> RestingReference | None:
        """Return the reference, or None while there are fewer than `LEAST_WINDOWS` windows."""
        if self._made is None and len(self) >= LEAST_WINDOWS:
            self._made = self._make()
        return self._made

    def _make(self) -> RestingReference:
        usable = np.array(self._usable)
        known = usable.sum(axis=0) >= LEAST_WINDOWS
        usable &= known
        covariances = np.array(self._covariances, dtype=np.float64)
        alone = isolated(covariances, usable[:, None, :], _typical_power(covariances, usable))
        alone = floored(alone, np.diagonal(alone, axis1=-2, axis2=-1).mean(axis=-1))
        mean = spectral(logarithm(alone).mean(axis=0), np.exp)
        root = spectral(mean, lambda values: values**-0.5)
        logs = logarithm(root @ alone @ root)
        level, spread = _moments(np.array(self._powers), usable)
        return RestingReference(
            self._channels,
            mean.astype(np.float32),
            _dispersion(logs, usable).astype(np.float32),
            level.astype(np.float32),
            spread.astype(np.float32),
            known,
            len(self),
        )


def _typical_power(covariances: NDArray[np.float64], usable: Mask) -> NDArray[np.float64]:
    """Return each channel's geometric mean power over its usable windows, shape (bands, channels)."""
    power = np.log(np.maximum(np.diagonal(covariances, axis1=-2, axis2=-1), LEAST_POWER))
    counts = np.maximum(usable.sum(axis=0), 1)
    return np.asarray(np.exp((power * usable[:, None, :]).sum(axis=0) / counts))


def _dispersion(logs: NDArray[np.floating], usable: Mask) -> NDArray[np.float64]:
    entries = usable.sum(axis=1).astype(float) ** 2
    squares = (logs**2).sum(axis=(-1, -2)) / entries[:, None]
    return np.asarray(np.maximum(np.sqrt(squares.mean(axis=0)), LEAST_DISPERSION))


def _moments(powers: Singles, usable: Mask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and spread of log power, shape (n, channels, patches, bands), over usable windows."""
    weight = np.broadcast_to(usable[:, :, None, None], powers.shape).astype(np.float64)
    total = np.maximum(weight.sum(axis=(0, 2)), 1)
    mean = (powers * weight).sum(axis=(0, 2)) / total
    square = (weight * (powers - mean[:, None, :]) ** 2).sum(axis=(0, 2)) / total
    return mean, np.maximum(np.sqrt(square), LEAST_SPREAD)
