"""A person's own report of how they feel, as one more measurement of affect."""

from __future__ import annotations

import numpy as np

from affectlab.affect import AffectState
from affectlab.errors import InvalidAffect

REPORT_SD = 0.15
"""How far a report may lie from what is felt, on both axes; ours."""


def self_report(valence01: float, arousal01: float, time: float, *, sd: float = REPORT_SD) -> AffectState:
    """Turn the two sliders of the Affective Slider into a belief, to be fused with others.

    Parameters
    ----------
    valence01, arousal01
        Slider positions: 0 is unpleasant or sleepy, 1 is pleasant or wide awake.
    time
        Seconds on the session clock.
    sd
        Standard deviation of the report on the scale of -1 to 1, > 0.

    Raises
    ------
    InvalidAffect
        If a position is not in [0, 1], or `sd` is not positive.

    References
    ----------
    Betella and Verschure (2016), PLoS ONE 11(2):e0148037.
    """
    positions = np.array([valence01, arousal01], dtype=float)
    if not np.all((positions >= 0) & (positions <= 1)):
        raise InvalidAffect(
            f"slider positions must be in [0, 1], got valence {valence01} and arousal {arousal01}"
        )
    if not sd > 0:
        raise InvalidAffect(f"the standard deviation of a report must be positive, got {sd}")
    valence, arousal = 2 * positions - 1
    return AffectState.at(float(valence), float(arousal), sd=sd, time=time)
