"""Fewer dimensions where there are thousands: relations between 64 electrodes have 8,000."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from affectlab.decoding.epochs import Floats

MOST_DIMENSIONS = 1000
MOST_SAMPLES = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """Principal directions of features, or all of them where they are few.

    Parameters
    ----------
    directions
        Shape (d, kept), orthonormal columns; None keeps features as they are.
    """

    directions: Floats | None

    @classmethod
    def of(cls, features: Floats) -> Principal:
        """Find the directions from at most `MOST_SAMPLES` windows, evenly spaced; labels are not seen."""
        if features.shape[1] <= MOST_DIMENSIONS:
            return cls(None)
        rows = np.linspace(0, len(features) - 1, min(len(features), MOST_SAMPLES)).astype(int)
        sample = features[rows] - features[rows].mean(axis=0)
        values, vectors = np.linalg.eigh(sample @ sample.T)
        kept = np.flatnonzero(values > 1e-9 * values[-1])[-MOST_DIMENSIONS:]
        return cls(sample.T @ (vectors[:, kept] / np.sqrt(values[kept])))

    def project(self, features: Floats) -> Floats:
        """Return features of shape (n, kept)."""
        return features if self.directions is None else features @ self.directions
