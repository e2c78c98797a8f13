"""The melody, beat by beat: those notes of the phrase's plan that the density lets sound, with pitches."""

from __future__ import annotations

from affectlab.music.form import Phrase
from affectlab.music.instruments import MELODY
from affectlab.music.line import Line, Planned, plan_line
from affectlab.music.mapping import register_of, tension_of
from affectlab.music.melody import MelodyVoice, Surroundings
from affectlab.music.modes import Scale
from affectlab.music.progression import Span
from affectlab.music.rhythm import Metre
from affectlab.music.stroke import Stroke

LONGEST_BEATS = 6.0
BASE_BELOW_REGISTER = 3.0
SUSPENSIONS = (0.1, 0.25)


class Singer:
    """Sings one phrase after another."""

    def __init__(self) -> None:
        self._voice = MelodyVoice()
        self._line = Line((), ())
        self._beat = 0
        self._free_at = 0.0
        self.register = 0.0

    def begin_phrase(self, phrase: Phrase, metre: Metre, scale: Scale, valence: float, lift: int) -> None:
        """Plan a phrase around the register that `valence` in [-1, 1] asks for, `lift` semitones higher."""
        low, high = SUSPENSIONS
        self._line = plan_line(phrase, metre, valence, low + (high - low) * tension_of(valence))
        self.register = register_of(valence)
        self._voice.begin_phrase(self._line, scale, self.register + lift - BASE_BELOW_REGISTER)
        self._beat, self._free_at = 0, 0.0

    def sing(
        self, span: Span, bar_beat: int, bass_move: tuple[int, int] | None, density: float
    ) -> tuple[Stroke, ...]:
        """Return the melody notes that begin in the next beat of the phrase.

        Parameters
        ----------
        span, bar_beat
            The chord and the beat of the bar.
        bass_move
            Bass before and now when it is struck with this beat.
        density
            In [0, 1]. A note that is already sounding keeps its length when the density rises under it.
        """
        sung = 0.15 + 0.85 * density
        left = span.start + span.beats - bar_beat
        strokes = []
        for note in self._line.in_beat(self._beat, sung):
            if note.onset < self._free_at - 1e-9:
                continue
            length = min(self._line.length(note, sung), LONGEST_BEATS)
            onset = note.onset - self._beat
            around = Surroundings(
                chord=span.chord,
                floor=span.voicing.upper[-1],
                bass=bass_move if onset == 0 else None,
                moves_on=onset + length < left and not self._line.breathes_after(note, sung),
            )
            pitch = self._voice.sing(note, around)
            self._free_at = note.onset + length
            if self._line.breathes_after(note, sung):
                self._voice.breathe()
            strokes.append(Stroke(onset, length, pitch, MELODY, 1.0 if _leads(note) else 0.5))
        self._beat += 1
        return tuple(strokes)

    def swell(self) -> float:
        """Phrase dynamics, -1 (edges) to 1 (climax), at the beat last sung."""
        climax = self._line.climax.onset
        end = self._line.end
        x = self._beat - 1
        side = climax if x <= climax else end - climax
        return 1 - 2 * abs(x - climax) / max(side, 1.0)


def _leads(note: Planned) -> bool:
    return note.strong or note.role == "climax"
