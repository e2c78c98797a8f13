"""The label sets of the field, each label with a rated term or a position of our own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from affectlab.affect._rated_terms import RATED_TERMS, RATED_TERMS_SOURCE
from affectlab.affect._taxonomy import Position, Taxonomy

Placement = str | Position

EKMAN6: Mapping[str, Placement] = {
    "anger": "angry",
    "disgust": "disgusted",
    "fear": "fearful",
    "joy": "joyful",
    "sadness": "sad",
    "surprise": "surprised",
}

MIKELS8: Mapping[str, Placement] = {
    "amusement": "enjoyment",
    "awe": "awed",
    "contentment": "secure",
    "excitement": "excited",
    "anger": "angry",
    "disgust": "disgusted",
    "fear": "fearful",
    "sadness": "sad",
}

# Primaries of Plutchik's wheel in order, each from mild to intense.
PLUTCHIK24: Mapping[str, Placement] = {
    "serenity": "relaxed",
    "joy": "joyful",
    "ecstasy": (0.85, 0.75),
    "acceptance": "cooperative",
    "trust": "secure",
    "admiration": "impressed",
    "apprehension": "tense",
    "fear": "fearful",
    "terror": "terrified",
    "distraction": (0.20, 0.34),
    "surprise": "surprised",
    "amazement": "astonished",
    "pensiveness": "subdued",
    "sadness": "sad",
    "grief": "despairing",
    "boredom": "bored",
    "disgust": "disgusted",
    "loathing": "hate",
    "annoyance": "mildly annoyed",
    "anger": "angry",
    "rage": "enraged",
    "interest": "interested",
    "anticipation": "hopeful",
    "vigilance": "alert",
}

EMOTIC26: Mapping[str, Placement] = {
    "peace": "relaxed",
    "affection": "affectionate",
    "esteem": "respectful",
    "anticipation": "hopeful",
    "engagement": "interested",
    "confidence": "capable",
    "happiness": "happy",
    "pleasure": "enjoyment",
    "excitement": "excited",
    "surprise": "surprised",
    "sympathy": (0.15, 0.05),
    "doubt/confusion": "confused",
    "disconnection": "detached",
    "fatigue": "fatigued",
    "embarrassment": "embarrassed",
    "yearning": (0.10, 0.35),
    "disapproval": "displeased",
    "aversion": "disgusted",
    "annoyance": "mildly annoyed",
    "anger": "angry",
    "sensitivity": "insecure",
    "sadness": "sad",
    "disquietment": "tense",
    "fear": "fearful",
    "pain": "pain",
    "suffering": "distressed",
}

SIMS5_EDGES = (-0.7, -0.1, 0.1, 0.7)
SIMS5: Mapping[str, Placement] = {
    "N": (-0.85, 0.0),
    "WN": (-0.40, 0.0),
    "Neu": (0.0, 0.0),
    "WP": (0.40, 0.0),
    "P": (0.85, 0.0),
}

QUADRANTS: Mapping[str, Placement] = {
    "HVHA": (0.5, 0.5),
    "LVHA": (-0.5, 0.5),
    "LVLA": (-0.5, -0.5),
    "HVLA": (0.5, -0.5),
}


def _rated(name: str, labels: Mapping[str, Placement], of: str) -> Taxonomy:
    """Place labels at their rated terms; say which term, and which labels have none."""
    terms = {label: place for label, place in labels.items() if isinstance(place, str)}
    own = [label for label in labels if label not in terms]
    source = f"labels: {of}; coordinates: {RATED_TERMS_SOURCE}"
    if own:
        source += f"; {', '.join(own)}: set by affectlab, from circumplex position"
    coordinates = {
        label: RATED_TERMS[place] if isinstance(place, str) else place for label, place in labels.items()
    }
    return Taxonomy(name, tuple(labels), coordinates, source, MappingProxyType(terms))


def _defined(
    name: str, labels: Mapping[str, Placement], source: str, edges: tuple[float, ...] = ()
) -> Taxonomy:
    coordinates = {label: place for label, place in labels.items() if not isinstance(place, str)}
    return Taxonomy(name, tuple(labels), coordinates, source, valence_edges=edges)


_EKMAN = "Ekman (1992), An argument for basic emotions, Cognition and Emotion 6, 169-200"

TAXONOMIES: Mapping[str, Taxonomy] = MappingProxyType(
    {
        known.name: known
        for known in (
            _rated("ekman6", EKMAN6, _EKMAN),
            _rated(
                "ekman7", {**EKMAN6, "neutral": (0.0, 0.0)}, f"{_EKMAN}, and neutral, the origin of the plane"
            ),
            _rated(
                "mikels8",
                MIKELS8,
                "Mikels et al. (2005), Emotional category data on images from the International Affective "
                "Picture System, Behavior Research Methods 37, 626-630",
            ),
            _rated(
                "plutchik24",
                PLUTCHIK24,
                "Plutchik (2001), The nature of emotions, American Scientist 89, 344-350",
            ),
            _rated(
                "emotic26",
                EMOTIC26,
                "Kosti et al. (2020), Context based emotion recognition using EMOTIC dataset, IEEE TPAMI 42, "
                "2755-2766",
            ),
            _defined(
                "sims5",
                SIMS5,
                "labels and bins of valence: MMSA's classes of CH-SIMS, [-1, -.7], (-.7, -.1], (-.1, .1], "
                "(.1, .7], (.7, 1]; coordinates: midpoints of the bins, arousal unknown and written as 0",
                SIMS5_EDGES,
            ),
            _defined(
                "quadrants",
                QUADRANTS,
                "high or low valence and arousal (Russell, 1980, A circumplex model of affect, Journal of "
                "Personality and Social Psychology 39, 1161-1178); coordinates: centres of the quadrants",
            ),
        )
    }
)
