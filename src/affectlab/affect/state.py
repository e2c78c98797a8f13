"""A person's momentary affect as a point with uncertainty in the valence-arousal plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidAffect

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Probabilities over the labels of a named taxonomy.

    Parameters
    ----------
    taxonomy
        Name of the taxonomy, for example ``"ekman6"``.
    probabilities
        Label to probability; non-negative, summing to one within 1e-6.

    Raises
    ------
    InvalidAffect
        If a probability is negative or not finite, or they do not sum to one.
    """

    taxonomy: str
    probabilities: Mapping[str, float]

    def __post_init__(self) -> None:
        values = np.fromiter(self.probabilities.values(), dtype=float)
        if not values.size or not np.all(values >= 0) or abs(values.sum() - 1) > 1e-6:
            raise InvalidAffect(
                f"probabilities over {self.taxonomy} must be non-negative and sum to 1, "
                f"got {dict(self.probabilities)}"
            )
        object.__setattr__(self, "probabilities", MappingProxyType(dict(self.probabilities)))


@dataclass(frozen=True, slots=True, eq=False)
class AffectState:
    """Gaussian belief about (valence, arousal) at one moment.

    Parameters
    ----------
    mean
        Valence and arousal, shape (2,), each in [-1, 1].
    covariance
        Shape (2, 2), symmetric positive definite, in squared units of `mean`.
    time
        Seconds on the session clock at the end of the evidence.
    distribution
        Optional categorical belief over a named taxonomy.

    Raises
    ------
    InvalidAffect
        If a value is out of range, not finite, or the covariance is not positive definite.
    """

    mean: Vector
    covariance: Matrix
    time: float
    distribution: Distribution | None = None

    def __post_init__(self) -> None:
        if self.mean.shape != (2,) or not np.all(np.abs(self.mean) <= 1):
            raise InvalidAffect(f"mean must be two numbers in [-1, 1], got {self.mean.tolist()}")
        if self.covariance.shape != (2, 2) or not np.allclose(self.covariance, self.covariance.T):
            raise InvalidAffect(f"covariance must be symmetric 2x2, got {self.covariance.tolist()}")
        if not np.all(np.linalg.eigvalsh(self.covariance) > 0):
            raise InvalidAffect(f"covariance must be positive definite, got {self.covariance.tolist()}")
        if not np.isfinite(self.time):
            raise InvalidAffect(f"time must be finite seconds on the session clock, got {self.time}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AffectState):
            return NotImplemented
        return (
            np.array_equal(self.mean, other.mean)
            and np.array_equal(self.covariance, other.covariance)
            and (self.time, self.distribution) == (other.time, other.distribution)
        )

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def at(cls, valence: float, arousal: float, *, sd: float, time: float = 0.0) -> AffectState:
        """Build a state with the same independent standard deviation on both axes."""
        return cls(np.array([valence, arousal], dtype=float), np.eye(2) * sd**2, time)

    @property
    def valence(self) -> float:
        return float(self.mean[0])

    @property
    def arousal(self) -> float:
        return float(self.mean[1])

    @property
    def sd(self) -> Vector:
        """Standard deviations of valence and arousal, shape (2,)."""
        return np.sqrt(np.diagonal(self.covariance))

    def moved_to(self, time: float) -> AffectState:
        """Return the same belief stamped with another time."""
        return replace(self, time=time)

    def fuse(self, other: AffectState) -> AffectState:
        """Combine two independent measurements of the same moment.

        The precision-weighted mean: the surer of the two counts more, and the result is surer than
        either. The later time stamp is kept, and with it that measurement's categorical belief.
        """
        own, others = np.linalg.inv(self.covariance), np.linalg.inv(other.covariance)
        covariance = np.linalg.inv(own + others)
        mean = covariance @ (own @ self.mean + others @ other.mean)
        later = self if self.time >= other.time else other
        # With correlated, unequal covariances the weighted mean can leave the plane's square.
        return AffectState(
            np.clip(mean, -1, 1), (covariance + covariance.T) / 2, later.time, later.distribution
        )
