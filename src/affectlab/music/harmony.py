"""Chords and the functional grammar that chooses them, weighted by mode and valence."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affectlab.music.modes import AEOLIAN, DORIAN, PHRYGIAN, PITCH_NAMES, Mode, Scale

TONIC, SUBDOMINANT, DOMINANT = "T", "S", "D"
MAJOR_BIAS = 1.3
SUSPENDED_FOURTH = 3

Option = tuple[int, bool, float]
# Degrees (0 the tonic), whether the leading tone is raised, and weight. Diminished triads are left out.
GRAMMAR: dict[str, dict[str, tuple[Option, ...]]] = {
    "lydian": {
        TONIC: ((0, False, 1.0), (5, False, 0.5), (2, False, 0.4)),
        SUBDOMINANT: ((1, False, 1.0), (5, False, 0.4)),
        DOMINANT: ((4, False, 1.0), (6, False, 0.25)),
    },
    "ionian": {
        TONIC: ((0, False, 1.0), (5, False, 0.6), (2, False, 0.3)),
        SUBDOMINANT: ((3, False, 1.0), (1, False, 0.8), (5, False, 0.3)),
        DOMINANT: ((4, False, 1.0),),
    },
    "mixolydian": {
        TONIC: ((0, False, 1.0), (5, False, 0.5)),
        SUBDOMINANT: ((3, False, 1.0), (1, False, 0.6)),
        DOMINANT: ((6, False, 1.0), (4, False, 0.5)),
    },
    "dorian": {
        TONIC: ((0, False, 1.0), (2, False, 0.5)),
        SUBDOMINANT: ((3, False, 1.0), (1, False, 0.5), (6, False, 0.3)),
        DOMINANT: ((6, False, 0.8), (4, False, 0.4), (4, True, 0.5)),
    },
    "aeolian": {
        TONIC: ((0, False, 1.0), (5, False, 0.6), (2, False, 0.4)),
        SUBDOMINANT: ((3, False, 1.0), (5, False, 0.6)),
        DOMINANT: ((4, True, 0.8), (6, False, 0.4), (4, False, 0.6)),
    },
    "phrygian": {
        TONIC: ((0, False, 1.0), (5, False, 0.5), (2, False, 0.3)),
        SUBDOMINANT: ((3, False, 1.0), (5, False, 0.4)),
        DOMINANT: ((6, False, 0.7), (1, False, 0.5)),
    },
}


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord on a degree of a scale.

    Parameters
    ----------
    scale
        The scale in force while it sounds; it carries a raised leading tone when the chord has one.
    degree
        Degree of the root, 0 to 6.
    function
        `TONIC`, `SUBDOMINANT` or `DOMINANT`.
    added
        Degrees above the root of an added note: 1 (ninth), 5 (sixth), 6 (seventh), 3 (fourth in place of
        the third), or None.
    """

    scale: Scale
    degree: int
    function: str
    added: int | None = None

    @property
    def degrees(self) -> tuple[int, ...]:
        """Scale degrees of the chord's tones, root first."""
        offsets: tuple[int, ...] = (0, 3, 4) if self.added == SUSPENDED_FOURTH else (0, 2, 4)
        if self.added is not None and self.added != SUSPENDED_FOURTH:
            offsets = (*offsets, self.added)
        return tuple((self.degree + offset) % 7 for offset in offsets)

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes of the chord's tones, root first."""
        return tuple(self.scale.pitch(degree) % 12 for degree in self.degrees)

    @property
    def root(self) -> int:
        """Pitch class of the root."""
        return self.pitch_classes[0]

    def interval(self, offset: int) -> int:
        """Semitones, 0 to 11, from the root to the tone `offset` degrees above it."""
        return (self.scale.pitch(self.degree + offset) - self.scale.pitch(self.degree)) % 12

    @property
    def is_major(self) -> bool:
        """Whether the triad has a major third."""
        return self.interval(2) == 4

    @property
    def symbol(self) -> str:
        """Lead-sheet name, for example ``"Am7"``."""
        quality = "" if self.is_major or self.added == SUSPENDED_FOURTH else "m"
        seventh = "maj7" if self.interval(6) == 11 else "7"
        suffix = {None: "", 1: "add9", 3: "sus4", 5: "6", 6: seventh}[self.added]
        return f"{PITCH_NAMES[self.root]}{quality}{suffix}"


def choose_chord(
    mode: Mode, tonic: int, function: str, valence: float, draw: float, avoid: Chord | None = None
) -> Chord:
    """Choose a triad of a function by its weight in the grammar.

    Parameters
    ----------
    mode, tonic
        The key; `tonic` is a pitch class.
    function
        `TONIC`, `SUBDOMINANT` or `DOMINANT`.
    valence
        In [-1, 1]; the higher, the likelier the major triads.
    draw
        Uniform in [0, 1): the same draw gives the same chord, so a repeated phrase keeps its harmony.
    avoid
        The chord before, not repeated when the function has another.
    """
    chords, weights = [], []
    for degree, raised, weight in GRAMMAR[mode.name][function]:
        scale = Scale(tonic, mode.steps)
        chord = Chord(scale.with_leading_tone() if raised else scale, degree, function)
        if avoid is not None and chord.pitch_classes[:3] == avoid.pitch_classes[:3]:
            continue
        chords.append(chord)
        weights.append(weight * math.exp(MAJOR_BIAS * valence * (1 if chord.is_major else -1)))
    if avoid is not None and not chords:
        return choose_chord(mode, tonic, function, valence, draw)
    return chords[_pick(weights, draw)]


def tonic_chord(mode: Mode, tonic: int) -> Chord:
    """Return the chord of rest."""
    return Chord(Scale(tonic, mode.steps), 0, TONIC)


def dominant_chord(mode: Mode, tonic: int) -> Chord:
    """Return the strongest dominant of the key.

    The leading tone is raised where the mode lacks one; phrygian, whose fifth degree would then be
    diminished, falls to its tonic from the second degree.
    """
    scale = Scale(tonic, mode.steps)
    if mode == PHRYGIAN:
        return Chord(scale, 1, DOMINANT)
    return Chord(scale if mode.steps[6] == 11 else scale.with_leading_tone(), 4, DOMINANT)


def cadence_chord(mode: Mode, tonic: int, valence: float, draw: float) -> Chord:
    """Return the dominant of a cadence.

    It is `dominant_chord`, but the darker the music, the more often aeolian and dorian keep their own minor
    dominant: never down to valence -0.3, for 70 % of the draws at -1.
    """
    if mode in {AEOLIAN, DORIAN} and draw < -valence - 0.3:
        return Chord(Scale(tonic, mode.steps), 4, DOMINANT)
    return dominant_chord(mode, tonic)


def pivot_chord(mode: Mode, tonic: int, new_tonic: int) -> Chord | None:
    """Return a chord of the old key that prepares the dominant of the new one, or None.

    The pivot is a major or minor triad common to both keys, other than the old tonic; one that is
    subdominant in the new key comes first.
    """
    new = Scale(new_tonic, mode.steps)
    in_new = [Chord(new, degree, SUBDOMINANT) for degree in (1, 3, 5, 2, 0, 4, 6)]
    in_old = {
        frozenset(chord.pitch_classes): chord
        for degree in (0, 5, 2, 3, 1, 4, 6)
        if (chord := Chord(Scale(tonic, mode.steps), degree, SUBDOMINANT)).interval(4) == 7
    }
    common = [in_old[tones] for chord in in_new if (tones := frozenset(chord.pitch_classes)) in in_old]
    return next((chord for chord in common if chord.degree != 0), None)


# Rising dissonance of an added note by (offset, interval, major third); others are never added.
DISSONANCE: dict[tuple[int, int, bool], float] = {
    (1, 2, True): 0.15,
    (5, 9, True): 0.2,
    (6, 10, False): 0.35,
    (6, 11, True): 0.4,
    (5, 9, False): 0.5,
    (3, 5, True): 0.55,
    (3, 5, False): 0.6,
    (1, 2, False): 0.7,
    (6, 10, True): 0.8,
}


def colour_chord(chord: Chord, tension: float, draws: tuple[float, float]) -> Chord:
    """Return `chord`, perhaps with an added note.

    Parameters
    ----------
    chord
        A triad.
    tension
        In [0, 1]; more chords are coloured, and with sharper notes, as it grows.
    draws
        Two uniform numbers in [0, 1): whether a note is added, and which.
    """
    if draws[0] >= 0.3 + 0.3 * tension:
        return chord
    options = sorted(
        (value, offset)
        for (offset, interval, major), value in DISSONANCE.items()
        if chord.is_major == major and chord.interval(offset) == interval
    )
    if chord.function == TONIC:
        options = [option for option in options if option[1] != SUSPENDED_FOURTH]
    index = int(len(options) * draws[1] ** (2.0 ** (1.5 - 3 * tension)))
    if not options:
        return chord
    added = options[min(index, len(options) - 1)][1]
    return Chord(chord.scale, chord.degree, chord.function, added)


def dissonance_of(chord: Chord) -> float:
    """Dissonance of the added note in [0, 1]; 0 for a plain triad."""
    if chord.added is None:
        return 0.0
    return DISSONANCE[chord.added, chord.interval(chord.added), chord.is_major]


def _pick(weights: list[float], draw: float) -> int:
    mark = draw * sum(weights)
    for index, weight in enumerate(weights):
        mark -= weight
        if mark < 0:
            return index
    return len(weights) - 1
