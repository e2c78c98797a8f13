"""Examples as the network reads them, on the full montage and on smaller ones, each computed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from affectlab.decoding.epochs import Epochs
from affectlab.decoding.evaluation.method import Examples, Rest
from affectlab.decoding.inputs import Inputs, inputs_of
from affectlab.decoding.resting import RestingCollector, RestingReference
from affectlab.decoding.spectra import patch_spectra

MOST_BYTES = 2**30
LEAST_CHANNELS = 2


class _Kept:
    """Inputs of one person's windows on one montage, by their content; the oldest are forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Inputs] = OrderedDict()
        self._bytes = 0

    def get(self, key: bytes) -> Inputs | None:
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def put(self, key: bytes, inputs: Inputs) -> None:
        self._known[key] = inputs
        self._bytes += inputs.patches.nbytes + inputs.relations.nbytes
        while self._bytes > MOST_BYTES and len(self._known) > 1:
            _, gone = self._known.popitem(last=False)
            self._bytes -= gone.patches.nbytes + gone.relations.nbytes


_KEPT = _Kept()


def montages(
    channels: Sequence[str], sizes: Sequence[int], headbands: Sequence[tuple[str, ...]], seed: int
) -> list[tuple[str, ...]]:
    """Return the full montage, headbands that are part of it, and one drawn at random of every size."""
    rng = np.random.default_rng(seed)
    drawn = [
        tuple(channels[place] for place in sorted(rng.choice(len(channels), size, replace=False)))
        for size in sizes
        if LEAST_CHANNELS <= size < len(channels)
    ]
    worn = [band for band in headbands if set(band) < set(channels)]
    return [tuple(channels), *worn, *drawn]


def view(examples: Examples, channels: Sequence[str]) -> Inputs:
    """Return the inputs of all windows on some of their channels, each against its own person's rest."""
    persons = examples.persons
    parts: list[Inputs] = []
    order: list[np.ndarray] = []
    for person in dict.fromkeys(persons.tolist()):
        rows = np.flatnonzero(persons == person)
        order.append(rows)
        parts.append(_of_person(examples.epochs, rows, examples.rest.get(person), tuple(channels)))
    back = np.argsort(np.concatenate(order), kind="stable")
    return Inputs(
        np.concatenate([part.patches for part in parts])[back],
        np.concatenate([part.relations for part in parts])[back],
        parts[0].positions,
        np.concatenate([part.weight for part in parts])[back],
    )


def _of_person(epochs: Epochs, rows: np.ndarray, rest: Rest | None, channels: tuple[str, ...]) -> Inputs:
    places = [epochs.info.channels.index(name) for name in channels]
    data, quality = epochs.data[rows][:, places], epochs.quality[rows][:, places]
    resting = None if rest is None else Rest(rest.data[:, places], rest.quality[:, places])
    key = _key(data, quality, resting, channels, epochs.info.sfreq)
    found = _KEPT.get(key)
    if found is None:
        reference = None if resting is None else _reference(resting, channels, epochs.info.sfreq)
        found = inputs_of(patch_spectra(data, epochs.info.sfreq), quality, channels, reference)
        _KEPT.put(key, found)
    return found


def _reference(rest: Rest, channels: tuple[str, ...], sfreq: float) -> RestingReference | None:
    collector = RestingCollector(channels)
    collector.add_spectra(patch_spectra(rest.data, sfreq), rest.quality)
    return collector.reference()


def _key(
    data: np.ndarray, quality: np.ndarray, rest: Rest | None, channels: tuple[str, ...], sfreq: float
) -> bytes:
    digest = blake2b(f"{data.shape}{channels}{sfreq}{rest is None}".encode(), digest_size=16)
    arrays = [data, quality] if rest is None else [data, quality, rest.data, rest.quality]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()
