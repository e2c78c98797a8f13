"""What the notes that were written express: density, register, mode and consonance, read from the grid."""

from __future__ import annotations

from collections import deque

import numpy as np

from affectlab.music.instruments import MELODY, PARTS
from affectlab.music.learned.cursor import GridNote
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.tonality import majorness, tension
from affectlab.music.learned.writing.beats import GridBeat
from affectlab.music.learned.writing.budget import DensityScale
from affectlab.music.learned.writing.key import Key
from affectlab.music.mapping import REGISTER_RANGE, VALENCE_WEIGHTS

WINDOW = 4
# Middle and half-width of nine tenths of the training corpus: mean consonance, and `majorness` over bars.
_CONSONANCE = (0.64, 0.26)
_MAJORNESS = (0.05, 0.29)
_MELODY = PARTS.index(MELODY)


class Readback:
    """Remembers the last beats.

    Parameters
    ----------
    scale
        Density of so many onsets per beat.
    """

    def __init__(self, scale: DensityScale) -> None:
        self._scale = scale
        self._counts: deque[int] = deque(maxlen=WINDOW)
        self._notes: list[GridNote] = []
        self._register = sum(REGISTER_RANGE) / 2

    def hear(self, beat: GridBeat) -> None:
        """Take a beat that is played."""
        self._counts.append(len(beat.notes))
        begin = beat.start - (WINDOW - 1) * TICKS
        self._notes = [note for note in self._notes if note.start + note.duration > begin]
        self._notes += beat.notes

    @property
    def density(self) -> float:
        """Density in [0, 1] of the last `WINDOW` beats."""
        return self._scale.density(float(np.mean(self._counts)))

    def valence(self, key: Key) -> float:
        """Valence in [-1, 1] that mode, consonance and register of the last beats express together."""
        melody = [note for note in self._notes if note.part == _MELODY]
        if melody:
            weights = [note.duration for note in melody]
            self._register = float(np.average([note.pitch for note in melody], weights=weights))
        low, high = REGISTER_RANGE
        cues = {
            "mode": self._mode() if key.mode is None else key.mode.valence,
            "harmony": self._consonance(),
            "register": 2 * (self._register - low) / (high - low) - 1,
        }
        return sum(weight * float(np.clip(cues[name], -1, 1)) for name, weight in VALENCE_WEIGHTS.items())

    def _mode(self) -> float:
        durations = np.zeros((1, 12))
        for note in self._notes:
            durations[0, note.pitch % 12] += note.duration
        return _placed(float(majorness(durations)[0]), _MAJORNESS)

    def _consonance(self) -> float:
        """Return how consonant what sounds at each onset is, 0 where nothing sounds together."""
        onsets = sorted({note.start for note in self._notes})
        sounding = np.zeros((len(onsets), 12), bool)
        for row, onset in enumerate(onsets):
            for note in self._notes:
                if note.start <= onset < note.start + note.duration:
                    sounding[row, note.pitch % 12] = True
        known = tension(sounding)
        known = known[np.isfinite(known)]
        return _placed(-float(known.mean()), _CONSONANCE) if known.size else 0.0


def _placed(value: float, place: tuple[float, float]) -> float:
    middle, half = place
    return 0.0 if np.isnan(value) else (value - middle) / half
