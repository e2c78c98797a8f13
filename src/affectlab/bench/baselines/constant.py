"""Baselines that look at nothing: what labels alone give away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.baselines.material import Material, Sources
from affectlab.models import Failure, Request

Vector = NDArray[np.float64]

_CERTAINTY = 1 - 1e-6
"""Of the majority label; 1 would make any other an infinite surprise. Ours."""


class LabelShares:
    """The shares of the labels among the items of other sources, one item more for each label (Laplace)."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._known: dict[Sources, Vector] = {}

    def predict(self, requests: Sequence[Request]) -> list[Vector | Failure]:
        """Return the probability of each label, shape (n_labels,), for each request."""
        return [self.without(self._material.held_out(request)) for request in requests]

    def without(self, held_out: Sources) -> Vector:
        """Return what the items of all but these sources say, shape (n_labels,)."""
        if held_out not in self._known:
            self._known[held_out] = self._count(held_out)
        return self._known[held_out]

    def _count(self, held_out: Sources) -> Vector:
        items = [self._material.items[index] for index in self._material.without(held_out)]
        counts = np.ones(len(self._material.labels))
        for item in items:
            counts[int(np.argmax(item.target))] += 1
        return np.asarray(counts / counts.sum())


class MostFrequent(LabelShares):
    """The most frequent label among the items of other sources; of equals, the first."""

    def _count(self, held_out: Sources) -> Vector:
        shares = super()._count(held_out)
        sure = np.full(shares.size, (1 - _CERTAINTY) / (shares.size - 1))
        sure[int(np.argmax(shares))] = _CERTAINTY
        return sure
