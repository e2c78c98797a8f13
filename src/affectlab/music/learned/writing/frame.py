"""What the music has to keep to: limits that hold for a piece, and those of a single beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from affectlab.errors import InvalidConfig
from affectlab.music.instruments import BASS, HARMONY, MELODY, PAD, PARTS, Ensemble
from affectlab.music.learned.piece import METRES

Range = tuple[int, int]
CHROMATIC = tuple(range(12))
# Lowest and highest pitch of each part, MIDI numbers: the middle nine tenths of the corpus, rounded outwards,
# and for the melody upwards to what a voice or a flute has (ours).
WRITTEN: Mapping[str, Range] = MappingProxyType(
    {MELODY: (58, 88), PAD: (48, 84), HARMONY: (45, 79), BASS: (28, 55)}
)
# Notes of each part, in the order of `PARTS`, that may sound at once: a hand for the harmony, a melody that
# may be doubled in thirds, one bass.
VOICES = (2, 4, 4, 1)


# Semitones above and below its register that a melody may go: two octaves, as most songs have (ours).
REACH = 12


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits that hold throughout.

    Parameters
    ----------
    voices
        Notes of each part that may sound at once, in the order of `PARTS`, each at least 1.
    span
        Semitones that the harmony's simultaneous notes may spread over: what a hand reaches.
    longest
        Ticks a note may last.
    silence
        Ticks during which nothing may sound before a note is forced.
    wait
        Ticks that may pass between two onsets before a note is forced, even under a held chord.
    words
        Words that one beat may cost; after them it is ended.

    Raises
    ------
    InvalidConfig
        If a value is out of range.
    """

    voices: tuple[int, int, int, int] = VOICES
    span: int = 16
    longest: int = 48
    silence: int = 12
    wait: int = 24
    words: int = 40

    def __post_init__(self) -> None:
        if min(self.voices) < 1:
            raise InvalidConfig(f"each part needs a voice, got {self.voices}; give at least 1")
        for name in ("span", "longest", "silence", "wait", "words"):
            if getattr(self, name) < 1:
                raise InvalidConfig(f"{name} must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Frame:
    """What one beat has to keep to.

    Parameters
    ----------
    metre
        Beats of the next bar that begins.
    density
        Texture density in [0, 1].
    scale
        Pitch classes that may be struck, 0 (C) to 11.
    dominant, leading
        Two pitch classes: the second may be struck as well, but not in the bass, while the bass holds the
        first; None if there is no such licence.
    ranges
        Lowest and highest pitch of each part, in the order of `PARTS`; None for a part that rests.
    attraction
        How much each pitch class belongs to the key, C first: mean 0, standard deviation 1; all 0 without a
        key.
    """

    metre: int = 4
    density: float = 0.5
    scale: tuple[int, ...] = CHROMATIC
    dominant: int | None = None
    leading: int | None = None
    ranges: tuple[Range | None, ...] = tuple(WRITTEN[part] for part in PARTS)
    attraction: tuple[float, ...] = (0.0,) * 12

    def __post_init__(self) -> None:
        if self.metre not in METRES:
            raise InvalidConfig(f"metre must be {METRES[0]} to {METRES[-1]} beats, got {self.metre}")
        if not 0 <= self.density <= 1:
            raise InvalidConfig(f"density must be in [0, 1], got {self.density}; clip it first")


def ranges_of(ensemble: Ensemble, register: float | None = None) -> tuple[Range | None, ...]:
    """Return the range of each part: what is written for it, within what its instrument plays.

    Parameters
    ----------
    ensemble
        Who plays.
    register
        Centre that the melody keeps within `REACH` of, a MIDI number; None lets it roam. An instrument that
        does not get there comes as near as it can.
    """
    found: list[Range | None] = []
    for part in PARTS:
        if part not in ensemble.parts:
            found.append(None)
            continue
        (low, high), player = WRITTEN[part], ensemble.instrument(part)
        low, high = max(low, player.low), min(high, player.high)
        if part == MELODY and register is not None:
            low, high = _around(register, low, high)
        found.append((low, high))
    return tuple(found)


def _around(register: float, low: int, high: int) -> Range:
    """Return what lies within `REACH` of a register, moved into a range where it would leave it."""
    begin = min(max(round(register) - REACH, low), max(high - 2 * REACH, low))
    return begin, min(begin + 2 * REACH, high)
