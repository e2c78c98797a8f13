"""The target trajectory of a session by the iso principle: meet the person, lead step by step, then hold.

Altshuler (1948) described music that first matches a patient's mood and then moves it; Heiderscheit and
Madson (2015, Music Therapy Perspectives 33:45-52) build a listening programme on it; Starcke, Mayr and von
Georgi (2021, Int. J. Environ. Res. Public Health 18:12486) tested it after sadness induction: sad then happy
music left people best, though not every difference was significant. How long to meet and how far a step may
go is not in these sources; the numbers below are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState

Point = NDArray[np.float64]

MAX_STEP = 0.25
"""Longest step between neighbouring sections, in the plane."""

MEETING_SHARE = 0.15
"""Share of the session spent where the person is; at least one section, at most `MEETING_SECONDS`."""

MEETING_SECONDS = 120.0

LEADING_SHARE = 0.6
"""Share of what then remains that leading takes when the step bound leaves the choice."""

NEUTRAL_SD = 0.5
"""Spread of affect around neutral; a state known no better than this is pulled half-way to neutral."""

SECTION_SECONDS = (10.0, 45.0, 300.0)
"""Shortest section, usual longest, and longest when a session is so long that sections would run out."""

SECTIONS_WANTED = 12
MAX_SECTIONS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Target points, one per section, and how the sections are spent.

    Parameters
    ----------
    points
        Shape (n_sections, 2): valence and arousal.
    section_seconds
        Length of a section.
    meeting, leading
        Number of sections that stay with the person, and that lead.
    reaches_goal
        False when the step bound does not let the goal be reached in time.
    longest_step
        That bound.
    """

    points: Point
    section_seconds: float
    meeting: int
    leading: int
    reaches_goal: bool
    longest_step: float


def starting_point(state: AffectState) -> Point:
    """Return where the person is believed to be, pulled to neutral as far as that is uncertain."""
    trust = NEUTRAL_SD**2 / (NEUTRAL_SD**2 + state.sd**2)
    return state.mean * trust


def sections_for(minutes: float) -> tuple[int, float]:
    """Return how many sections a session has and how many seconds each lasts."""
    shortest, usual, longest = SECTION_SECONDS
    seconds = minutes * 60
    length = min(max(seconds / SECTIONS_WANTED, shortest), usual)
    length = min(max(length, seconds / MAX_SECTIONS), longest)
    return max(1, min(round(seconds / length), MAX_SECTIONS)), length


def lead(
    start: Point,
    goal: Point,
    minutes: float,
    *,
    meeting_share: float = MEETING_SHARE,
    longest_step: float = MAX_STEP,
) -> Trajectory:
    """Plan the way from `start` to `goal`: equal steps on a straight line after a meeting phase.

    Parameters
    ----------
    start, goal
        Valence and arousal, shape (2,).
    minutes
        Minutes of session left, > 0.
    meeting_share
        Share of the session to spend at `start` first, in [0, 1].
    longest_step
        Between neighbouring sections, > 0.
    """
    count, length = sections_for(minutes)
    meeting = meeting_sections(count, length, meeting_share)
    available = count - 1 - meeting
    # A hair above the bound is rounding, not a longer way.
    needed = math.ceil(float(np.linalg.norm(goal - start)) / longest_step - 1e-9)
    leading = min(max(needed, round(LEADING_SHARE * available)), available)
    reached = min(1.0, leading / needed) if needed else 1.0
    share = np.clip((np.arange(count) - meeting) / max(leading, 1), 0, 1) * reached
    points = start + share[:, None] * (goal - start)
    if needed <= leading:
        points[meeting + leading :] = goal
    return Trajectory(points, length, meeting, leading, needed <= leading, longest_step)


def meeting_sections(count: int, length: float, share: float) -> int:
    """Return how many of `count` sections of `length` seconds meet the person, if `share` should."""
    wanted = min(round(share * count), math.ceil(MEETING_SECONDS / length))
    return min(max(wanted, 1), count - 1)
