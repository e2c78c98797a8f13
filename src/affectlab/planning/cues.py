"""What the music of a plan should be made of, from points of the valence-arousal plane.

Directions follow Eerola, Friberg and Bresin (2013, Frontiers in Psychology 4:487), who found mode, tempo,
register, dynamics and articulation to act on perceived emotion nearly linearly and additively: mode and
register go with valence, tempo, dynamics, density and articulation with arousal. The numbers are ours, the
same as the rule composer's, so that a plan asks for what that composer would choose by itself.
"""

from __future__ import annotations

import math

from affectlab.planning.plan import AffectTarget, MusicalAttributes

TEMPO_BPM = (50.0, 130.0)
DENSITY = (0.12, 0.8)
DYNAMICS = (0.22, 0.8)

MODE_EDGE = 0.15
"""Valence beyond which the mode is plainly major or minor; between, modal."""

ARTICULATION_EDGE = 0.3
"""Arousal beyond which the playing is plainly legato or detached; between, mixed."""

REGISTER_EDGE = 0.35
"""Valence beyond which the register leaves the middle."""

_INSTRUMENTS: dict[tuple[bool, bool], tuple[str, ...]] = {
    (True, True): ("piano", "strings", "pizzicato", "flute"),
    (True, False): ("piano", "harp", "strings", "pad"),
    (False, True): ("piano", "strings", "cello", "guitar"),
    (False, False): ("electric piano", "cello", "strings", "pad"),
}


def tempo_for(arousal: float) -> float:
    """Return beats per minute; equal ratios for equal steps of arousal in [-1, 1]."""
    slow, fast = TEMPO_BPM
    return slow * math.exp((arousal + 1) / 2 * math.log(fast / slow))


def density_for(arousal: float) -> float:
    """Return texture density in [0, 1]."""
    return _between(DENSITY, arousal)


def dynamics_for(arousal: float) -> float:
    """Return loudness in [0, 1]."""
    return _between(DYNAMICS, arousal)


def attributes_for(point: AffectTarget) -> MusicalAttributes:
    """Return mode, register, instruments and articulation that suit a point of the plane."""
    return MusicalAttributes(
        mode=_three(point.valence, MODE_EDGE, ("minor", "modal", "major")),
        register=_three(point.valence, REGISTER_EDGE, ("low", "middle", "high")),
        instruments=_INSTRUMENTS[point.valence >= 0, point.arousal >= 0],
        articulation=_three(point.arousal, ARTICULATION_EDGE, ("legato", "mixed", "detached")),
    )


def _between(limits: tuple[float, float], axis: float) -> float:
    return limits[0] + (axis + 1) / 2 * (limits[1] - limits[0])


def _three(value: float, edge: float, names: tuple[str, str, str]) -> str:
    below, between, above = names
    return below if value < -edge else above if value > edge else between
