"""From strokes on a grid to notes in seconds, with dynamics, articulation and human timing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from affectlab.music.instruments import BASS, HARMONY, MELODY, PAD, Ensemble, Instrument
from affectlab.music.mapping import Expression
from affectlab.music.rhythm import Humaniser
from affectlab.music.score import Note
from affectlab.music.stroke import Stroke
from affectlab.music.voicing import BASS_RANGE, UPPER_RANGE

LONGEST = 8.0
SHORTEST = 0.08
# Just short of full length: an accelerando shortens the beats under a note that is already written.
LEGATO = 0.98
BALANCE = {MELODY: 1.0, BASS: 0.82, HARMONY: 0.58, PAD: 0.6}
# How far each part follows the detachment of the whole.
LIFTING = {MELODY: 0.55, BASS: 0.35, HARMONY: 0.6, PAD: 0.0}
DOUBLE_BALANCE = 0.6
PART_RANGES = {MELODY: (60, 88), BASS: BASS_RANGE, HARMONY: (48, UPPER_RANGE[1]), PAD: UPPER_RANGE}


@dataclass(frozen=True, slots=True)
class Moment:
    """The beat being performed.

    Parameters
    ----------
    duration
        Seconds.
    expression
        Cues in force.
    swell
        Phrase dynamics, -1 (edges) to 1 (climax).
    """

    duration: float
    expression: Expression
    swell: float


class Performer:
    """Plays strokes on the instruments of an ensemble.

    Parameters
    ----------
    humaniser
        Timing and loudness deviations.
    ranges
        Range each part is written for, which is moved by octaves into its instrument's; empty where strokes
        are written for their instruments already.
    """

    def __init__(
        self, humaniser: Humaniser, ranges: Mapping[str, tuple[int, int]] = MappingProxyType(PART_RANGES)
    ) -> None:
        self._humaniser = humaniser
        self._ranges = ranges

    def play(self, stroke: Stroke, ensemble: Ensemble, moment: Moment) -> Note:
        """Return the note of a stroke."""
        return self._note(stroke, ensemble.instrument(stroke.part), moment, BALANCE[stroke.part])

    def double(self, stroke: Stroke, instrument: Instrument, moment: Moment) -> Note:
        """Return a melody stroke on a second instrument, softer, an octave away where its range demands."""
        return self._note(stroke, instrument, moment, DOUBLE_BALANCE)

    def _note(self, stroke: Stroke, instrument: Instrument, moment: Moment, balance: float) -> Note:
        delay = self._humaniser.delay()
        offset = min(stroke.onset * moment.duration + delay, 0.999 * moment.duration)
        gate = LEGATO - LIFTING[stroke.part] * moment.expression.detachment
        seconds = stroke.length * moment.duration * gate - delay
        loudness = moment.expression.dynamics * (0.9 + 0.14 * moment.swell + 0.14 * (stroke.accent - 0.5))
        return Note(
            offset=offset,
            duration=min(max(seconds, SHORTEST), LONGEST),
            pitch=self._transposed(stroke, instrument),
            velocity=self._humaniser.velocity(loudness * balance, instrument.touch),
            part=stroke.part,
            program=instrument.program,
        )

    def _transposed(self, stroke: Stroke, instrument: Instrument) -> int:
        """Move a whole part by octaves into an instrument's range, so that its line stays intact."""
        if stroke.part not in self._ranges:
            return stroke.pitch
        low, high = self._ranges[stroke.part]
        shift = 12 * math.ceil(max(instrument.low - low, 0) / 12)
        if not shift:
            shift = -12 * math.ceil(max(high - instrument.high, 0) / 12)
        return stroke.pitch + shift


class Keyboard:
    """Remembers which keys are down: a key that still sounds cannot be struck again.

    A note-off ends every sounding note of its pitch and program, so a second strike would be cut short.
    """

    def __init__(self) -> None:
        self._clock = 0.0
        self._down: dict[tuple[str, int, int], float] = {}

    def admit(self, notes: list[Note], beat_duration: float) -> tuple[Note, ...]:
        """Return the notes of the next beat whose keys are up, in order of their onsets."""
        admitted = []
        for note in sorted(notes, key=lambda note: note.offset):
            key, onset = (note.part, note.program, note.pitch), self._clock + note.offset
            if self._down.get(key, -1.0) <= onset:
                admitted.append(note)
                self._down[key] = onset + note.duration
        self._clock += beat_duration
        self._down = {key: end for key, end in self._down.items() if end > self._clock}
        return tuple(admitted)
