"""How many notes a beat gets, so that the density that was planned is the density that sounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from affectlab.errors import InvalidConfig
from affectlab.music.learned.labels import Labeller

# Onsets per beat below which music stops, and above which a small ensemble cannot be told apart (ours).
FEWEST, MOST = 0.5, 10.0


@dataclass(frozen=True, slots=True, eq=False)
class DensityScale:
    """Onsets per beat of a density, and back; both strictly increasing.

    Parameters
    ----------
    densities, onsets
        Corresponding values, shape (points,), each strictly ascending.
    """

    densities: NDArray[np.float64]
    onsets: NDArray[np.float64]

    @classmethod
    def of(cls, quantiles: ArrayLike) -> Self:
        """Take density for the share of a corpus's beats that are sparser.

        Parameters
        ----------
        quantiles
            Onsets per beat at evenly spaced shares of 0 to 1, shape (points,), ascending; equal ones count
            as one, in their middle. Values outside `FEWEST` to `MOST` are cut off.

        Raises
        ------
        InvalidConfig
            If fewer than two different values are left.
        """
        values = np.clip(np.asarray(quantiles, np.float64), FEWEST, MOST)
        onsets, first, count = np.unique(values, return_index=True, return_counts=True)
        if len(onsets) < 2 or not np.isfinite(values).all():
            raise InvalidConfig("a density scale needs two different numbers of onsets; fit the labels again")
        densities = (first + (count - 1) / 2) / (len(values) - 1)
        densities[0], densities[-1] = 0.0, 1.0
        return cls(densities, onsets)

    @classmethod
    def of_labels(cls, labeller: Labeller) -> Self:
        """Take the scale of a corpus's labels."""
        return cls.of(labeller.quantiles["dynamics/density"])

    def per_beat(self, density: float) -> float:
        """Onsets per beat of a density in [0, 1]."""
        return float(np.interp(density, self.densities, self.onsets))

    def density(self, per_beat: float) -> float:
        """Density in [0, 1] of so many onsets per beat."""
        return float(np.interp(per_beat, self.onsets, self.densities))


class Budget:
    """Gives out onsets, and remembers what is owed.

    Every beat adds the planned onsets to what is owed, and each note takes one away. A beat may fall short
    of it or run ahead by `slack` times the plan and half a note, so that the sum over any beats strays from
    the plan by no more than twice that.

    Parameters
    ----------
    scale
        Onsets per beat of a density.
    slack
        In [0, 1]: 0 gives every beat the same number of notes, 1 lets the network group them freely.
    gain
        Logits by which notes are favoured when a whole beat's onsets are owed.
    """

    def __init__(self, scale: DensityScale, *, slack: float = 0.4, gain: float = 2.0) -> None:
        if not 0 <= slack <= 1:
            raise InvalidConfig(f"slack of the density must be in [0, 1], got {slack}")
        self._scale, self._slack, self._gain = scale, slack, gain
        self.planned = 0.0
        self.owed = 0.0

    def open(self, density: float) -> None:
        """Begin a beat."""
        # What could not be written in time is forgotten beyond a beat: it must not pile up into an outburst.
        limit = self._stray(self.planned)
        self.owed = min(max(self.owed, -limit), limit)
        self.planned = self._scale.per_beat(density)
        self.owed += self.planned

    def spend(self) -> None:
        """Count a note."""
        self.owed -= 1

    @property
    def most(self) -> int:
        """Notes that may still be written in this beat."""
        return max(0, math.floor(self.owed + self._stray(self.planned)))

    @property
    def least(self) -> int:
        """Notes that must still be written in this beat."""
        return max(0, math.ceil(self.owed - self._stray(self.planned)))

    @property
    def bias(self) -> float:
        """What to add to the logits of notes, and to take from those of leaving the beat."""
        return self._gain * min(max((self.owed - 0.5) / self.planned, -1.0), 1.0)

    def _stray(self, planned: float) -> float:
        return 0.5 + self._slack * planned
