"""From seconds to the grid, by the beats that a song's own file names."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.music.learned.corpus.origin import Dropped
from affectlab.music.learned.piece import METRES, TICKS

FEWEST_BEATS = 16
# Grids that a beat's onsets may lie on: sixteenths, and triplets where they fit better.
_DIVISIONS = (4, 3)
LEAST_PULSE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """The beats of a song, from a bar line on.

    Parameters
    ----------
    times
        Seconds of each beat, increasing, shape (beats + 1,): the last is the end of the last one.
    metres
        Beats of each bar, in `METRES`, shape (bars,); their sum is beats.
    """

    times: NDArray[np.float64]
    metres: NDArray[np.int16]

    @property
    def tempo(self) -> NDArray[np.float32]:
        """Beats per minute of each beat."""
        return (60 / np.diff(self.times)).astype(np.float32)

    def position(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return times as beats since the first bar line; those outside move to the nearest end."""
        place: NDArray[np.float64] = np.interp(seconds, self.times, np.arange(len(self.times)))
        return place


def read_beats(content: bytes) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Read ``beat_midi.txt``: seconds of each beat, and the beats that begin a bar.

    Its columns are time, beginning of half a bar, beginning of a bar. Where bars have six beats and halves
    three, the halves are bars of three: at 75 to 148 beats a minute the six are two bars of a waltz.

    Raises
    ------
    Dropped
        If it is not such a table.
    """
    try:
        rows = np.array([line.split() for line in content.decode("ascii").splitlines() if line], np.float64)
    except ValueError as error:
        raise Dropped(f"beat_midi.txt cannot be read: {error}") from error
    if rows.ndim != 2 or rows.shape[1] != 3 or len(rows) < FEWEST_BEATS:
        raise Dropped(f"beat_midi.txt has shape {rows.shape}, expected at least {FEWEST_BEATS} rows of 3")
    if not (np.isfinite(rows).all() and (np.diff(rows[:, 0]) > 0).all()):
        raise Dropped("times in beat_midi.txt do not increase")
    bars, halves = np.flatnonzero(rows[:, 2] > 0), np.flatnonzero(rows[:, 1] > 0)
    if len(bars) < 2:
        raise Dropped("beat_midi.txt has fewer than two bar lines")
    if np.median(np.diff(bars)) == 6 and np.median(np.diff(halves)) == 3:
        bars = halves
    return rows[:, 0], bars


def lay_out(times: NDArray[np.float64], bars: NDArray[np.int64], first: float, last: float) -> Beats:
    """Extend beats and bars to whole bars from that of the first note to that of the last.

    Parameters
    ----------
    times
        Seconds of each beat.
    bars
        Indices of the beats that begin a bar.
    first, last
        Seconds of the first and the last onset.
    """
    step, metre = float(np.median(np.diff(times))), int(np.median(np.diff(bars)))
    early = max(math.ceil((times[bars[0]] - first) / (step * metre)), math.ceil(bars[0] / metre), 0)
    missing = early * metre - int(bars[0])
    late = metre + max(0, math.ceil((last - times[-1]) / step))
    before = times[0] - step * np.arange(missing, 0, -1)
    after = times[-1] + step * np.arange(1, late + metre + 1)
    lines = np.concatenate([np.arange(early) * metre, bars + missing])
    total = missing + len(times) + late
    lines = np.concatenate([lines, np.arange(lines[-1] + metre, total + metre, metre)])
    laid = np.concatenate([before, times, after])
    start = int(np.searchsorted(laid[lines], first + step / (2 * TICKS), side="right")) - 1
    lines = lines[max(start, 0) :]
    metres = np.array([part for length in np.diff(lines) for part in _split(int(length))], np.int16)
    return Beats(laid[lines[0] : lines[-1] + 1], metres)


def quantised(positions: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return onsets as ticks; those of one beat lie on sixteenths, or on triplets where these fit better."""
    rounded = np.stack([np.round(positions * parts) / parts for parts in _DIVISIONS])
    beats = np.floor(positions + 0.5 / TICKS).astype(int)
    beats -= beats.min(initial=0)
    errors = np.stack([np.bincount(beats, np.abs(one - positions)) for one in rounded])
    best = errors.argmin(axis=0)[beats]
    chosen = rounded[best, np.arange(len(positions))]
    return np.asarray(np.round(chosen * TICKS), np.int32)


def pulse(positions: NDArray[np.float64]) -> float:
    """Return how sharply onsets gather on sixteenths or on triplets: 1 all on the grid, 0 anywhere."""
    return float(max(abs(np.exp(2j * np.pi * positions * parts).mean()) for parts in _DIVISIONS))


def _split(beats: int) -> list[int]:
    """Split a bar that is too long into bars of four and the rest."""
    if beats in METRES:
        return [beats]
    return [4] * (beats // 4) + [beats % 4] * (beats % 4 > 0)
