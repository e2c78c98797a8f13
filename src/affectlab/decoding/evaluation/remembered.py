"""Features of windows, computed once: the same window is learned from in nearly every fold."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b

import numpy as np

from affectlab.decoding.epochs import Epochs, Floats

MOST_BYTES = 512 * 2**20
_BATCH = 256
_MOST_ARRAYS = 256
"""Arrays whose features are found without hashing windows again: those of a fold, and everybody's rest."""


class Remembered:
    """Wraps a function of single windows and keeps what it gave, by the content of the window.

    Parameters
    ----------
    compute
        (windows of shape (n, channels, samples), samples per second) to features, first axis n, each row a
        function of its own window alone.
    most_bytes
        Size from which what was used longest ago is forgotten.
    """

    def __init__(self, compute: Callable[[Floats, float], Floats], most_bytes: int = MOST_BYTES) -> None:
        self._compute, self._most = compute, most_bytes
        self._known: OrderedDict[bytes, Floats] = OrderedDict()
        self._bytes = 0
        self._arrays: OrderedDict[int, tuple[weakref.ref[np.ndarray], Floats]] = OrderedDict()

    def of(self, data: np.ndarray, sfreq: float) -> Floats:
        """Return the features of windows, first axis n; the array must not be changed afterwards."""
        known = self._arrays.get(id(data))
        if known is not None and known[0]() is data:
            return known[1]
        starts = range(0, len(data), _BATCH)
        found = np.concatenate([self._batch(data[begin : begin + _BATCH], sfreq) for begin in starts])
        self._arrays[id(data)] = (weakref.ref(data), found)
        if len(self._arrays) > _MOST_ARRAYS:
            self._arrays.popitem(last=False)
        return found

    def of_epochs(self, epochs: Epochs) -> Floats:
        """Return the features of a data set's windows, first axis n."""
        return self.of(epochs.data, epochs.info.sfreq)

    def _batch(self, data: np.ndarray, sfreq: float) -> Floats:
        keys = [_key(window, sfreq) for window in data]
        found = {key: self._known[key] for key in keys if key in self._known}
        absent = [place for place, key in enumerate(keys) if key not in found]
        if absent:
            computed = self._compute(np.asarray(data[absent], dtype=float), sfreq)
            for place, row in zip(absent, computed, strict=True):
                found[keys[place]] = row
        for key, row in found.items():
            self._keep(key, row)
        return np.array([found[key] for key in keys])

    def _keep(self, key: bytes, row: Floats) -> None:
        if key not in self._known:
            self._known[key] = row.copy()
            self._bytes += row.nbytes
        self._known.move_to_end(key)
        while self._bytes > self._most and len(self._known) > 1:
            self._bytes -= self._known.popitem(last=False)[1].nbytes


def _key(window: np.ndarray, sfreq: float) -> bytes:
    shape = f"{window.shape}{sfreq}".encode()
    return blake2b(np.ascontiguousarray(window).tobytes() + shape, digest_size=16).digest()
