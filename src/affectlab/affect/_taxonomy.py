"""A set of affect labels and where they lie in the valence-arousal plane."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from affectlab.affect.state import AffectState, Distribution
from affectlab.errors import InvalidData

Position = tuple[float, float]
Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

LABEL_SD = 0.25
"""Spread of one label on each axis, as standard deviation: a name covers a region. Set by affectlab."""

# A valence-only scale says nothing of arousal: the variance of a uniform distribution over [-1, 1].
_UNKNOWN_AROUSAL_VARIANCE = 1 / 3


@dataclass(frozen=True, slots=True, eq=False)
class Taxonomy:
    """Labels with coordinates, and the way between them and the plane.

    Parameters
    ----------
    name
        Name in the registry, for example ``"mikels8"``.
    labels
        In the order of `vector`.
    coordinates
        Label to (valence, arousal), each in [-1, 1].
    source
        Where labels and coordinates come from, and which were set by us.
    terms
        Label to the rated term whose coordinates it has; no entry where we set the position.
    valence_edges
        For a scale that cuts valence into bins, the inner edges, ascending; a value on an edge belongs to
        the bin below. Empty for labels that are points of the plane.

    Raises
    ------
    InvalidData
        If labels repeat, lack a coordinate or lie off the plane, or the edges do not part them.
    """

    name: str
    labels: tuple[str, ...]
    coordinates: Mapping[str, Position]
    source: str
    terms: Mapping[str, str] = field(default_factory=dict)
    valence_edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.labels or len(set(self.labels)) < len(self.labels):
            raise InvalidData(f"labels of {self.name} must be given and differ, got {list(self.labels)}")
        if set(self.coordinates) != set(self.labels):
            odd = sorted(set(self.coordinates) ^ set(self.labels))
            raise InvalidData(f"labels and coordinates of {self.name} must match, these do not: {odd}")
        for label, position in self.coordinates.items():
            if not all(abs(value) <= 1 for value in position):
                raise InvalidData(f"{label} of {self.name} must lie in [-1, 1]², got {position}")
        self._check_edges()
        object.__setattr__(self, "coordinates", MappingProxyType(dict(self.coordinates)))
        object.__setattr__(self, "terms", MappingProxyType(dict(self.terms)))

    def _check_edges(self) -> None:
        edges = self.valence_edges
        ascending = all(low < high for low, high in pairwise(edges))
        if edges and (len(edges) != len(self.labels) - 1 or not ascending):
            raise InvalidData(
                f"{self.name} needs {len(self.labels) - 1} ascending edges between its labels, got {edges}"
            )

    @property
    def positions(self) -> Matrix:
        """Coordinates in the order of `labels`, shape (n_labels, 2)."""
        return np.array([self.coordinates[label] for label in self.labels], dtype=float)

    def vector(self, distribution: Distribution) -> Vector:
        """Return the probabilities in the order of `labels`, shape (n_labels,); absent labels have 0.

        Raises
        ------
        InvalidData
            If the distribution is over another taxonomy or names an unknown label.
        """
        if distribution.taxonomy != self.name:
            raise InvalidData(
                f"distribution is over {distribution.taxonomy}, expected {self.name}; use map_distribution"
            )
        self._check_labels(distribution.probabilities)
        return np.array([distribution.probabilities.get(label, 0.0) for label in self.labels])

    def distribution(self, weights: Mapping[str, float]) -> Distribution:
        """Return votes or weights of labels as a distribution over all labels.

        Parameters
        ----------
        weights
            Label to a finite weight of at least 0; labels left out have none.

        Raises
        ------
        InvalidData
            If a label is unknown, a weight negative or not finite, or all weights are zero.
        """
        self._check_labels(weights)
        values = np.array([weights.get(label, 0.0) for label in self.labels], dtype=float)
        if not np.all(np.isfinite(values)) or np.any(values < 0) or not values.sum() > 0:
            raise InvalidData(f"weights must be finite, at least 0 and not all 0, got {dict(weights)}")
        return self._named(values)

    def from_state(self, state: AffectState) -> Distribution:
        """Return how likely each label is under a belief about valence and arousal.

        A label that is a point weighs its density under the state's Gaussian, all labels equally likely
        beforehand; a bin of valence weighs the probability that valence lies in it. The state's own
        categorical belief plays no part.
        """
        return self._named(self._bin_mass(state) if self.valence_edges else self._density(state))

    def to_state(
        self, distribution: Distribution, *, time: float = 0.0, label_sd: float = LABEL_SD
    ) -> AffectState:
        """Return the mean and covariance of the labels' coordinates, with the distribution attached.

        Parameters
        ----------
        distribution
            Over this taxonomy.
        time
            Seconds on the session clock.
        label_sd
            Spread of a single label, > 0, added to the covariance so that full certainty of a label is not
            full certainty of a point. Valence-only scales leave arousal as uncertain as it can be.

        Raises
        ------
        InvalidData
            If the distribution is over another taxonomy or names an unknown label, or `label_sd` is not
            above 0.
        InvalidAffect
            If `time` is not finite.
        """
        check_label_sd(label_sd)
        weights = self.vector(distribution)
        weights = weights / weights.sum()
        mean = weights @ self.positions
        offsets = self.positions - mean
        covariance = (weights[:, None] * offsets).T @ offsets + np.eye(2) * label_sd**2
        if self.valence_edges:
            covariance[1, 1] += _UNKNOWN_AROUSAL_VARIANCE
        return AffectState(np.clip(mean, -1, 1), covariance, time, distribution)

    def same_valence(self, first: str, second: str) -> bool:
        """Tell whether two labels lie on the same side of neutral valence, or both on it.

        Raises
        ------
        InvalidData
            If a label is unknown.
        """
        self._check_labels((first, second))
        return bool(np.sign(self.coordinates[first][0]) == np.sign(self.coordinates[second][0]))

    def label_at(self, valence: float) -> str:
        """Return the bin of a valence-only scale that holds `valence`; an edge belongs to the bin below.

        Raises
        ------
        InvalidData
            If the taxonomy has no bins, or `valence` is not in [-1, 1].
        """
        if not self.valence_edges:
            raise InvalidData(f"{self.name} does not cut valence into bins; use from_state")
        if not -1 <= valence <= 1:
            raise InvalidData(f"valence must lie in [-1, 1], got {valence}")
        return self.labels[int(np.searchsorted(self.valence_edges, valence, side="left"))]

    def _check_labels(self, labels: Mapping[str, float] | tuple[str, ...]) -> None:
        unknown = [label for label in labels if label not in self.coordinates]
        if unknown:
            raise InvalidData(
                f"{unknown[0]!r} is not a label of {self.name}; it has {', '.join(self.labels)}"
            )

    def _named(self, weights: Vector) -> Distribution:
        shares = (weights / weights.sum()).tolist()
        return Distribution(self.name, dict(zip(self.labels, shares, strict=True)))

    def _density(self, state: AffectState) -> Vector:
        offsets = self.positions - state.mean
        distances = np.einsum("li,ij,lj->l", offsets, np.linalg.inv(state.covariance), offsets)
        # Relative to the nearest label, so that a very sure state does not underflow to no label at all.
        return np.asarray(np.exp(-(distances - distances.min()) / 2))

    def _bin_mass(self, state: AffectState) -> Vector:
        scale = math.sqrt(2 * float(state.covariance[0, 0]))
        below = [(1 + math.erf((edge - state.valence) / scale)) / 2 for edge in self.valence_edges]
        return np.diff([0.0, *below, 1.0])


def check_label_sd(label_sd: float) -> None:
    if not 0 < label_sd < math.inf:
        raise InvalidData(f"label_sd must be a finite number above 0, got {label_sd}")
