"""What a model may choose from for one request, as a JSON schema and in words.

The bounds are those of `affectlab.planning.limits`; a model whose answers are held to the schema cannot leave
them, and what any other model writes is checked against the same limits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from affectlab.planning.instruments import INSTRUMENTS
from affectlab.planning.knowledge import Found
from affectlab.planning.limits import PlanLimits, limits_of
from affectlab.planning.plan import PlanField, PlanRequest
from affectlab.planning.trajectory import starting_point

FIELDS: Final[dict[str, PlanField]] = {
    "mode": "attributes.mode",
    "reg": "attributes.register",
    "inst": "attributes.instruments",
    "art": "attributes.articulation",
    "bpm": "tempo_bpm",
    "dens": "texture_density",
    "loud": "section_dynamics",
    "way": "trajectory",
    "stop": "stop_conditions",
}
"""Short names of the fields that a model may cite an entry for."""

DETOUR = 0.25
"""How far valence and arousal may leave the straight way between person and goal (ours)."""

MOOD_LENGTH, WHY_LENGTH = 30, 70


@dataclass(frozen=True, slots=True)
class Offer:
    """What one request allows.

    Parameters
    ----------
    limits
        Of the person.
    entries
        Retrieved entries that speak for a field a model decides; number 1 is the first.
    way
        Least and most, in tenths, of valence and arousal at a third of the way (`v1`, `a1`) and at two thirds
        (`v2`, `a2`).
    """

    limits: PlanLimits
    entries: tuple[Found, ...]
    way: Mapping[str, tuple[int, int]]

    @property
    def bpm(self) -> tuple[int, int]:
        """Slowest and fastest."""
        return math.ceil(self.limits.tempo_bpm[0]), math.floor(self.limits.tempo_bpm[1])

    @property
    def loud(self) -> tuple[int, int]:
        """Softest and loudest, in tenths."""
        return _tenths(self.limits.dynamics)

    @property
    def dens(self) -> tuple[int, int]:
        """Thinnest and thickest, in tenths."""
        return _tenths(self.limits.density)

    @property
    def instruments(self) -> tuple[str, ...]:
        """Instruments that may play."""
        return tuple(sorted(set(INSTRUMENTS) - self.limits.avoid))

    @property
    def citable(self) -> tuple[str, ...]:
        """Citations that can be made, such as ``1 bpm``: number of an entry, and a field it speaks for."""
        return tuple(
            f"{number} {short}"
            for number, found in enumerate(self.entries, 1)
            for short, field in FIELDS.items()
            if found.entry.speaks_for(field)
        )

    def schema(self, keys: Sequence[str] = ()) -> dict[str, Any]:
        """Return the JSON schema of an answer, of `keys` alone where some are given."""
        whole: dict[str, Any] = {
            "mode": {"type": "string", "enum": ["major", "minor", "modal"]},
            "reg": {"type": "string", "enum": ["low", "middle", "high"]},
            "inst": _several({"type": "string", "enum": list(self.instruments)}, 2, 3),
            "art": {"type": "string", "enum": ["legato", "mixed", "detached"]},
            "bpm": _whole(self.bpm),
            "dens": _whole(self.dens),
            "loud": _several(_whole(self.loud), 2, 2),
            **{key: _whole(bounds) for key, bounds in self.way.items()},
            "cite": _several({"type": "string", "enum": list(self.citable) or ["none"]}, 1, 3),
            "mood": {"type": "string", "maxLength": MOOD_LENGTH},
            "why": {"type": "string", "maxLength": WHY_LENGTH},
            "stop": {"type": "string", "enum": list(STOPS)},
            "given": {"type": "string", "enum": list(GIVENS)},
        }
        chosen = {key: whole[key] for key in keys or whole}
        return {
            "type": "object",
            "properties": chosen,
            "required": list(chosen),
            "additionalProperties": False,
        }


STOPS: Final = ("worse", "pain", "tense", "dizzy")
"""Choices for when to stop; `affectlab.planning.llm.words` says them in sentences."""

GIVENS: Final = ("quiet", "alone", "seated", "awake")
"""Choices for what a plan assumes."""


def offer_for(request: PlanRequest, found: Sequence[Found]) -> Offer:
    """Return what `request` allows, with the entries among `found` that can be cited."""
    start = starting_point(request.state)
    entries = tuple(one for one in found if any(one.entry.speaks_for(field) for field in FIELDS.values()))
    goal = (request.goal.valence, request.goal.arousal)
    way = {
        f"{axis}{third}": _near(float(start[index]) * (3 - third) / 3 + goal[index] * third / 3)
        for third in (1, 2)
        for index, axis in enumerate("va")
    }
    return Offer(limits_of(request.profile), entries, way)


def _near(middle: float) -> tuple[int, int]:
    return max(math.ceil(10 * (middle - DETOUR)), -10), min(math.floor(10 * (middle + DETOUR)), 10)


def _tenths(bounds: tuple[float, float]) -> tuple[int, int]:
    # A hair beyond a tenth is rounding.
    return math.ceil(10 * bounds[0] - 1e-9), math.floor(10 * bounds[1] + 1e-9)


def _whole(bounds: tuple[int, int]) -> dict[str, Any]:
    return {"type": "integer", "minimum": bounds[0], "maximum": bounds[1]}


def _several(one: dict[str, Any], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "items": one, "minItems": least, "maxItems": most}
