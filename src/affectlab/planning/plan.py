"""The intervention plan every planner writes, and the request it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectlab.affect import AffectState
from affectlab.planning.history import Case
from affectlab.planning.profile import NOBODY, Profile

PlanField = Literal[
    "attributes.mode",
    "attributes.register",
    "attributes.instruments",
    "attributes.articulation",
    "tempo_bpm",
    "texture_density",
    "section_dynamics",
    "trajectory",
    "session_minutes",
    "stop_conditions",
    "loudness",
    "avoid",
]
"""What an entry of the knowledge base may speak for; the last four bind the session, not the music."""

Line = Annotated[str, Field(min_length=1, max_length=300)]
Axis = Annotated[float, Field(ge=-1, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class AffectTarget(BaseModel):
    """A point of the valence-arousal plane that the music should lead to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valence: Axis
    arousal: Axis


class MusicalAttributes(BaseModel):
    """What the music should be made of (the plan's m)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: str = Field(pattern="^(major|minor|modal)$")
    register_: str = Field(pattern="^(low|middle|high)$", alias="register")
    instruments: tuple[str, ...] = Field(min_length=1, max_length=6)
    articulation: str = Field(pattern="^(legato|mixed|detached)$")


class Citation(BaseModel):
    """An entry of the knowledge base and the field of the plan that it speaks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry: str
    field: PlanField


class InterventionPlan(BaseModel):
    """The plan π = {d, m, b, ρ, δ, τ} of MindMelody (arXiv 2605.01235), with who made it and why.

    `section_dynamics` (δ) and `trajectory` (τ) have one entry per section; a section lasts
    `section_seconds`. The last entry of the trajectory holds until the session ends.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field(min_length=1, max_length=600)
    attributes: MusicalAttributes
    tempo_bpm: float = Field(ge=40, le=160)
    texture_density: Share
    section_seconds: float = Field(ge=10, le=300)
    section_dynamics: tuple[Share, ...] = Field(min_length=1, max_length=60)
    trajectory: tuple[AffectTarget, ...] = Field(min_length=1, max_length=60)
    rationale: str = Field(min_length=1)
    citations: tuple[Citation, ...] = ()
    assumptions: tuple[Line, ...] = ()
    stop_conditions: tuple[Line, ...] = ()
    made_by: str
    fallback_reason: str | None = None

    @model_validator(mode="after")
    def _sections_agree(self) -> InterventionPlan:
        if len(self.section_dynamics) != len(self.trajectory):
            raise ValueError(
                f"section_dynamics has {len(self.section_dynamics)} entries and trajectory "
                f"{len(self.trajectory)}; both need one per section"
            )
        return self

    def target_at(self, seconds: float) -> AffectTarget:
        """Return τ at `seconds` since the plan began, linear between section ends."""
        position = min(max(seconds / self.section_seconds, 0.0), len(self.trajectory) - 1.0)
        index = min(int(position), len(self.trajectory) - 1)
        here, there = self.trajectory[index], self.trajectory[min(index + 1, len(self.trajectory) - 1)]
        share = position - index
        return AffectTarget(
            valence=here.valence + share * (there.valence - here.valence),
            arousal=here.arousal + share * (there.arousal - here.arousal),
        )

    def dynamics_at(self, seconds: float) -> float:
        """Return δ of the section that holds at `seconds` since the plan began."""
        index = int(max(seconds, 0.0) / self.section_seconds)
        return self.section_dynamics[min(index, len(self.section_dynamics) - 1)]


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a planner is told.

    Parameters
    ----------
    state
        The person now.
    goal
        Where the session should lead.
    goal_name
        The goal in words, for example "relax".
    minutes
        Minutes of session left, > 0.
    reason
        Why a plan is asked for: "start", "residual" or "request".
    profile
        The person: what they want, like, dislike, and must not be given.
    cases
        Past sessions of the person, the likest first.
    wish
        Free text of the person or the researcher; it may colour a plan, never its limits.
    """

    state: AffectState
    goal: AffectTarget
    goal_name: str
    minutes: float
    reason: str
    profile: Profile = NOBODY
    cases: tuple[Case, ...] = ()
    wish: str = ""


class Planner(Protocol):
    """Writes intervention plans."""

    name: str

    def plan(self, request: PlanRequest) -> InterventionPlan:
        """Return a plan that begins at the person's state and leads to the goal."""
        ...


@runtime_checkable
class Preparable(Protocol):
    """A planner that has something to load before its first plan."""

    def prepare(self, request: PlanRequest) -> None:
        """Get ready for requests like `request`; may take its time."""
        ...
