"""Targets that change from bar to bar, as a file says."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidPlan, UnreadableFile
from affectlab.music.score import Aim, MusicControl

BEATS_PER_BAR: Final = 4
AHEAD: Final = 8
"""Beats that a control tells of the future."""

_COLUMNS: Final = ("bar", "valence", "arousal")
_RANGES: Final = {"bar": (0.0, 1e6), "valence": (-1.0, 1.0), "arousal": (-1.0, 1.0), "dynamics": (0.0, 1.0)}


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Points that straight lines join; before the first and after the last, nothing moves.

    Parameters
    ----------
    bars
        Bars, of four beats, since the beginning, ascending, shape (points,); two equal ones are a jump.
    targets
        Valence and arousal, shape (points, 2).
    dynamics
        Loudness in [0, 1], shape (points,), or None to let arousal decide.
    """

    bars: NDArray[np.float64]
    targets: NDArray[np.float64]
    dynamics: NDArray[np.float64] | None = None

    @classmethod
    def still(cls, valence: float, arousal: float) -> Trajectory:
        """Return one target that stays."""
        return cls(np.zeros(1), np.array([[valence, arousal]]))

    def aim(self, beat: int) -> Aim:
        """Return what a beat should express, counted from the beginning."""
        bar = beat / BEATS_PER_BAR
        valence, arousal = (self._at(bar, self.targets[:, axis]) for axis in range(2))
        return Aim(valence, arousal, None if self.dynamics is None else self._at(bar, self.dynamics))

    def controls(
        self, beats: int, *, tempo_bpm: float | None = None, instruments: tuple[str, ...] = ()
    ) -> tuple[MusicControl, ...]:
        """Return the control of each beat, each of which knows the next `AHEAD`."""
        aims = [self.aim(beat) for beat in range(beats + AHEAD)]
        return tuple(
            MusicControl(
                aim.valence,
                aim.arousal,
                tempo_bpm=tempo_bpm,
                dynamics=aim.dynamics,
                instruments=instruments,
                ahead=tuple(aims[beat + 1 : beat + 1 + AHEAD]),
            )
            for beat, aim in enumerate(aims[:beats])
        )

    def _at(self, bar: float, values: NDArray[np.float64]) -> float:
        # After a jump the later of two values holds.
        later = int(np.searchsorted(self.bars, bar, side="right"))
        if later in {0, len(self.bars)}:
            return float(values[0 if later == 0 else -1])
        return float(np.interp(bar, self.bars[later - 1 : later + 1], values[later - 1 : later + 1]))


def read_trajectory(path: Path) -> Trajectory:
    """Read a CSV file with the columns bar, valence and arousal, and perhaps dynamics.

    Raises
    ------
    UnreadableFile
        If it cannot be read or lacks a column.
    InvalidPlan
        If a value is no number, out of range, or bars do not ascend; the message names the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
            names = tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"cannot read {path} ({error}); expected a CSV file") from error
    if not set(_COLUMNS) <= set(names) or not rows:
        raise UnreadableFile(
            f"{path} has the columns {', '.join(names) or 'none'} and {len(rows)} rows; expected bar, "
            "valence, arousal and perhaps dynamics, and a row for each point"
        )
    wanted = _COLUMNS + (("dynamics",) if "dynamics" in names else ())
    table = np.array([[_number(path, line, name, row[name]) for name in wanted] for line, row in rows])
    if (np.diff(table[:, 0]) < 0).any():
        line = rows[int(np.argmax(np.diff(table[:, 0]) < 0)) + 1][0]
        raise InvalidPlan(f"{path}, line {line}: bars must ascend; sort the rows by bar")
    return Trajectory(table[:, 0], table[:, 1:3], table[:, 3] if len(wanted) > len(_COLUMNS) else None)


def _number(path: Path, line: int, name: str, text: str | None) -> float:
    low, high = _RANGES[name]
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise InvalidPlan(
            f"{path}, line {line}: {name} must be a number from {low:g} to {high:g}, got {text!r}"
        )
    return value
