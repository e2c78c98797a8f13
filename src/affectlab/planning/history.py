"""What worked before: past sessions as cases, retrieved by likeness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from affectlab.affect import AffectState

Point = tuple[float, float]

KERNEL = 0.5
"""Distance in the plane at which a case counts for e^-1 as much as one at the same place (ours)."""


class Case(BaseModel):
    """A past session: where it began, where it was to lead, what was played, how near it came.

    `gain` is the share of the distance from the goal that was lost by the end, 1 is all of it and negative
    values led away. `basis` tells whether states are "truth" (simulated), "belief" (decoded) or "report".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    session: str
    start: Point
    goal: Point
    goal_name: str
    tempo_bpm: float
    mode: str
    instruments: tuple[str, ...]
    gain: Annotated[float, Field(ge=-10, le=1)]
    basis: str


def similar(cases: Sequence[Case], state: AffectState, goal: Point, *, limit: int = 3) -> tuple[Case, ...]:
    """Return the cases that began and led most nearly like now, the likest first, at most `limit`."""
    here = np.array([*state.mean, *goal])
    distances = [float(np.linalg.norm(np.array([*case.start, *case.goal]) - here)) for case in cases]
    order = np.argsort(distances, kind="stable")[:limit]
    return tuple(cases[index] for index in order if np.exp(-distances[index] / KERNEL) > 0.1)
