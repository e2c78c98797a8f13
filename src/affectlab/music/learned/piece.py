"""Music on a grid: bars of whole beats, twelve ticks a beat, four parts.

A beat is what one taps: a 6/8 bar is two beats here, its quavers thirds of them. Twelve ticks hold both
sixteenths and triplets. Of POP909's 1.53 million onsets 93.7 % lie within 0.012 beats of this grid, 91.7 %
of one of four per beat and 92.4 % of one of eight; most of the rest are ornaments and spread chords.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from affectlab.music.instruments import BASS, HARMONY, MELODY, PAD, PARTS

TICKS = 12
PITCHES = range(21, 109)
METRES = range(1, 7)
PROGRAMS = MappingProxyType({MELODY: 73, PAD: 48, HARMONY: 0, BASS: 32})
# Ticks a note may last: every tick within a beat, sixteenths up to four beats, quavers up to eight.
DURATIONS = np.array([*range(1, 12), *range(12, 48, 3), *range(48, 97, 6)])
NOTE = np.dtype([("start", np.int32), ("duration", np.int32), ("pitch", np.int16), ("part", np.int8)])


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One piece of music on the grid; `piece_of` makes one from rough notes.

    Parameters
    ----------
    name
        Where it comes from, for example ``"pop909/001"``.
    metres
        Beats of each bar, shape (bars,), each in `METRES`.
    notes
        Of dtype `NOTE`, sorted by start, part and pitch: start and duration in ticks, MIDI pitch, index
        into `PARTS`. The last bar holds the beginning of a note.
    tempo
        Beats per minute of each beat, shape (beats,); NaN where the source does not say.
    loudness
        Mean velocity / 127 of the notes begun in each beat, shape (beats,); NaN where unknown.
    """

    name: str
    metres: NDArray[np.int16]
    notes: NDArray[np.void]
    tempo: NDArray[np.float32]
    loudness: NDArray[np.float32]

    @property
    def beats(self) -> int:
        """Number of beats."""
        return int(self.metres.sum())

    @property
    def bar_starts(self) -> NDArray[np.int64]:
        """First beat of each bar, shape (bars,)."""
        return np.cumsum(self.metres, dtype=np.int64) - self.metres

    def of_part(self, part: str) -> NDArray[np.void]:
        """Return the notes of one part."""
        chosen: NDArray[np.void] = self.notes[self.notes["part"] == PARTS.index(part)]
        return chosen


def piece_of(
    name: str,
    metres: NDArray[np.int16],
    notes: NDArray[np.void],
    *,
    tempo: NDArray[np.float32] | None = None,
    loudness: NDArray[np.float32] | None = None,
) -> Piece:
    """Bring notes onto the grid's durations and pitches, in order and without doubles.

    Bars after the last onset are cut off, and so are the values of their beats.
    """
    kept = notes[(notes["start"] >= 0) & np.isin(notes["pitch"], PITCHES)].copy()
    kept["duration"] = snapped(kept["duration"])
    kept = _without_doubles(kept)
    ends = np.cumsum(metres, dtype=np.int64) * TICKS
    last = int(kept["start"][-1]) if kept.size else -1
    bars = int(np.searchsorted(ends, last, side="right")) + 1 if last >= 0 else 0
    metres = metres[:bars].astype(np.int16)
    beats = int(metres.sum())
    return Piece(name, metres, kept, _per_beat(tempo, beats), _per_beat(loudness, beats))


def snapped(durations: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the nearest of `DURATIONS` to each, the shorter of two that are equally near."""
    above = np.clip(np.searchsorted(DURATIONS, durations), 1, len(DURATIONS) - 1)
    low, high = DURATIONS[above - 1], DURATIONS[above]
    nearest: NDArray[np.int32] = np.where(durations - low <= high - durations, low, high).astype(np.int32)
    return nearest


def notes_of(
    start: NDArray[np.int32], duration: NDArray[np.int32], pitch: NDArray[np.int16], part: str
) -> NDArray[np.void]:
    """Return notes of one part as an array of dtype `NOTE`."""
    notes = np.zeros(len(start), NOTE)
    notes["start"], notes["duration"], notes["pitch"] = start, duration, pitch
    notes["part"] = PARTS.index(part)
    return notes


def _without_doubles(notes: NDArray[np.void]) -> NDArray[np.void]:
    """Sort by start, part and pitch; of notes that agree in all three the longest stays."""
    order = np.lexsort((-notes["duration"], notes["pitch"], notes["part"], notes["start"]))
    ordered = notes[order]
    fields = np.stack([ordered["start"], ordered["part"], ordered["pitch"]], axis=1)
    first = np.ones(len(ordered), bool)
    first[1:] = (np.diff(fields, axis=0) != 0).any(axis=1)
    return ordered[first]


def _per_beat(values: NDArray[np.float32] | None, beats: int) -> NDArray[np.float32]:
    padded = np.full(beats, np.nan, np.float32)
    if values is not None:
        padded[: len(values)] = values[:beats]
    return padded
