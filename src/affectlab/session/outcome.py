"""How far the session brought the person: time to the target region and distance at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]

REGION = 0.25
"""Radius around the goal that counts as reached (ours)."""

SMOOTHING = 30.0
"""Seconds over which the state is averaged before it counts as in the region (ours)."""

FINAL = 60.0
"""Last seconds of the session that make up the final distance."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a session achieved.

    Parameters
    ----------
    basis
        "truth" for simulated listeners, whose state is known; "belief" for people, whose state is decoded by
        the very decoder that drives the loop and proves nothing by itself.
    reached_s
        Seconds from the first music until the smoothed state was in the region; None if it never was.
    final_distance
        Mean distance from the goal over the last minute.
    start_distance
        Distance from the goal when the music began.
    """

    basis: str
    goal: Point
    reached_s: float | None
    final_distance: float
    start_distance: float


def measure_outcome(
    times: Sequence[float], states: Sequence[Point], goal: Point, *, music_from: float, basis: str
) -> Outcome | None:
    """Measure a session from its states, or return None when there is no state after the music began.

    Parameters
    ----------
    times
        Session seconds, ascending.
    states
        (valence, arousal) at those times.
    music_from
        Session second of the first music.
    """
    clock = np.asarray(times, dtype=float)
    distance = np.linalg.norm(np.asarray(states, dtype=float).reshape(-1, 2) - np.array(goal), axis=1)
    heard = clock >= music_from
    if not heard.any():
        return None
    clock, points = clock[heard], np.asarray(states, dtype=float).reshape(-1, 2)[heard]
    return Outcome(
        basis=basis,
        goal=goal,
        reached_s=_reached(clock - music_from, points, np.array(goal)),
        final_distance=float(distance[heard][clock >= clock[-1] - FINAL].mean()),
        start_distance=float(distance[heard][0]),
    )


def _reached(
    clock: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    points: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    goal: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> float | None:
    first = np.searchsorted(clock, clock - SMOOTHING)
    total = np.vstack([np.zeros(2), np.cumsum(points, axis=0)])
    last = np.arange(1, len(clock) + 1)
    smoothed = (total[last] - total[first]) / (last - first)[:, None]
    inside = (np.linalg.norm(smoothed - goal, axis=1) <= REGION) & (clock >= SMOOTHING)
    return float(clock[inside.argmax()]) if inside.any() else None
