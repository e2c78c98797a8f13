"""What the rules rest on: entries of the knowledge base for each field, assumptions, when to stop.

The rules are few and fixed, so their grounds are named here one by one instead of being searched for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from affectlab.planning.plan import AffectTarget, Citation, PlanField, PlanRequest
from affectlab.planning.profile import Contraindication, Profile

# An arousal or valence that differs by less is called the same (ours).
_SAME: Final = 0.1

_ALWAYS: Final[tuple[tuple[PlanField, str], ...]] = (
    ("attributes.mode", "mode-mood-01"),
    ("attributes.articulation", "articulation-legato-calm-01"),
    ("attributes.instruments", "timbre-attack-brightness-01"),
    ("section_dynamics", "dynamics-arousal-01"),
    ("stop_conditions", "safety-harm-model-01"),
)
_SLEEP: Final[tuple[tuple[PlanField, str], ...]] = (
    ("tempo_bpm", "sleep-sedative-tempo-01"),
    ("attributes.articulation", "sleep-sedative-tempo-01"),
)
_FOR: Final[dict[Contraindication, tuple[tuple[PlanField, str], ...]]] = {
    "sound_sensitivity": (("section_dynamics", "contraindication-sound-three-kinds-01"),),
    "autism_sensory": (("section_dynamics", "contraindication-autism-levels-01"),),
    "tinnitus": (("texture_density", "contraindication-tinnitus-silence-01"),),
    "trauma": (
        ("trajectory", "contraindication-trauma-stabilise-01"),
        ("section_dynamics", "contraindication-trauma-stabilise-01"),
    ),
    "psychosis": (("stop_conditions", "contraindication-psychosis-interactive-01"),),
    "dementia": (("section_dynamics", "contraindication-dementia-threshold-01"),),
    "cardiac": (
        ("section_dynamics", "contraindication-cardiac-crescendo-01"),
        ("tempo_bpm", "contraindication-cardiac-calm-ok-01"),
    ),
    "pregnancy": (("stop_conditions", "contraindication-pregnancy-highrisk-01"),),
    "hearing_aid": (("texture_density", "contraindication-hearing-aid-compression-01"),),
}
_STOP: Final[dict[Contraindication, str]] = {
    "sound_sensitivity": "a sound hurts, irritates or frightens",
    "autism_sensory": "covering the ears, distress, or leaving",
    "tinnitus": "the tinnitus grows louder during the music or after it",
    "trauma": "a flashback, freezing, panic or numbness",
    "psychosis": "messages are heard in the music, or agitation rises",
    "dementia": "restlessness, calling out, pushing away",
    "cardiac": "chest pain, palpitations, breathlessness",
    "pregnancy": "contractions or dizziness, or medical advice against it",
    "photosensitive": "anything on the screen disturbs; the picture can be turned off",
    "children": "the child wants to stop or turns away",
}
_EVERYBODY: Final = "distress, pain, dizziness, or the wish to stop"


def citations_for(request: PlanRequest, start: AffectTarget, end: AffectTarget) -> tuple[Citation, ...]:
    """Return the entries that the rules follow on the way from `start` to `end`, by field, each once."""
    pairs = [*_ALWAYS, *_of_the_way(request, start, end)]
    for one in sorted(request.profile.contraindications):
        pairs += _FOR.get(one, ())
    return tuple(Citation(entry=entry, field=field) for field, entry in dict.fromkeys(pairs))


def assumptions_of(request: PlanRequest) -> tuple[str, ...]:
    """Return what the rules take for granted about this person."""
    found = [
        "The person hears major as brighter than minor, as listeners used to Western music do.",
        f"Valence and arousal are known to within ±{request.state.sd[0]:.2f} and ±{request.state.sd[1]:.2f} "
        "(one standard deviation).",
    ]
    if not request.profile.contraindications:
        found.append("Nothing is known that would speak against music; ask before the first session.")
    return tuple(found)


def stop_conditions_for(profile: Profile) -> tuple[str, ...]:
    """Return when to stop the music at once."""
    return (_EVERYBODY, *(_STOP[one] for one in sorted(profile.contraindications) if one in _STOP))


def _of_the_way(
    request: PlanRequest, start: AffectTarget, end: AffectTarget
) -> Iterator[tuple[PlanField, str]]:
    yield from _meeting(request, start, end)
    if end.arousal < start.arousal - _SAME:
        yield "tempo_bpm", "tempo-heart-cut-03"
    yield "tempo_bpm", "tempo-arousal-01"
    if end.valence > start.valence + _SAME:
        yield "attributes.register", "register-piano-calm-02"
    yield "texture_density", "texture-continuous-05"
    if request.goal_name == "sleep":
        yield from _SLEEP


def _meeting(request: PlanRequest, start: AffectTarget, end: AffectTarget) -> Iterator[tuple[PlanField, str]]:
    if request.reason == "start":
        yield "trajectory", "iso-principle-practice-02"
    if start.valence < -_SAME and end.valence > start.valence + _SAME:
        yield "trajectory", "iso-principle-sad-start-01"
