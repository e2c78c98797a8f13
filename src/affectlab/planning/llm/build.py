"""From what a model wrote to the plan: waypoints become sections, choices become sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from affectlab.planning.limits import Problem, problems
from affectlab.planning.llm.draft import Draft, Unusable
from affectlab.planning.llm.fences import fenced
from affectlab.planning.llm.offer import FIELDS, MOOD_LENGTH, Offer
from affectlab.planning.llm.words import ALWAYS, GIVEN_LINES, MUSIC, NAMES, STOP_LINES, TOO_FAR
from affectlab.planning.plan import AffectTarget, Citation, InterventionPlan, MusicalAttributes, PlanRequest
from affectlab.planning.trajectory import (
    LEADING_SHARE,
    MEETING_SHARE,
    Point,
    meeting_sections,
    sections_for,
    starting_point,
)

_KEYS = {
    "tempo_bpm": ("bpm",),
    "texture_density": ("dens",),
    "section_dynamics": ("loud",),
    "trajectory": ("v1", "a1", "v2", "a2"),
    "attributes.instruments": ("inst",),
}
"""Field of a plan to the keys of a draft that decide it."""


@dataclass(frozen=True, slots=True)
class Built:
    """A plan that is within all limits, and what was wrong with its citations.

    Parameters
    ----------
    plan
        The plan.
    dropped
        Citations of entries that were not retrieved, or that do not speak for the field.
    """

    plan: InterventionPlan
    dropped: tuple[str, ...]


def build(draft: Draft, request: PlanRequest, offer: Offer, made_by: str) -> Built:
    """Make the plan of a draft.

    Raises
    ------
    Unusable
        With all that is out of limits; nothing is moved into them.
    """
    way = _way(draft, request, offer.limits.step)
    language = request.profile.language
    cited, dropped = _citations(draft, offer)
    attributes = MusicalAttributes(
        mode=draft.mode,
        register=draft.reg,
        instruments=tuple(dict.fromkeys(draft.inst)),
        articulation=draft.art,
    )
    plan = InterventionPlan(
        description=_described(draft, attributes, request),
        attributes=attributes,
        tempo_bpm=float(draft.bpm),
        texture_density=draft.dens / 10,
        section_seconds=way.section_seconds,
        section_dynamics=tuple(float(one) for one in _dynamics(draft, way)),
        trajectory=tuple(AffectTarget(valence=float(v), arousal=float(a)) for v, a in way.points),
        rationale=_sentence(draft.why),
        citations=cited,
        assumptions=_lines(GIVEN_LINES[language].get(draft.given), TOO_FAR[language] if way.short else None),
        stop_conditions=_lines(STOP_LINES[language].get(draft.stop), ALWAYS[language]),
        made_by=made_by,
    )
    wrong = (*_draft_problems(draft, request, offer), *_as_keys(problems(plan, request)))
    if wrong:
        raise Unusable(wrong)
    return Built(plan, dropped)


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """Points of all sections, shape (n, 2), and the share of the way each has gone, shape (n,)."""

    points: Point
    share: Point
    section_seconds: float
    short: bool


def _way(draft: Draft, request: PlanRequest, step: float) -> _Way:
    """Spread the way over the sections: meet, lead in equal steps no longer than `step`, hold."""
    count, length = sections_for(request.minutes)
    goal = np.array([request.goal.valence, request.goal.arousal])
    between = np.array([[draft.v1, draft.a1], [draft.v2, draft.a2]], dtype=np.float64) / 10
    corners = np.vstack([starting_point(request.state), between, goal])
    legs = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    walked = np.concatenate([[0.0], np.cumsum(legs)])
    meeting = meeting_sections(count, length, MEETING_SHARE if request.reason == "start" else 0.0)
    available = count - 1 - meeting
    needed = int(np.ceil(walked[-1] / step - 1e-9))
    leading = min(max(needed, round(LEADING_SHARE * available)), available)
    reached = min(1.0, leading / needed) if needed else 1.0
    share = np.clip((np.arange(count) - meeting) / max(leading, 1), 0, 1) * reached
    gone = share * walked[-1]
    points = np.column_stack([np.interp(gone, walked, corners[:, axis]) for axis in range(2)])
    return _Way(np.clip(points, -1, 1), share, length, leading < needed)


def _dynamics(draft: Draft, way: _Way) -> Point:
    first, last = draft.loud
    return np.round((first + way.share * (last - first)) / 10, 4)


def _citations(draft: Draft, offer: Offer) -> tuple[tuple[Citation, ...], tuple[str, ...]]:
    known = set(offer.citable)
    cited = [one for one in dict.fromkeys(draft.cite) if one in known]
    dropped = tuple(one for one in draft.cite if one not in known and one != "none")
    return tuple(_citation(one, offer) for one in cited), dropped


def _citation(text: str, offer: Offer) -> Citation:
    number, _, short = text.partition(" ")
    return Citation(entry=offer.entries[int(number) - 1].entry.id, field=FIELDS[short])


def _described(draft: Draft, attributes: MusicalAttributes, request: PlanRequest) -> str:
    names = NAMES[request.profile.language]
    return MUSIC[request.profile.language].format(
        mood=fenced(draft.mood, MOOD_LENGTH) or "-",
        mode=names.get(attributes.mode, attributes.mode),
        register=names.get(attributes.register_, attributes.register_),
        articulation=names.get(attributes.articulation, attributes.articulation),
        instruments=", ".join(fenced(one, 40) for one in attributes.instruments),
        bpm=draft.bpm,
    )


def _draft_problems(draft: Draft, request: PlanRequest, offer: Offer) -> tuple[Problem, ...]:
    found = [
        Problem(key, f"{getattr(draft, key)} leads away; stay from {low} to {high}")
        for key, (low, high) in offer.way.items()
        if not low <= getattr(draft, key) <= high
    ]
    found += [
        Problem(key, f"{getattr(draft, key)} does not suit the goal; stay from {low} to {high}")
        for key, (low, high) in (("bpm", offer.bpm), ("dens", offer.dens))
        if not low <= getattr(draft, key) <= high
    ]
    found += [
        Problem(key, f"'{getattr(draft, key)}' does not suit the way; choose {' or '.join(choices)}")
        for key, choices in offer.suited.items()
        if getattr(draft, key) not in choices
    ]
    told = f"{draft.mood} {draft.why}".lower()
    if any(cue.lower() in told for cue in request.profile.trauma_cues):
        line = "names a sound that must not occur; say it otherwise"
        found += [Problem("mood", line), Problem("why", line)]
    return tuple(found)


def _as_keys(found: tuple[Problem, ...]) -> list[Problem]:
    return [Problem(key, one.message) for one in found for key in _KEYS.get(one.field, ("",))]


def _sentence(text: str) -> str:
    # Small models write on until they are cut.
    line = fenced(text, 300)
    return line if line.endswith((".", "!", "?", "。", "！", "？", "…")) else f"{line}…"


def _lines(*lines: str | None) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
