"""A planner that follows the iso principle by rule: deterministic, immediate, there to fall back on."""

from __future__ import annotations

import math

import numpy as np

from affectlab.affect import AffectState
from affectlab.errors import InvalidPlan
from affectlab.planning.cues import attributes_for, density_for, dynamics_for, tempo_for
from affectlab.planning.grounds import assumptions_of, citations_for, stop_conditions_for
from affectlab.planning.limits import PlanLimits, limits_of
from affectlab.planning.plan import AffectTarget, InterventionPlan, MusicalAttributes, PlanRequest
from affectlab.planning.taste import suited
from affectlab.planning.trajectory import MEETING_SHARE, Point, Trajectory, lead, starting_point


class RulePlanner:
    """Meets the person where they are, leads to the goal in bounded steps, and holds there.

    The musical attributes suit the middle of the trajectory, since they hold for the whole plan; tempo and
    density are those of its end. A plan made while music already plays meets the person for one section
    only.
    """

    name = "rules"

    def plan(self, request: PlanRequest) -> InterventionPlan:
        """Write the plan; the same request always gives the same plan.

        Raises
        ------
        InvalidPlan
            If the minutes left are not a positive number.
        """
        if not (math.isfinite(request.minutes) and request.minutes > 0):
            raise InvalidPlan(f"a plan needs a positive number of minutes, got {request.minutes}")
        limits = limits_of(request.profile)
        goal = np.array([request.goal.valence, request.goal.arousal])
        share = MEETING_SHARE if request.reason == "start" else 0.0
        start = starting_point(request.state)
        way = lead(start, goal, request.minutes, meeting_share=share, longest_step=limits.step)
        targets = tuple(_target(point) for point in way.points)
        end = targets[-1]
        attributes = suited(
            attributes_for(_target(way.points.mean(axis=0))), request.profile, request.cases, limits
        )
        return InterventionPlan(
            description=_describe(attributes, targets[0], end),
            attributes=attributes,
            tempo_bpm=_within(tempo_for(end.arousal), limits.tempo_bpm),
            texture_density=_within(density_for(end.arousal), limits.density),
            section_seconds=way.section_seconds,
            section_dynamics=_bounded([dynamics_for(target.arousal) for target in targets], limits),
            trajectory=targets,
            rationale=_explain(request, way),
            citations=citations_for(request, targets[0], end),
            assumptions=assumptions_of(request),
            stop_conditions=stop_conditions_for(request.profile),
            made_by=self.name,
        )


def _within(value: float, bounds: tuple[float, float]) -> float:
    return float(np.clip(value, *bounds))


def _bounded(dynamics: list[float], limits: PlanLimits) -> tuple[float, ...]:
    """Keep loudness, and its changes between sections, inside the limits."""
    found = [_within(dynamics[0], limits.dynamics)]
    for value in dynamics[1:]:
        step = np.clip(
            _within(value, limits.dynamics) - found[-1], -limits.dynamics_step, limits.dynamics_step
        )
        found.append(found[-1] + float(step))
    return tuple(found)


def _target(point: Point) -> AffectTarget:
    valence, arousal = np.clip(point, -1, 1)
    return AffectTarget(valence=float(valence), arousal=float(arousal))


def _describe(attributes: MusicalAttributes, start: AffectTarget, end: AffectTarget) -> str:
    *others, last = attributes.instruments
    return (
        f"{_mood(end).capitalize()} music, mostly {attributes.mode}, in the {attributes.register_} register, "
        f"{attributes.articulation}, for {', '.join(others)} and {last}; "
        f"from {tempo_for(start.arousal):.0f} to {tempo_for(end.arousal):.0f} beats per minute."
    )


def _mood(point: AffectTarget) -> str:
    if math.hypot(point.valence, point.arousal) < 0.15:
        return "even"
    arousal = "lively" if point.arousal > 0.15 else "quiet" if point.arousal < -0.15 else "unhurried"
    valence = "bright" if point.valence > 0.15 else "dark" if point.valence < -0.15 else "neutral"
    return f"{arousal}, {valence}"


def _explain(request: PlanRequest, way: Trajectory) -> str:
    return " ".join((_believed(request.state, way), _led(way), _arrived(request, way)))


def _believed(state: AffectState, way: Trajectory) -> str:
    meeting = f" for {_duration(way.meeting * way.section_seconds)}" if way.meeting else ""
    return (
        f"The person is believed to be at valence {state.valence:+.2f} (sd {state.sd[0]:.2f}) and arousal "
        f"{state.arousal:+.2f} (sd {state.sd[1]:.2f}); the music meets them at "
        f"{_written(way.points[0])}{meeting}."
    )


def _led(way: Trajectory) -> str:
    distance = float(np.linalg.norm(way.points[-1] - way.points[0]))
    if distance == 0:
        return "It stays there."
    seconds = way.leading * way.section_seconds
    return (
        f"It then leads {distance:.2f} in the plane to {_written(way.points[-1])} in {way.leading} steps of "
        f"{distance / way.leading:.2f} (at most {way.longest_step:g}) over {_duration(seconds)}."
    )


def _arrived(request: PlanRequest, way: Trajectory) -> str:
    goal = f"The goal '{request.goal_name}' at ({request.goal.valence:+.2f}, {request.goal.arousal:+.2f})"
    if not way.reaches_goal:
        return f"{goal} is too far to reach in {request.minutes:.1f} minutes without longer steps."
    left = request.minutes * 60 - (way.meeting + way.leading) * way.section_seconds
    return f"{goal} is then held for {_duration(left)}."


def _written(point: Point) -> str:
    return f"({point[0]:+.2f}, {point[1]:+.2f})"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"
