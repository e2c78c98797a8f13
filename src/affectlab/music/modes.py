"""Modes, keys and diatonic positions.

Music is composed in *positions*: position 7k + d is degree d (0 the tonic) of octave k. A mode turns
positions into pitches only when a note is written, so a phrase keeps its shape when the mode changes.
"""

from __future__ import annotations

from dataclasses import dataclass

PITCH_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True, slots=True)
class Mode:
    """A diatonic mode.

    Parameters
    ----------
    name
        Its usual name.
    steps
        Semitones above the tonic of the seven degrees, ascending.
    valence
        What the mode alone expresses, in [-1, 1]; brighter modes are happier (Temperley & Tan 2013, Music
        Perception 30(3):237-257).
    """

    name: str
    steps: tuple[int, ...]
    valence: float


PHRYGIAN = Mode("phrygian", (0, 1, 3, 5, 7, 8, 10), -0.95)
AEOLIAN = Mode("aeolian", (0, 2, 3, 5, 7, 8, 10), -0.6)
DORIAN = Mode("dorian", (0, 2, 3, 5, 7, 9, 10), -0.18)
MIXOLYDIAN = Mode("mixolydian", (0, 2, 4, 5, 7, 9, 10), 0.13)
IONIAN = Mode("ionian", (0, 2, 4, 5, 7, 9, 11), 0.53)
LYDIAN = Mode("lydian", (0, 2, 4, 6, 7, 9, 11), 0.92)
MODES = (PHRYGIAN, AEOLIAN, DORIAN, MIXOLYDIAN, IONIAN, LYDIAN)


@dataclass(frozen=True, slots=True)
class Scale:
    """Seven pitch classes on a tonic.

    Parameters
    ----------
    tonic
        Pitch class, 0 (C) to 11.
    steps
        Semitones above the tonic of the seven degrees, ascending.
    """

    tonic: int
    steps: tuple[int, ...]

    def pitch(self, position: int) -> int:
        """Return the MIDI number at a diatonic position."""
        octave, degree = divmod(position, 7)
        return self.tonic + 12 * octave + self.steps[degree]

    def nearest(self, pitch: float) -> int:
        """Return the position whose pitch is closest to a MIDI number, the lower one of two."""
        octave = int(pitch - self.tonic) // 12
        return min(range(7 * octave - 1, 7 * octave + 9), key=lambda p: abs(self.pitch(p) - pitch))

    def with_leading_tone(self) -> Scale:
        """Return the ascending melodic form: sixth and seventh degrees major, no augmented second."""
        return Scale(self.tonic, (*self.steps[:5], 9, 11))
