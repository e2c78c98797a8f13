"""Motives: a contour and a rhythm that return, varied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from affectlab.music.rhythm import Metre

BARS = 2
LENGTH = 12


@dataclass(frozen=True, slots=True)
class Motif:
    """Two bars of melody, free of key, mode and metre.

    Parameters
    ----------
    contour
        Diatonic steps above or below the motif's anchor, taken in turn by its notes.
    rhythm
        Seed of the rhythm; the same number gives the same rhythm in the same metre.
    """

    contour: tuple[int, ...]
    rhythm: int

    def inverted(self) -> Motif:
        """Return the mirror image about the anchor."""
        return replace(self, contour=tuple(-step for step in self.contour))

    def reversed(self) -> Motif:
        """Return the contour read backwards, beginning on the anchor."""
        return replace(self, contour=tuple(step - self.contour[-1] for step in self.contour[::-1]))

    def sequenced(self, steps: int) -> Motif:
        """Return the motif moved by diatonic steps."""
        return replace(self, contour=tuple(step + steps for step in self.contour))

    def ornamented(self, index: int) -> Motif:
        """Return the motif with a neighbour note in place of one of its notes."""
        place = 1 + index % (len(self.contour) - 1)
        contour = list(self.contour)
        contour[place] = contour[place - 1] + (1 if index % 2 else -1)
        return replace(self, contour=tuple(contour))

    def rerhythmed(self, rhythm: int) -> Motif:
        """Return the same contour in another rhythm."""
        return replace(self, rhythm=rhythm)


def invent(generator: np.random.Generator) -> Motif:
    """Invent a motif: a walk by steps and thirds that stays within a sixth of its anchor."""
    contour = [0]
    while len(contour) < LENGTH:
        step = int(generator.choice([-2, -1, -1, -1, 0, 1, 1, 1, 2]))
        inside = -3 <= contour[-1] + step <= 4
        contour.append(contour[-1] + (step if inside else -step))
    return Motif(tuple(contour), int(generator.integers(2**31)))


def evolve(motif: Motif, generator: np.random.Generator) -> Motif:
    """Return a descendant: one variation of contour, and now and then of rhythm."""
    index = int(generator.integers(64))
    candidates = (motif.ornamented(index), motif.ornamented(index + 1), motif.inverted(), motif.reversed())
    variations = [varied for varied in candidates if varied != motif]
    chosen = variations[int(generator.integers(len(variations)))]
    return chosen.rerhythmed(int(generator.integers(2**31))) if generator.random() < 0.5 else chosen


@lru_cache(maxsize=256)
def rhythm_of(seed: int, metre: Metre) -> tuple[tuple[float, float], ...]:
    """Return (onset in beats, salience) of a two-bar rhythm, ascending; the last beat is a breath."""
    generator = np.random.default_rng(seed)
    notes = []
    for beat in range(BARS * metre.beats - 1):
        for slot in range(metre.slots):
            base = metre.salience(beat, slot)
            if beat % metre.beats and generator.random() > base + 0.15:
                continue
            notes.append((beat + slot / metre.slots, float(np.clip(base + generator.normal(0, 0.1), 0, 1))))
    # The first note states the motif; it sounds at any density.
    return ((0.0, 1.0), *notes[1:])
