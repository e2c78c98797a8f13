"""Rated emotion terms: where words for feelings lie in the valence-arousal plane."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RATED_TERMS_SOURCE = (
    "Russell, J. A. and Mehrabian, A. (1977), Evidence for a three-factor theory of emotions, "
    "Journal of Research in Personality 11, 273-294: mean pleasure and arousal of rated terms, -1 to 1"
)

# (pleasure, arousal) means of the terms that a label of ours uses, checked against two independent
# transcriptions of the published table.
RATED_TERMS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "affectionate": (0.64, 0.35),
        "alert": (0.49, 0.57),
        "angry": (-0.51, 0.59),
        "astonished": (0.16, 0.88),
        "awed": (0.18, 0.40),
        "bored": (-0.65, -0.62),
        "capable": (0.70, 0.28),
        "confused": (-0.53, 0.27),
        "cooperative": (0.39, 0.13),
        "despairing": (-0.72, -0.16),
        "detached": (-0.37, -0.26),
        "disgusted": (-0.60, 0.35),
        "displeased": (-0.55, 0.16),
        "distressed": (-0.61, 0.28),
        "embarrassed": (-0.46, 0.54),
        "enjoyment": (0.77, 0.44),
        "enraged": (-0.44, 0.72),
        "excited": (0.62, 0.75),
        "fatigued": (-0.18, -0.57),
        "fearful": (-0.64, 0.60),
        "happy": (0.81, 0.51),
        "hate": (-0.56, 0.59),
        "hopeful": (0.51, 0.23),
        "impressed": (0.41, 0.30),
        "insecure": (-0.57, 0.14),
        "interested": (0.64, 0.51),
        "joyful": (0.76, 0.48),
        "mildly annoyed": (-0.28, 0.17),
        "pain": (-0.58, 0.41),
        "relaxed": (0.68, -0.46),
        "respectful": (0.38, 0.13),
        "sad": (-0.63, -0.27),
        "secure": (0.74, -0.13),
        "subdued": (-0.17, -0.26),
        "surprised": (0.40, 0.67),
        "tense": (-0.33, 0.58),
        "terrified": (-0.62, 0.82),
    }
)
