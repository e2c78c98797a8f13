"""A note on the grid, the common coin of melody and accompaniment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note on the grid, before tempo and hands make it a `Note`.

    Parameters
    ----------
    onset, length
        Beats; the onset is counted from the beginning of the beat.
    pitch
        MIDI number.
    part
        Name of the part.
    accent
        Metrical weight in [0, 1].
    """

    onset: float
    length: float
    pitch: int
    part: str
    accent: float
