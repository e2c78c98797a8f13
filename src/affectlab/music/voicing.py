"""Four-part voice leading: a bass and three upper voices that move little and never in parallel fifths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

from affectlab.music.harmony import DOMINANT, Chord

BASS_RANGE = (36, 50)
UPPER_RANGE = (50, 66)
UPPER_CENTRE = 58.0
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


def lead(chord: Chord, bass: int | None, previous: Voicing | None, *, root_position: bool) -> Voicing:
    """Lay out `chord`, moving as little as the rules allow.

    Parallel unisons, fifths and octaves between outer voices are forbidden and dear between inner ones;
    common tones stay; the third and an added note are always present; the leading tone is not doubled.

    Parameters
    ----------
    chord
        The chord to lay out.
    bass, previous
        The last bass note, MIDI, and the last voicing; None at the beginning.
    root_position
        Demand the root in the bass, as cadences do; otherwise inversions smooth the line.
    """
    options = (_layout(chord, p, previous) for p in _basses(chord, bass, root_position=root_position))
    voicing, cost = next(options)
    while cost >= FORBIDDEN and (other := next(options, None)) is not None:
        voicing, cost = min((voicing, cost), other, key=lambda option: option[1])
    return voicing


def _basses(chord: Chord, previous: int | None, *, root_position: bool) -> list[int]:
    """Return the possible bass notes, the smoothest first."""
    pull = {chord.pitch_classes[0]: 0.0}
    if not root_position:
        pull |= {chord.pitch_classes[1]: 1.5, chord.pitch_classes[2]: 5.0}
    centre = sum(BASS_RANGE) / 2
    options = [p for p in range(BASS_RANGE[0], BASS_RANGE[1] + 1) if p % 12 in pull]
    return sorted(options, key=lambda p: pull[p % 12] + _bass_motion(previous, p) + 0.08 * abs(p - centre))


def _layout(chord: Chord, bass: int, previous: Voicing | None) -> tuple[Voicing, float]:
    """Return the best layout over a bass note, and its cost."""
    leading = (chord.scale.tonic - 1) % 12 if chord.function == DOMINANT else None
    layouts = _layouts(chord.pitch_classes, bass, leading)
    if previous is None:
        shape, upper = min(layouts)
        return Voicing(bass, upper), shape
    ranked = sorted((shape + _movement(previous.upper, upper), upper) for shape, upper in layouts)
    best, least = ranked[0][1], float("inf")
    for bound, upper in ranked:
        if bound >= least:
            break
        cost = bound + _offences(previous.voices, (bass, *upper))
        if cost < least:
            best, least = upper, cost
    return Voicing(bass, best), least


def _bass_motion(previous: int | None, pitch: int) -> float:
    if previous is None:
        return 0.0
    leap = abs(pitch - previous)
    return {0: 1.5, 1: 0.5, 2: 0.5}.get(leap, 0.5 * leap if leap <= 7 else leap)


@lru_cache(maxsize=4096)
def _layouts(
    pitch_classes: tuple[int, ...], bass: int, leading: int | None
) -> tuple[tuple[float, tuple[int, ...]], ...]:
    """Return (cost of the shape, upper voices) for every layout that lacks at most the fifth."""
    needed = set(pitch_classes) - {bass % 12, pitch_classes[2]}
    low, high = UPPER_RANGE
    pitches = [p for p in range(low, high + 1) if p > bass and p % 12 in pitch_classes]
    triples = (triple for triple in combinations(pitches, 3) if needed <= {p % 12 for p in triple})
    return tuple((_shape(pitch_classes, (bass, *triple), leading), triple) for triple in triples)


def _shape(pitch_classes: tuple[int, ...], voices: tuple[int, ...], leading: int | None) -> float:
    upper, sounding = voices[1:], [p % 12 for p in voices]
    gaps = [high - low for low, high in pairwise(upper)]
    cost = 0.4 * abs(sum(upper) / 3 - UPPER_CENTRE)
    cost += sum(4.0 for gap in gaps if gap <= 2) + sum(3.0 for gap in gaps if gap > 9)
    cost += 3.0 * (pitch_classes[2] not in sounding)
    return cost + 20.0 * (leading is not None and sounding.count(leading) > 1)


def _movement(before: tuple[int, ...], after: tuple[int, ...]) -> float:
    return float(sum(abs(b - a) for a, b in zip(before, after, strict=True)))


def _offences(before: tuple[int, ...], after: tuple[int, ...]) -> float:
    """Return the cost of parallels between any two voices, and of overlaps."""
    pairs = list(zip(before, after, strict=True))
    cost = 6.0 * sum(after[i] > before[i + 1] for i in range(3))
    for low, high in combinations(range(4), 2):
        if are_parallel(pairs[low], pairs[high]):
            cost += FORBIDDEN if (low, high) == (0, 3) else 40.0
    return cost
