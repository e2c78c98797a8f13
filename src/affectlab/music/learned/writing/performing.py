"""Playing what was written on the grid: tempo, dynamics and articulation as they are asked for now."""

from __future__ import annotations

import numpy as np

from affectlab.music.instruments import PARTS, Ensemble
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.writing.beats import GridBeat
from affectlab.music.mapping import PROMPT, Expression, Limits, requested, slewed
from affectlab.music.performance import Keyboard, Moment, Performer
from affectlab.music.rhythm import FOUR, THREE, Humaniser
from affectlab.music.score import MusicControl, Note
from affectlab.music.stroke import Stroke

NEUTRAL = requested(MusicControl(0.0, 0.0))
_PLAIN = 0.5
_STRENGTHS = {metre.beats: metre.strengths for metre in (FOUR, THREE)}
# Weight of an onset between two beats: half-way, and elsewhere.
_HALF, _ELSEWHERE = 0.3, 0.15


class Performance:
    """Plays grid notes as softly, as fast and as detached as the cues in force say.

    Parameters
    ----------
    generator
        Source of human timing and touch.
    limits
        How far a cue may move per beat.
    neutral
        Whether everything is played in the middle of all cues and without accents, so that nothing but the
        notes differs.
    """

    def __init__(
        self, generator: np.random.Generator, *, limits: Limits = PROMPT, neutral: bool = False
    ) -> None:
        self._performer = Performer(Humaniser(generator), {})
        self._keyboard = Keyboard()
        self._limits, self._neutral = limits, neutral
        self._now: Expression | None = None

    def follow(self, control: MusicControl, limits: Limits | None = None) -> Expression:
        """Move the cues towards a control, and return those of the next beat."""
        target = NEUTRAL if self._neutral else requested(control)
        self._now = slewed(self._now, target, limits or self._limits)
        return self._now

    def play(self, beat: GridBeat, ensemble: Ensemble, now: Expression) -> tuple[Note, ...]:
        """Return the notes of a beat; those of parts that the ensemble lacks are left out."""
        moment = Moment(60 / now.tempo_bpm, now, 0.0)
        strokes = [
            Stroke(
                onset=(note.start - beat.start) / TICKS,
                length=note.duration / TICKS,
                pitch=note.pitch,
                part=PARTS[note.part],
                accent=_PLAIN if self._neutral else accent(beat, note.start - beat.start),
            )
            for note in beat.notes
            if PARTS[note.part] in ensemble.parts
        ]
        return self.admit([self._performer.play(stroke, ensemble, moment) for stroke in strokes], now)

    def admit(self, notes: list[Note], now: Expression) -> tuple[Note, ...]:
        """Return the notes of a beat whose keys are up, whoever wrote them."""
        return self._keyboard.admit(notes, 60 / now.tempo_bpm)


def accent(beat: GridBeat, tick: int) -> float:
    """Metrical weight, in [0, 1], of an onset so many ticks into a beat."""
    if tick:
        return _HALF if 2 * tick == TICKS else _ELSEWHERE
    plain = (1.0, *[0.4] * (beat.metre - 1))
    return _STRENGTHS.get(beat.metre, plain)[beat.beat]
