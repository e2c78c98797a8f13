"""Key and mode of the learned composer: the tonic by seed, the mode by valence, on bar lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from affectlab.music.learned.tonality import MAJOR, MINOR
from affectlab.music.learned.writing.frame import CHROMATIC
from affectlab.music.mapping import mode_of
from affectlab.music.modes import MODES, PITCH_NAMES, Mode

# Neither phrygian nor lydian: the corpus has hardly any.
_COMMON = MODES[1:-1]


@dataclass(frozen=True, slots=True)
class Key:
    """What may be struck.

    Parameters
    ----------
    tonic
        Pitch class, 0 (C) to 11.
    mode
        None for all twelve pitch classes.
    """

    tonic: int
    mode: Mode | None

    @property
    def scale(self) -> tuple[int, ...]:
        """Its pitch classes."""
        if self.mode is None:
            return CHROMATIC
        return tuple(sorted((self.tonic + step) % 12 for step in self.mode.steps))

    @property
    def licence(self) -> tuple[int, int] | None:
        """Dominant, and the raised leading tone it may bear, in modes with a minor third and seventh."""
        if self.mode is None or self.mode.steps[2] != 3 or self.mode.steps[6] != 10:
            return None
        return (self.tonic + 7) % 12, (self.tonic + 11) % 12

    @property
    def attraction(self) -> tuple[float, ...]:
        """How much each pitch class belongs to the key as listeners hear it, C first; see `Frame`."""
        if self.mode is None:
            return (0.0,) * 12
        profile = MINOR if self.mode.steps[2] == 3 else MAJOR
        return tuple(np.roll((profile - profile.mean()) / profile.std(), self.tonic).tolist())

    @property
    def name(self) -> str:
        """The tonic's name."""
        return PITCH_NAMES[self.tonic]


class KeyPlan:
    """Chooses the key.

    Parameters
    ----------
    generator
        Draws the tonic, and the mode where no valence chooses it.
    chromatic
        Whether all pitch classes may be struck throughout.
    """

    def __init__(self, generator: np.random.Generator, *, chromatic: bool = False) -> None:
        self.tonic = int(generator.integers(12))
        self._drawn = _COMMON[int(generator.integers(len(_COMMON)))]
        self._chromatic = chromatic
        self._mode: Mode | None = None

    def at_bar_line(self, valence: float | None) -> Key:
        """Return the key of the bar that begins; without a valence the mode is the one drawn by seed."""
        if self._chromatic:
            return Key(self.tonic, None)
        self._mode = self._drawn if valence is None else mode_of(valence, self._mode, extremes=False)
        return Key(self.tonic, self._mode)
