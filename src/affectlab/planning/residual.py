"""When the residual asks for a new plan: the person stays away from where the plan wants them."""

from __future__ import annotations

import math

import numpy as np

from affectlab.affect import AffectState
from affectlab.errors import InvalidConfig
from affectlab.planning.plan import AffectTarget


class ResidualWatch:
    """Watches the distance between belief and target; asks for a new plan when it lasts.

    Once asked, it is silent until `restart`. Nothing but the calls it receives decides its answers. The
    defaults are ours.

    Parameters
    ----------
    deviations
        How many standard deviations of the belief the target must be away (Mahalanobis distance), > 0.
    least_distance
        How far it must be away in the plane besides, so that a very sure belief does not fuss, >= 0.
    dwell_seconds
        How long both must last without a break, >= 0.
    pause_seconds
        How long a plan is left alone after `restart`, >= 0.

    Raises
    ------
    InvalidConfig
        If a parameter is out of range.
    """

    def __init__(
        self,
        *,
        deviations: float = 2.0,
        least_distance: float = 0.3,
        dwell_seconds: float = 30.0,
        pause_seconds: float = 120.0,
    ) -> None:
        limits = {
            "least_distance": least_distance,
            "dwell_seconds": dwell_seconds,
            "pause_seconds": pause_seconds,
        }
        for name, value in limits.items():
            if not value >= 0:
                raise InvalidConfig(f"{name} of the residual watch must be 0 or more, got {value}")
        if not deviations > 0:
            raise InvalidConfig(f"deviations of the residual watch must be more than 0, got {deviations}")
        self._deviations, self._least_distance = deviations, least_distance
        self._dwell, self._pause = dwell_seconds, pause_seconds
        self._rests_until = -math.inf
        self._away_since: float | None = None

    def restart(self, now: float) -> None:
        """Start over with the plan that came into force at `now`."""
        self._rests_until = now + self._pause
        self._away_since = None

    def check(self, now: float, belief: AffectState, target: AffectTarget) -> str | None:
        """Return why a new plan is needed, or None while it is not.

        Parameters
        ----------
        now
            Session seconds, not earlier than in the call before.
        belief
            Where the person is believed to be.
        target
            Where the plan in force wants them now.
        """
        offset = np.array([target.valence, target.arousal]) - belief.mean
        distance = float(np.linalg.norm(offset))
        deviations = math.sqrt(float(offset @ np.linalg.solve(belief.covariance, offset)))
        if deviations <= self._deviations or distance <= self._least_distance:
            self._away_since = None
            return None
        if self._away_since is None:
            self._away_since = now
        lasted = now - self._away_since
        if lasted < self._dwell or now < self._rests_until:
            return None
        self._rests_until = math.inf
        return (
            f"the person, believed at ({belief.valence:+.2f}, {belief.arousal:+.2f}), has been away from the "
            f"plan for {lasted:.0f} s: now {distance:.2f} or {deviations:.1f} standard deviations from "
            f"({target.valence:+.2f}, {target.arousal:+.2f})"
        )
