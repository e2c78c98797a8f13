"""Which pitch classes a key still lacks, by what has lately been heard."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.learned.cursor import GridNote
from affectlab.music.learned.piece import TICKS

# Beats after which what was heard counts half: about as long as a key stays in mind (ours).
HALF_LIFE: Final = 16.0

Classes = NDArray[np.float64]


class KeyBalance:
    """Compares how long each pitch class has sounded with how much it belongs to the key.

    A network hears seven pitch classes and takes the commonest key that has them. What the key lacks is made
    likelier and what it has too much of less likely, so that the key is heard and no note is harped on.
    """

    def __init__(self) -> None:
        self._heard: Classes = np.zeros(12)
        self._time = 0

    def hear(self, note: GridNote) -> None:
        """Take a note, no earlier than the one before."""
        self._heard *= 0.5 ** ((note.start - self._time) / (HALF_LIFE * TICKS))
        self._time = note.start
        self._heard[note.pitch % 12] += note.duration

    def lacking(self, attraction: Classes) -> Classes:
        """Return what each pitch class lacks, in standard deviations, shape (12,).

        Parameters
        ----------
        attraction
            How much each belongs to the key, mean 0 and standard deviation 1; all 0 where there is no key,
            and then nothing lacks.
        """
        if not attraction.any():
            return np.zeros(12)
        spread = self._heard.std()
        if spread == 0:
            return attraction
        lack: Classes = attraction - (self._heard - self._heard.mean()) / spread
        return lack
