"""A plan as a form, and a filled form as a plan: what changed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from affectlab.planning.plan import InterventionPlan
from affectlab.session.plan_desk import RESEARCHER

CHOICES = {
    "attributes.mode": ("major", "minor", "modal"),
    "attributes.register": ("low", "middle", "high"),
    "attributes.articulation": ("legato", "mixed", "detached"),
}
WORDS = {
    "attributes.mode": "mode",
    "attributes.register": "register",
    "attributes.instruments": "instruments",
    "attributes.articulation": "articulation",
    "tempo_bpm": "tempo",
    "texture_density": "density",
    "section_dynamics": "dynamics",
    "trajectory": "targets",
    "session_minutes": "length",
    "stop_conditions": "when to stop",
    "loudness": "loudness",
    "avoid": "what to avoid",
}
"""Fields of a plan in words."""

UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of a filled form: a plan, or messages by field of the form ("" is the form as a whole)."""

    plan: InterventionPlan | None = None
    messages: dict[str, str] = field(default_factory=dict)


def form_of(plan: InterventionPlan) -> dict[str, str]:
    """Return the fields of a plan's form and what they hold."""
    music = plan.attributes
    form = {
        "tempo_bpm": f"{plan.tempo_bpm:.1f}",
        "texture_density": f"{plan.texture_density:.2f}",
        "attributes.mode": music.mode,
        "attributes.register": music.register_,
        "attributes.articulation": music.articulation,
        "attributes.instruments": ", ".join(music.instruments),
    }
    for index, (target, dynamics) in enumerate(zip(plan.trajectory, plan.section_dynamics, strict=True)):
        form[f"section_dynamics.{index}"] = f"{dynamics:.2f}"
        form[f"trajectory.{index}.valence"] = f"{target.valence:.2f}"
        form[f"trajectory.{index}.arousal"] = f"{target.arousal:.2f}"
    return form


def edited(before: InterventionPlan, form: Mapping[str, Any]) -> Edited:
    """Return the plan that a filled form makes of `before`.

    What was not touched keeps its value to the last digit. Citations of a field that was changed are left
    out: they spoke for another value.
    """
    shown = form_of(before)
    changed = {name: str(form[name]).strip() for name in shown if name in form and form[name] != shown[name]}
    if not changed:
        return Edited(messages={"": UNCHANGED})
    content = before.model_dump(by_alias=True, mode="json")
    for name, value in changed.items():
        _put(content, name, value)
    touched = {_field(name) for name in changed}
    words = ", ".join(word for name, word in WORDS.items() if name in touched)
    content |= {
        "description": f"As edited by the researcher: {words}.",
        "rationale": f"The researcher changed {words}. Before: {before.rationale}",
        "citations": [one.model_dump() for one in before.citations if one.field not in touched],
        "made_by": RESEARCHER,
        "fallback_reason": None,
    }
    try:
        return Edited(InterventionPlan.model_validate(content))
    except ValidationError as error:
        return Edited(messages=_messages(error, shown))


def _put(content: dict[str, Any], name: str, value: str) -> None:
    """Set the value at a dotted name; instruments are a list of names with commas."""
    *path, last = name.split(".")
    place: Any = content
    for part in path:
        place = place[int(part)] if isinstance(place, list) else place[part]
    whole = [one.strip().lower() for one in value.split(",") if one.strip()]
    place[int(last) if isinstance(place, list) else last] = whole if last == "instruments" else value


def _field(name: str) -> str:
    """Return the field of a plan that a field of the form belongs to."""
    return next(one for one in WORDS if name == one or name.startswith(f"{one}."))


def _messages(error: ValidationError, shown: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in error.errors():
        place = ".".join(str(part) for part in one["loc"])
        name = next((key for key in shown if place == key or place.startswith(f"{key}.")), "")
        found.setdefault(name, one["msg"])
    return found
