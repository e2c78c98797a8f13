"""The accompaniment, bar by bar: chords, bass, pad and figures."""

from __future__ import annotations

from affectlab.music.figuration import (
    bass_strokes,
    figure_strokes,
    pad_strokes,
    span_at,
    step_into,
    steps_in_beat,
)
from affectlab.music.form import BARS_PER_PHRASE, Place
from affectlab.music.mapping import Expression
from affectlab.music.modes import Mode
from affectlab.music.progression import Progression, Span
from affectlab.music.rhythm import Metre
from affectlab.music.stroke import Stroke


class Accompanist:
    """Plays bass, pad and figures, and tells the melody what it must agree with."""

    def __init__(self) -> None:
        self._progression = Progression()
        self._spans: tuple[Span, ...] = ()
        self._bass: int | None = None
        self._bass_move: tuple[int, int] | None = None
        self._approach: int | None = None
        self._steps = 0

    @property
    def bass_move(self) -> tuple[int, int] | None:
        """Bass pitch before and now when it was struck in this beat, else None."""
        return self._bass_move

    def span(self, beat: int) -> Span:
        """Return the chord at a beat of the current bar."""
        return span_at(self._spans, beat)

    def begin_bar(self, here: Place, after: Place, mode: Mode, now: Expression) -> None:
        """Choose the chords of a bar and prepare the step into the next, which a cadence goes without."""
        self._spans = self._progression.write_bar(
            here.bar, here.section, mode, now.colour, now.density, self._bass
        )
        self._steps = 0
        last = self._spans[-1]
        coming = self._progression.foresee(after.bar, after.section, mode, now.colour)
        closes = here.bar_index == BARS_PER_PHRASE - 1
        self._approach = None if closes else step_into(last.voicing.bass, coming, last.chord.scale)

    def play(self, beat: int, metre: Metre, density: float, texture: str) -> tuple[Stroke, ...]:
        """Return what begins in a beat."""
        span = self.span(beat)
        bass = bass_strokes(span, beat, metre, density, self._approach)
        figures = figure_strokes(span, beat, metre, density, texture, self._steps)
        self._steps += steps_in_beat(beat, metre, density)
        self._follow(bass)
        return (*bass, *pad_strokes(span, beat), *figures)

    def _follow(self, struck: tuple[Stroke, ...]) -> None:
        before = self._bass
        self._bass = struck[0].pitch if struck else before
        self._bass_move = None if before is None or not struck else (before, struck[0].pitch)
