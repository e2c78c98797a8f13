"""Metres, the salience of their slots, and human timing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAX_JITTER = 0.012


@dataclass(frozen=True, slots=True)
class Metre:
    """A metre as a grid of slots.

    Parameters
    ----------
    name
        Time signature.
    strengths
        Strength of each beat in [0, 1]; its length is the number of beats in a bar.
    slots
        Grid points per beat: 4 in simple metre, 3 in compound metre.
    """

    name: str
    strengths: tuple[float, ...]
    slots: int

    @property
    def beats(self) -> int:
        """Beats per bar."""
        return len(self.strengths)

    def salience(self, beat: int, slot: int) -> float:
        """How soon a note belongs at this slot as density grows: 1 first, 0 last."""
        if slot == 0:
            return 0.55 + 0.45 * self.strengths[beat % self.beats]
        if self.slots == 3:
            # Long-short: the third eighth comes in before the second, as in a lilt.
            return 0.42 if slot == 2 else 0.25
        return 0.4 if slot == 2 else 0.2


FOUR = Metre("4/4", (1.0, 0.4, 0.75, 0.4), 4)
THREE = Metre("3/4", (1.0, 0.45, 0.5), 4)
SIX_EIGHT = Metre("6/8", (1.0, 0.7), 3)


def sounds(salience: float, density: float) -> bool:
    """Whether a slot of this salience is played at this density."""
    return salience >= 1 - 0.8 * density


class Humaniser:
    """Small deviations of timing and loudness, from a generator of its own.

    Parameters
    ----------
    generator
        Source of the deviations.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def delay(self) -> float:
        """Seconds in [0, 0.012] after the grid; a note cannot begin before its beat does."""
        return float(np.clip(self._generator.normal(0.005, 0.0025), 0.0, MAX_JITTER))

    def velocity(self, loudness: float, touch: float) -> int:
        """MIDI velocity, 1 to 127, for a loudness in [0, 1] on an instrument that needs this touch."""
        return int(np.clip(round(touch * (36 + 78 * loudness) + self._generator.normal(0, 2)), 1, 127))
