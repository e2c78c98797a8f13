"""From the planned harmony of a bar to sounding chords with their voicings, in the mode of the moment."""

from __future__ import annotations

from dataclasses import dataclass

from affectlab.music.form import Bar, Section
from affectlab.music.harmony import (
    SUBDOMINANT,
    TONIC,
    Chord,
    cadence_chord,
    choose_chord,
    colour_chord,
    dominant_chord,
    pivot_chord,
    tonic_chord,
)
from affectlab.music.mapping import tension_of
from affectlab.music.modes import Mode
from affectlab.music.voicing import Voicing, lead

SPLIT_DENSITY = 0.5


@dataclass(frozen=True, slots=True)
class Span:
    """A chord and where it sounds in its bar.

    Parameters
    ----------
    start, beats
        First beat and number of beats.
    chord, voicing
        What sounds.
    """

    start: int
    beats: int
    chord: Chord
    voicing: Voicing


class Progression:
    """Chooses chords bar by bar and leads their voices."""

    def __init__(self) -> None:
        self._chord: Chord | None = None
        self._voicing: Voicing | None = None

    def write_bar(
        self, bar: Bar, section: Section, mode: Mode, valence: float, density: float, bass: int | None
    ) -> tuple[Span, ...]:
        """Return the chords of a bar.

        Parameters
        ----------
        bar, section
            The plan.
        mode, valence
            In force from this bar on; valence in [-1, 1] weights chords and their added notes.
        density
            In [0, 1]; a bar planned with two chords keeps only the second below `SPLIT_DENSITY`, and in
            metres other than four.
        bass
            The bass note before, MIDI.
        """
        steps = list(zip(bar.functions, bar.draws, strict=True))
        if density < SPLIT_DENSITY or section.metre.beats != 4:
            steps = steps[-1:]
        beats = section.metre.beats // len(steps)
        spans = []
        for index, (function, draws) in enumerate(steps):
            chord = self._choose(function, section, mode, valence, draws[0])
            if function not in {"I", "P", "N"}:
                chord = colour_chord(chord, tension_of(valence), draws[1:])
            voicing = lead(chord, bass, self._voicing, root_position=function in {"I", "V", "N"})
            self._chord, self._voicing, bass = chord, voicing, voicing.bass
            spans.append(Span(index * beats, beats, chord, voicing))
        return tuple(spans)

    def foresee(self, bar: Bar, section: Section, mode: Mode, valence: float) -> Chord:
        """Return the chord that would open `bar` if mode and valence stayed as they are."""
        return self._choose(bar.functions[0], section, mode, valence, bar.draws[0][0])

    def _choose(self, function: str, section: Section, mode: Mode, valence: float, draw: float) -> Chord:
        tonic = section.tonic
        if function == "I":
            return tonic_chord(mode, tonic)
        if function == "V":
            return cadence_chord(mode, tonic, valence, draw)
        if function == "N":
            return dominant_chord(mode, section.next_tonic)
        if function == "VI":
            return choose_chord(mode, tonic, TONIC, valence, draw, avoid=tonic_chord(mode, tonic))
        if function == "P" and (pivot := pivot_chord(mode, tonic, section.next_tonic)) is not None:
            return pivot
        named = SUBDOMINANT if function == "P" else function
        return choose_chord(mode, tonic, named, valence, draw, avoid=self._chord)
