"""A simulated person: traits drawn once, and affect that follows the music heard.

Every effect size here is ours. They stand for a plausible listener and are no claim about real ones; their
purpose is a closed loop with a known truth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Heard = Callable[[float], "tuple[float, float] | None"]
"""Session seconds to the (valence, arousal) of the music then heard, or None in silence."""


@dataclass(frozen=True, slots=True)
class ListenerTraits:
    """What makes one simulated person differ from the next.

    Parameters
    ----------
    set_point
        (valence, arousal) to which affect returns in silence.
    gain
        Share of the way from set point to music that affect goes in the end, per axis.
    time_constant
        Seconds after which 63 % of that way is gone. Listeners need about 8 s to judge the emotion of a
        piece (Bachorik et al. 2009).
    wander
        Stationary standard deviation of affect about its target, without any cause.
    alpha_hz
        Individual alpha frequency, hertz.
    alpha_microvolts, beta_microvolts, background_microvolts, line_microvolts
        Root mean square at the strongest electrode; the background is that of each electrode.
    alpha_left_right
        Natural logarithm of right over left frontal alpha amplitude at neutral valence.
    blinks_per_minute, bursts_per_minute, dropouts_per_minute
        Rates of blinks, muscle bursts and lost signals of a channel.
    """

    set_point: tuple[float, float]
    gain: tuple[float, float]
    time_constant: float
    wander: float
    alpha_hz: float
    alpha_microvolts: float
    beta_microvolts: float
    background_microvolts: float
    line_microvolts: float
    alpha_left_right: float
    blinks_per_minute: float
    bursts_per_minute: float
    dropouts_per_minute: float

    @classmethod
    def draw(cls, generator: np.random.Generator) -> ListenerTraits:
        """Draw a person."""

        def scattered(median: float, log_sd: float) -> float:
            return float(median * math.exp(generator.normal(0, log_sd)))

        return cls(
            set_point=(float(generator.normal(0.05, 0.12)), float(generator.normal(0.0, 0.12))),
            gain=(float(generator.uniform(0.35, 1.0)), float(generator.uniform(0.35, 1.0))),
            time_constant=float(generator.uniform(8, 15)),
            wander=float(generator.uniform(0.12, 0.2)),
            alpha_hz=float(np.clip(generator.normal(10, 0.8), 8.5, 11.5)),
            alpha_microvolts=scattered(9, 0.3),
            beta_microvolts=scattered(4, 0.2),
            background_microvolts=scattered(8, 0.2),
            line_microvolts=scattered(1.0, 0.5),
            alpha_left_right=float(generator.normal(0.0, 0.15)),
            blinks_per_minute=scattered(10, 0.4),
            bursts_per_minute=scattered(1.5, 0.4),
            dropouts_per_minute=scattered(0.3, 0.4),
        )


class AffectDynamics:
    """Valence and arousal as an Ornstein–Uhlenbeck process about a target that the music sets.

    Parameters
    ----------
    traits
        The person.
    generator
        Source of the spontaneous changes.
    """

    def __init__(self, traits: ListenerTraits, generator: np.random.Generator) -> None:
        self._traits, self._generator = traits, generator
        self._set_point, self._gain = np.array(traits.set_point), np.array(traits.gain)
        self.state = np.clip(self._set_point + generator.normal(0, traits.wander, 2), -1, 1)

    def step(self, seconds: float, music: tuple[float, float] | None) -> None:
        """Go on by `seconds` while hearing `music`, exactly as the process would."""
        pull = 0.0 if music is None else self._gain * (np.array(music) - self._set_point)
        target = self._set_point + pull
        kept = math.exp(-seconds / self._traits.time_constant)
        noise = self._generator.normal(0, self._traits.wander * math.sqrt(1 - kept * kept), 2)
        self.state = np.clip(target + kept * (self.state - target) + noise, -1, 1)
