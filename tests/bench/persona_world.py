"""Made-up readers with a known effect of their traits, and constructed predictions of what they feel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.persona.predictions import one_hot

Array = NDArray[np.float64]
LABELS = 7


@dataclass(frozen=True)
class World:
    """Readers whose distributions are known.

    Parameters
    ----------
    traits
        Shape (units, 5).
    true
        Each unit's distribution over emotions, shape (events, units, 7).
    felt
        Labels drawn from it, shape (events, units).
    base
        What all have in common, logits of shape (events, 7).
    """

    traits: Array
    true: Array
    felt: NDArray[np.intp]
    base: Array

    @property
    def human(self) -> Array:
        return one_hot(self.felt, LABELS)


def world(events: int, units: int, effect: float, seed: int) -> World:
    """Draw logits event + effect · loading · traits, and one label for each reader and event."""
    generator = np.random.default_rng(seed)
    base = generator.normal(0, 1.2, (events, LABELS))
    traits = generator.random((units, 5)).round(2)
    loading = generator.normal(0, 1, (5, LABELS))
    true = softmax(base[:, None] + effect * (traits - 0.5) @ loading * 4)
    return World(traits, true, drawn(true, generator), base)


def drawn(true: Array, generator: np.random.Generator) -> NDArray[np.intp]:
    """Draw a label from each distribution."""
    draws = generator.random((*true.shape[:-1], 1))
    return np.asarray((draws > true.cumsum(axis=-1)).sum(axis=-1).clip(0, LABELS - 1), dtype=np.intp)


def stereotype(of: World, size: float, seed: int) -> Array:
    """Predict from the same events and traits with a loading that has nothing to do with the readers'."""
    loading = np.random.default_rng(seed).normal(0, 1, (5, LABELS))
    return softmax(of.base[:, None] + size * (of.traits - 0.5) @ loading * 4)


def blind(of: World) -> Array:
    """Predict the same for every reader."""
    return np.repeat(softmax(of.base)[:, None], of.felt.shape[1], axis=1)


def softmax(logits: Array) -> Array:
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))
