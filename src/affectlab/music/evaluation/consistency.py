"""Plan-Cons: the share of a plan's statements that the music fulfils, by named rules.

The paper leaves its rules open; these are ours. Each rule says nothing (None) about a plan that makes no such
statement. A composer that does not listen fulfils a direction half of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.evaluation.cues import sounding
from affectlab.music.evaluation.metrics import halves, note_level
from affectlab.music.evaluation.plans import Plan
from affectlab.music.evaluation.take import Take
from affectlab.music.instruments import GM_PROGRAMS, MELODY
from affectlab.music.learned.tonality import majorness

TEMPO_TOLERANCE: Final = 0.05
# Plans state a change of mood from this difference between halves on, and a mode from this valence on.
LEAST_MOOD_CHANGE: Final = 0.5
LEAST_VALENCE: Final = 0.25
# Sections of a dynamics curve, beats, and the least difference between neighbours that is a statement.
_SECTION: Final = 8
LEAST_DYNAMICS: Final = 0.1


def statements(plan: Plan, take: Take) -> dict[str, float]:
    """Return how far each statement that the plan makes is fulfilled, in [0, 1], by rule."""
    found = {name: rule(plan, take) for name, rule in RULES.items()}
    return {name: value for name, value in found.items() if value is not None}


def plan_cons(plan: Plan, take: Take) -> float:
    """Mean of `statements`; NaN for a plan that states nothing."""
    found = list(statements(plan, take).values())
    return float(np.mean(found)) if found else float("nan")


def tempo(plan: Plan, take: Take) -> float | None:
    """Share of the beats whose tempo is within 5 % of the one that is asked for."""
    fulfilled = [
        abs(60 / beat.duration / control.tempo_bpm - 1) <= TEMPO_TOLERANCE
        for control, beat in zip(plan.controls, take.beats, strict=True)
        if control.tempo_bpm is not None
    ]
    return float(np.mean(fulfilled)) if fulfilled else None


def density(plan: Plan, take: Take) -> float | None:
    """Whether the half with the greater asked density has more notes per beat."""
    asked = np.array([np.nan if one.density is None else one.density for one in plan.controls])
    change = float(np.subtract(*halves(asked)[::-1]))
    if not abs(change) > 0:
        return None
    return _same_direction(change, np.array([len(beat.notes) for beat in take.beats], float))


def dynamics(plan: Plan, take: Take) -> float | None:
    """Share of the planned rises and falls of loudness, two bars against the two before, that are heard."""
    planned = plan.dynamics
    if planned is None:
        return None
    steps, heard = np.diff(_sections(planned)), np.diff(_sections(note_level(take)))
    stated = np.abs(steps) >= LEAST_DYNAMICS
    return float((np.sign(steps) == np.sign(heard))[stated].mean()) if stated.any() else None


def mode(plan: Plan, take: Take) -> float | None:
    """Share of the halves that are clearly asked to be bright (dark) and are in major (minor)."""
    asked, notes, middle = halves(plan.targets)[:, 0], take.notes(), take.starts[len(take.beats) // 2]
    spans = ((0.0, middle), (middle, take.seconds))
    classes = np.array([sounding(notes, *span).sum(axis=0) for span in spans], float)
    stated = np.abs(asked) >= LEAST_VALENCE
    return float((np.sign(asked) == np.sign(majorness(classes)))[stated].mean()) if stated.any() else None


def register(plan: Plan, take: Take) -> float | None:
    """Whether the melody lies higher in the half that is asked to be brighter."""
    change = _mood_change(plan, 0)
    if change is None:
        return None
    pitches = [[note.pitch for note in beat.notes if note.part == MELODY] for beat in take.beats]
    return _same_direction(change, np.array([np.mean(one) if one else np.nan for one in pitches]))


def pace(plan: Plan, take: Take) -> float | None:
    """Whether more notes begin per second in the half that is asked to be more aroused."""
    change = _mood_change(plan, 1)
    if change is None:
        return None
    return _same_direction(change, np.array([len(beat.notes) / beat.duration for beat in take.beats]))


def instruments(plan: Plan, take: Take) -> float | None:
    """Share of the instruments asked for that play."""
    asked = {name for control in plan.controls for name in control.instruments}
    heard = {note.program for beat in take.beats for note in beat.notes}
    return float(np.mean([GM_PROGRAMS[name] in heard for name in asked])) if asked else None


RULES: Final[MappingProxyType[str, Callable[[Plan, Take], float | None]]] = MappingProxyType(
    {
        "tempo": tempo,
        "density": density,
        "dynamics": dynamics,
        "mode": mode,
        "register": register,
        "pace": pace,
        "instruments": instruments,
    }
)


def _mood_change(plan: Plan, axis: int) -> float | None:
    change = float(np.subtract(*halves(plan.targets)[::-1, axis]))
    return change if abs(change) >= LEAST_MOOD_CHANGE else None


def _same_direction(change: float, values: NDArray[np.float64]) -> float:
    """Whether the mean of the known values of the second half differs from the first's as `change` says."""
    middle = len(values) // 2
    means = [part[np.isfinite(part)] for part in (values[:middle], values[middle:])]
    if not all(part.size for part in means):
        return 0.0
    return float(np.sign(means[1].mean() - means[0].mean()) == np.sign(change))


def _sections(values: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = len(values) // _SECTION * _SECTION
    means: NDArray[np.float64] = values[:whole].reshape(-1, _SECTION).mean(axis=1)
    return means
