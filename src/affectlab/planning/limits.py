"""What no plan for a person may exceed, whoever wrote it.

The numbers are ours. What is known of each contraindication is in the knowledge base; it gives directions
(quieter, slower, fewer sudden changes) and hardly any numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from affectlab.errors import InvalidPlan
from affectlab.planning.instruments import INSTRUMENTS
from affectlab.planning.plan import InterventionPlan, PlanRequest
from affectlab.planning.profile import Contraindication, Profile
from affectlab.planning.trajectory import MAX_STEP, starting_point

START_RADIUS = 0.3
"""How far a trajectory may begin from where the person is believed to be, in the plane."""


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """Bounds of a plan.

    Parameters
    ----------
    tempo_bpm
        Slowest and fastest.
    dynamics
        Softest and loudest section, in [0, 1].
    density
        Thinnest and thickest texture, in [0, 1].
    step
        Longest step between neighbouring sections, in the plane.
    dynamics_step
        Largest change of loudness between neighbouring sections.
    avoid
        Instruments that must not play.
    """

    tempo_bpm: tuple[float, float] = (40.0, 160.0)
    dynamics: tuple[float, float] = (0.1, 0.9)
    density: tuple[float, float] = (0.0, 1.0)
    step: float = MAX_STEP
    dynamics_step: float = 0.25
    avoid: frozenset[str] = frozenset()


_PIERCING = frozenset({"celesta", "music box", "flute", "pan flute"})
_QUIET = PlanLimits(dynamics=(0.1, 0.5), density=(0.0, 0.6), dynamics_step=0.1, avoid=_PIERCING)
_EVEN = PlanLimits(dynamics=(0.1, 0.7), dynamics_step=0.1, step=0.15)
_FOR: dict[Contraindication, PlanLimits] = {
    "sound_sensitivity": _QUIET,
    "autism_sensory": _QUIET,
    "tinnitus": PlanLimits(dynamics=(0.2, 0.6), dynamics_step=0.15, avoid=_PIERCING),
    "hearing_aid": PlanLimits(density=(0.0, 0.6), avoid=_PIERCING),
    "trauma": _EVEN,
    "psychosis": _EVEN,
    "dementia": _EVEN,
    "cardiac": PlanLimits(tempo_bpm=(40.0, 100.0), dynamics=(0.1, 0.6), dynamics_step=0.1),
    "pregnancy": PlanLimits(dynamics=(0.1, 0.6)),
    "children": PlanLimits(dynamics=(0.1, 0.6)),
}

MUST_NOT_PLAY: frozenset[Contraindication] = frozenset({"musicogenic_epilepsy"})
"""Contraindications under which no music is planned at all."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a plan: the field, and one line to repair it by."""

    field: str
    message: str


def check_may_play(profile: Profile) -> None:
    """Raise `InvalidPlan` for a person to whom no music may be planned."""
    barred = sorted(profile.contraindications & MUST_NOT_PLAY)
    if barred:
        raise InvalidPlan(
            f"the profile says {barred[0]}: no music is planned; a clinician has to decide what may be played"
        )


def limits_of(profile: Profile) -> PlanLimits:
    """Return the narrowest of the limits that the profile calls for."""
    found = [PlanLimits(), *(_FOR[one] for one in sorted(profile.contraindications) if one in _FOR)]
    disliked = {word.strip().lower() for word in (*profile.disliked, *profile.trauma_cues)}
    return PlanLimits(
        tempo_bpm=_narrowest([one.tempo_bpm for one in found]),
        dynamics=_narrowest([one.dynamics for one in found]),
        density=_narrowest([one.density for one in found]),
        step=min(one.step for one in found),
        dynamics_step=min(one.dynamics_step for one in found),
        avoid=frozenset().union(*(one.avoid for one in found)) | (disliked & frozenset(INSTRUMENTS)),
    )


def problems(plan: InterventionPlan, request: PlanRequest) -> tuple[Problem, ...]:
    """Return what keeps a plan from being played, none for one that may be."""
    limits = limits_of(request.profile)
    found = [
        *_outside("tempo_bpm", (plan.tempo_bpm,), limits.tempo_bpm),
        *_outside("texture_density", (plan.texture_density,), limits.density),
        *_outside("section_dynamics", plan.section_dynamics, limits.dynamics),
        *_leaps("section_dynamics", np.array(plan.section_dynamics)[:, None], limits.dynamics_step),
        *_leaps("trajectory", _points(plan), limits.step),
    ]
    away = float(np.linalg.norm(_points(plan)[0] - starting_point(request.state)))
    if away > START_RADIUS:
        found.append(Problem("trajectory", f"begins {away:.2f} from the person; begin within {START_RADIUS}"))
    asked = set(plan.attributes.instruments)
    found += _wrong(asked & limits.avoid, "must not play") + _wrong(asked - set(INSTRUMENTS), "is not known")
    return tuple(found)


def _wrong(names: set[str], why: str) -> list[Problem]:
    return [Problem("attributes.instruments", f"'{one}' {why}; choose another") for one in sorted(names)]


def _points(plan: InterventionPlan) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[target.valence, target.arousal] for target in plan.trajectory])


def _outside(field: str, values: tuple[float, ...], bounds: tuple[float, float]) -> list[Problem]:
    low, high = bounds
    wrong = [value for value in values if not low <= value <= high]
    return [Problem(field, f"{wrong[0]:g} is outside {low:g} to {high:g}")] if wrong else []


def _leaps(
    field: str, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], most: float
) -> list[Problem]:
    steps = np.linalg.norm(np.diff(values, axis=0), axis=1)
    # A hair above the bound is rounding, not a longer step.
    if not len(steps) or steps.max() <= most + 1e-9:
        return []
    at = int(steps.argmax())
    return [Problem(field, f"changes by {steps[at]:.2f} at section {at + 2}; at most {most:g} a section")]


def _narrowest(bounds: list[tuple[float, float]]) -> tuple[float, float]:
    return max(low for low, _ in bounds), min(high for _, high in bounds)
