"""Four-part voice leading: a bass and three upper voices that move little and never in parallel fifths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

from affectlab.music.harmony import DOMINANT, Chord

BASS_RANGE = (36, 50)
UPPER_RANGE = (52, 67)
UPPER_CENTRE = 59.5
FORBIDDEN = 10_000.0


@dataclass(frozen=True, slots=True)
class Voicing:
    """A chord laid out for four voices.

    Parameters
    ----------
    bass
        MIDI number within `BASS_RANGE`.
    upper
        Three MIDI numbers within `UPPER_RANGE`, strictly ascending.
    """

    bass: int
    upper: tuple[int, ...]

    @property
    def voices(self) -> tuple[int, ...]:
        """All four voices from the bass up."""
        return (self.bass, *self.upper)


def are_parallel(low: tuple[int, int], high: tuple[int, int]) -> bool:
    """Whether two voices, each (before, after), move together in unisons, fifths or octaves."""
    moved = low[1] - low[0]
    if moved == 0 or (high[1] - high[0]) * moved <= 0:
        return False
    interval = (high[1] - low[1]) % 12
    return interval in {0, 7} and (high[0] - low[0]) % 12 == interval


def choose_bass(chord: Chord, previous: int | None, *, root_position: bool) -> int:
    """Choose the bass note: root, or an inversion where it makes the line smoother.

    Parameters
    ----------
    chord
        The chord to support.
    previous
        The bass note before, MIDI; None at the beginning.
    root_position
        Demand the root, as cadences do.
    """
    pull = {chord.pitch_classes[0]: 0.0}
    if not root_position:
        pull |= {chord.pitch_classes[1]: 3.0, chord.pitch_classes[2]: 6.5}
    centre = sum(BASS_RANGE) / 2
    options = [p for p in range(BASS_RANGE[0], BASS_RANGE[1] + 1) if p % 12 in pull]
    return min(options, key=lambda p: pull[p % 12] + _bass_motion(previous, p) + 0.15 * abs(p - centre))


def voice_chord(chord: Chord, bass: int, previous: Voicing | None) -> Voicing:
    """Lay out `chord` over `bass`, as close to the voicing before as the rules allow.

    Parallel unisons, fifths and octaves between outer voices are forbidden and dear between inner ones;
    common tones stay; the third and an added note are always present; the leading tone is not doubled.
    """
    if previous is None:
        return Voicing(bass, min(_layouts(chord.pitch_classes, bass), key=lambda u: _shape(chord, bass, u)))
    return Voicing(
        bass,
        min(
            _layouts(chord.pitch_classes, bass),
            key=lambda upper: _shape(chord, bass, upper) + _motion(previous, (bass, *upper)),
        ),
    )


def _bass_motion(previous: int | None, pitch: int) -> float:
    if previous is None:
        return 0.0
    leap = abs(pitch - previous)
    return {0: 1.5, 1: 0.5, 2: 0.5}.get(leap, 0.5 * leap if leap <= 7 else leap)


@lru_cache(maxsize=4096)
def _layouts(pitch_classes: tuple[int, ...], bass: int) -> tuple[tuple[int, ...], ...]:
    """Return upper triples holding every tone the bass does not, the fifth alone dispensable."""
    fifth = pitch_classes[2]
    needed = set(pitch_classes) - {bass % 12}
    if len(needed) == 3 and fifth in needed and pitch_classes[0] != bass % 12:
        needed.discard(fifth)
    pitches = [p for p in range(UPPER_RANGE[0], UPPER_RANGE[1] + 1) if p % 12 in pitch_classes]
    triples = combinations(pitches, 3)
    return tuple(triple for triple in triples if needed <= {p % 12 for p in triple})


def _shape(chord: Chord, bass: int, upper: tuple[int, ...]) -> float:
    gaps = [high - low for low, high in pairwise(upper)]
    cost = 0.4 * abs(sum(upper) / 3 - UPPER_CENTRE)
    cost += sum(4.0 for gap in gaps if gap <= 2) + sum(3.0 for gap in gaps if gap > 9)
    if chord.function == DOMINANT:
        leading = (chord.scale.tonic - 1) % 12
        cost += 20.0 * (sum(p % 12 == leading for p in (bass, *upper)) > 1)
    return cost


def _motion(previous: Voicing, voices: tuple[int, ...]) -> float:
    pairs = list(zip(previous.voices, voices, strict=True))
    cost = float(sum(abs(after - before) for before, after in pairs[1:]))
    for low, high in combinations(range(4), 2):
        if are_parallel(pairs[low], pairs[high]):
            cost += FORBIDDEN if (low, high) == (0, 3) else 40.0
    overlaps = sum(voices[i] > previous.voices[i + 1] for i in range(3))
    return cost + 6.0 * overlaps
