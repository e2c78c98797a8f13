"""What the accompaniment plays in one beat: bass, pad and figures over the chord that sounds."""

from __future__ import annotations

from affectlab.music.harmony import Chord
from affectlab.music.instruments import BASS, HARMONY, PAD
from affectlab.music.modes import Scale
from affectlab.music.progression import Span
from affectlab.music.rhythm import Metre, sounds
from affectlab.music.stroke import Stroke
from affectlab.music.voicing import BASS_RANGE, Voicing

MID_BAR_DENSITY = 0.42
APPROACH_DENSITY = 0.56
PULSE_DENSITY = 0.75
LONGEST_RING = 1.5
# Which of the four voices each successive note of a figure takes; chordal figures take several at once.
FIGURES: dict[str, tuple[tuple[int, ...], ...]] = {
    "broken": ((1,), (3,), (2,), (3,)),
    "wave": ((0,), (1,), (2,), (3,), (2,), (1,)),
    "rise": ((0,), (1,), (2,), (3,)),
    "pulse": ((1, 2), (3,)),
    "chords": ((1, 2, 3), (2, 3)),
}


def span_at(spans: tuple[Span, ...], beat: int) -> Span:
    """Return the chord that sounds at a beat of the bar."""
    return next(span for span in reversed(spans) if span.start <= beat)


def pad_strokes(span: Span, beat: int) -> tuple[Stroke, ...]:
    """Return the upper voices, held as long as the chord."""
    if beat != span.start:
        return ()
    return tuple(Stroke(0.0, span.beats, pitch, PAD, 0.5) for pitch in span.voicing.upper)


def bass_strokes(
    span: Span, beat: int, metre: Metre, density: float, approach: int | None
) -> tuple[Stroke, ...]:
    """Return the bass of a beat, at most one note.

    Parameters
    ----------
    span, beat, metre
        The chord and the place in the bar.
    density
        In [0, 1]; the fifth at mid-bar, a step into the next root, then a pulse on every beat join in turn.
    approach
        MIDI number that leads by step into the next bar, or None at a cadence.
    """
    onsets = [b for b in range(span.start, span.start + span.beats) if _bass_plays(span, b, metre, density)]
    if beat not in onsets:
        return ()
    following = next((b for b in onsets if b > beat), span.start + span.beats)
    pitch = _bass_pitch(span, beat, metre, density, approach)
    return (Stroke(0.0, following - beat, pitch, BASS, metre.strengths[beat]),)


def figure_strokes(
    span: Span, beat: int, metre: Metre, density: float, texture: str, count: int
) -> tuple[Stroke, ...]:
    """Return the figure of a beat.

    Parameters
    ----------
    span, beat, metre
        The chord and the place in the bar.
    density
        In [0, 1]; it opens the grid slot by slot.
    texture
        Key of `FIGURES`.
    count
        Steps of the figure already played in this bar.
    """
    slots = [s for s in range(metre.slots) if sounds(metre.salience(beat, s), density)]
    left = span.start + span.beats - beat
    strokes = []
    for index, slot in enumerate(slots):
        onset = slot / metre.slots
        voices = FIGURES[texture][(count + index) % len(FIGURES[texture])]
        # A tone may ring until the figure can come round to it, so that no pitch is struck while it sounds.
        ring = min(LONGEST_RING, 1.9 / len(slots)) if len(voices) == 1 else 0.95 / len(slots)
        length = min(ring, left - onset)
        strokes += [
            Stroke(onset, length, _tones(span.voicing)[voice], HARMONY, metre.salience(beat, slot))
            for voice in voices
        ]
    return tuple(strokes)


def steps_in_beat(beat: int, metre: Metre, density: float) -> int:
    """Return how many steps of a figure a beat takes."""
    return sum(sounds(metre.salience(beat, slot), density) for slot in range(metre.slots))


def _tones(voicing: Voicing) -> tuple[int, ...]:
    """Return four tones for figures: the upper voices, under them the bass an octave up where it fits."""
    lowest = voicing.bass + 12
    return (lowest if lowest < voicing.upper[0] else voicing.bass, *voicing.upper)


def _bass_plays(span: Span, beat: int, metre: Metre, density: float) -> bool:
    if beat == span.start or density >= PULSE_DENSITY:
        return True
    if beat == metre.beats - 1 and density >= APPROACH_DENSITY and metre.slots == 4:
        return True
    return metre.strengths[beat] >= 0.7 and density >= MID_BAR_DENSITY


def _bass_pitch(span: Span, beat: int, metre: Metre, density: float, approach: int | None) -> int:
    bass = span.voicing.bass
    if beat == span.start:
        return bass
    if beat == metre.beats - 1 and density >= APPROACH_DENSITY and approach is not None:
        return approach
    if metre.strengths[beat] < 0.7 or span.chord.root != bass % 12:
        return bass
    fifth = bass + span.chord.interval(4)
    return next((p for p in (fifth, fifth - 12) if BASS_RANGE[0] <= p <= BASS_RANGE[1]), bass)


def step_into(bass: int, chord: Chord, scale: Scale) -> int:
    """Return the note a step from the root of the coming `chord`, on the side of the present `bass`."""
    low, high = BASS_RANGE
    roots = [p for p in range(low, high + 1) if p % 12 == chord.root]
    root = min(roots, key=lambda p: abs(p - bass))
    home = scale.nearest(root)
    sides = (home + 1, home - 1) if bass > root else (home - 1, home + 1)
    return next(pitch for side in sides if low <= (pitch := scale.pitch(side)) <= high)
