"""What each thing that is known of a person does to the plan: the same plan, made without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from affectlab.planning.plan import InterventionPlan, Planner, PlanRequest
from affectlab.planning.profile import NOBODY, Profile

FIELDS = (
    "tempo_bpm",
    "texture_density",
    "section_dynamics",
    "trajectory",
    "attributes",
    "stop_conditions",
    "citations",
)


@dataclass(frozen=True, slots=True)
class Effect:
    """A field of the plan as it is, and as it would be without one input.

    Parameters
    ----------
    without
        The input, for example "contraindication cardiac".
    field
        Of the plan.
    planned, otherwise
        Its value with and without the input, JSON-ready.
    """

    without: str
    field: str
    planned: Any
    otherwise: Any


def effects(planner: Planner, request: PlanRequest, plan: InterventionPlan) -> Iterator[Effect]:
    """Make the plan again without each input in turn, and say what changes; one planning for each input."""
    for name, reduced in _reductions(request):
        other = planner.plan(reduced)
        for field in FIELDS:
            planned, otherwise = (one.model_dump(by_alias=True)[field] for one in (plan, other))
            if planned != otherwise:
                yield Effect(name, field, planned, otherwise)


def _reductions(request: PlanRequest) -> Iterator[tuple[str, PlanRequest]]:
    profile = request.profile
    for one in sorted(profile.contraindications):
        yield f"contraindication {one}", _with(request, contraindications=profile.contraindications - {one})
    for field in Profile.model_fields:
        empty = getattr(NOBODY, field)
        if field not in {"name", "language", "contraindications"} and getattr(profile, field) != empty:
            yield f"profile {field}", _with(request, **{field: empty})
    if request.cases:
        yield "past sessions", replace(request, cases=())
    if request.wish:
        yield "wish", replace(request, wish="")


def _with(request: PlanRequest, **changed: Any) -> PlanRequest:
    return replace(request, profile=request.profile.model_copy(update=changed))
