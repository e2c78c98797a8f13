"""What a model may choose from for one request, as a JSON schema and in words.

The bounds are those of `affectlab.planning.limits`; a model whose answers are held to the schema cannot leave
them, and what any other model writes is checked against the same limits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from affectlab.planning.cues import attributes_for, density_for, tempo_for
from affectlab.planning.instruments import INSTRUMENTS
from affectlab.planning.knowledge import Found
from affectlab.planning.limits import PlanLimits, limits_of
from affectlab.planning.llm.words import Language
from affectlab.planning.plan import AffectTarget, PlanField, PlanRequest
from affectlab.planning.trajectory import Point, starting_point

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

TEMPO_RATIO = 1.25
"""How many times faster or slower than usual for the goal a tempo may be (ours)."""

DENSITY_SPAN = 0.2
"""How far from what is usual for the goal the texture density may be (ours)."""

DETOUR = 0.25
"""How far valence and arousal may leave the straight way between person and goal (ours)."""

MOOD_LENGTH, WHY_LENGTH = 30, 70
"""Longest words on the sound, and longest reason, in letters."""

HAN: Final = "^[\u4e00-\u9fff，。、；]+$"
HAN_MOOD_LENGTH, HAN_WHY_LENGTH = 10, 28
"""The same in Chinese, where small models would rather write English."""


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
    suited
        For `mode`, `reg` and `art`: what suits the beginning, the middle or the end of the way.
    bpm
        Slowest and fastest that suit the goal and keep the limits.
    dens
        Thinnest and thickest likewise, in tenths.
    language
        Of the words.
    """

    limits: PlanLimits
    entries: tuple[Found, ...]
    way: Mapping[str, tuple[int, int]]
    suited: Mapping[str, tuple[str, ...]]
    bpm: tuple[int, int]
    dens: tuple[int, int]
    language: Language

    @property
    def loud(self) -> tuple[int, int]:
        """Softest and loudest, in tenths."""
        return _tenths(self.limits.dynamics)

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
            "mode": {"type": "string", "enum": list(self.suited["mode"])},
            "reg": {"type": "string", "enum": list(self.suited["reg"])},
            "inst": _several({"type": "string", "enum": list(self.instruments)}, 2, 3),
            "art": {"type": "string", "enum": list(self.suited["art"])},
            "bpm": _whole(self.bpm),
            "dens": _whole(self.dens),
            "loud": _several(_whole(self.loud), 2, 2),
            **{key: _whole(bounds) for key, bounds in self.way.items()},
            "cite": _several({"type": "string", "enum": list(self.citable) or ["none"]}, 1, 3),
            "mood": self._words(MOOD_LENGTH, HAN_MOOD_LENGTH),
            "why": self._words(WHY_LENGTH, HAN_WHY_LENGTH),
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

    def _words(self, letters: int, han: int) -> dict[str, Any]:
        if self.language == "zh":
            return {"type": "string", "pattern": HAN, "maxLength": han}
        return {"type": "string", "maxLength": letters}


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
    limits = limits_of(request.profile)
    tempo, density = tempo_for(request.goal.arousal), density_for(request.goal.arousal)
    bpm = _overlap((tempo / TEMPO_RATIO, tempo * TEMPO_RATIO), limits.tempo_bpm)
    dens = _overlap((density - DENSITY_SPAN, density + DENSITY_SPAN), limits.density)
    return Offer(
        limits,
        entries,
        way,
        _suited(start, request),
        (math.ceil(bpm[0]), math.floor(bpm[1])),
        _tenths(dens),
        request.profile.language,
    )


def _suited(start: Point, request: PlanRequest) -> dict[str, tuple[str, ...]]:
    """Return what the goal, the middle and the beginning of the way each call for, the goal's first."""
    goal = np.array([request.goal.valence, request.goal.arousal])
    points = [np.clip(point, -1, 1) for point in (goal, (start + goal) / 2, start)]
    music = [attributes_for(AffectTarget(valence=float(v), arousal=float(a))) for v, a in points]
    return {
        "mode": tuple(dict.fromkeys(one.mode for one in music)),
        "reg": tuple(dict.fromkeys(one.register_ for one in music)),
        "art": tuple(dict.fromkeys(one.articulation for one in music)),
    }


def _overlap(wanted: tuple[float, float], limits: tuple[float, float]) -> tuple[float, float]:
    """Return what of `wanted` is within the limits; the limits where nothing is."""
    low, high = max(wanted[0], limits[0]), min(wanted[1], limits[1])
    return (low, high) if low + 0.1 < high else limits


def _near(middle: float) -> tuple[int, int]:
    return max(math.ceil(10 * (middle - DETOUR)), -10), min(math.floor(10 * (middle + DETOUR)), 10)


def _tenths(bounds: tuple[float, float]) -> tuple[int, int]:
    # A hair beyond a tenth is rounding.
    return math.ceil(10 * bounds[0] - 1e-9), math.floor(10 * bounds[1] + 1e-9)


def _whole(bounds: tuple[int, int]) -> dict[str, Any]:
    return {"type": "integer", "minimum": bounds[0], "maximum": bounds[1]}


def _several(one: dict[str, Any], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "items": one, "minItems": least, "maxItems": most}
