"""The update rule: where the music should lead next, decided at most every ten seconds, with a reason.

MindMelody (arXiv 2605.01235) sets the next target to ẽ = e′ + α(e* − e′). Around that rule stand our guards:
α is scaled by confidence, a step is followed by a dwell, no step is larger than a bound, and the music
leaves the plan only as far as this person's measured response supports (see `person` and `evidence`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.session.config import UpdateConfig
from affectlab.session.person import TIME_CONSTANT

Vector = NDArray[np.float64]

SMALL = 0.03
"""A move of the music shorter than this is not worth making (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What a decision starts from.

    Parameters
    ----------
    time
        Session seconds.
    desired, estimate
        e*, where the plan wants the person, and e′, where the person is believed to be, shape (2,).
    confidence
        In [0, 1]; scales α.
    """

    time: float
    desired: Vector
    estimate: Vector
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What was decided, on what grounds.

    Parameters
    ----------
    kind
        "lead", "hold" or "follow".
    next_target
        ẽ, shape (2,).
    music
        The point asked of the composer, shape (2,).
    alpha
        The α in force after gating.
    """

    kind: str
    reason: str
    situation: Situation
    next_target: Vector
    music: Vector
    alpha: float


class UpdateRule:
    """Turns situations into bounded, unhurried moves of the music."""

    def __init__(self, config: UpdateConfig) -> None:
        self.config = config
        self._music: Vector | None = None
        self._moved_at = -np.inf

    def lead(self, situation: Situation, shift: Vector, trust: float) -> Decision:
        """Decide by the paper's rule, gated by confidence and fitted to this person's response.

        Parameters
        ----------
        situation
            What the decision starts from.
        shift
            How far from the music this person settles, shape (2,).
        trust
            How far the decoder is trusted, in [0, 1]; for the reason only.
        """
        alpha = self.config.alpha * min(1.0, situation.confidence / self.config.full_confidence)
        residual = situation.desired - situation.estimate
        target = np.clip(situation.estimate + alpha * residual, -1, 1)
        since = situation.time - self._moved_at
        if self._music is not None and since < self.config.dwell_seconds:
            left = self.config.dwell_seconds - since
            reason = f"the last step is {since:.0f} s old; it is given {left:.0f} s more to work"
            return Decision("hold", reason, situation, target, self._music, alpha)
        wanted = self._personalised(situation, target, shift)
        return self._move("lead", _lead_reason(situation, shift, trust), situation, wanted, alpha)

    def follow(self, situation: Situation, wanted: Vector, reason: str) -> Decision:
        """Move towards `wanted` without listening to the estimate (open and random arms)."""
        return self._move("follow", reason, situation, wanted, 0.0)

    def _personalised(self, situation: Situation, target: Vector, shift: Vector) -> Vector:
        """Return the music that should bring this person to `target` by the next decision.

        In one step affect closes only a part of its distance to where the music draws it, so the music has to
        draw further than `target`, and further again for a person who settles short of the music. Where
        little is known of the person, the plan's own point counts instead.
        """
        reach = 1 - np.exp(-self.config.decision_seconds / TIME_CONSTANT)
        drawn = situation.estimate + (target - situation.estimate) / reach
        known = min(1.0, situation.confidence / self.config.full_confidence)
        bound = self.config.max_correction
        correction = np.clip(known * (drawn - situation.desired) - shift, -bound, bound)
        music: Vector = np.clip(situation.desired + correction, -1, 1)
        return music

    def _move(self, kind: str, reason: str, situation: Situation, wanted: Vector, alpha: float) -> Decision:
        target = np.clip(situation.estimate + alpha * (situation.desired - situation.estimate), -1, 1)
        before = wanted if self._music is None else self._music
        step = wanted - before
        length = float(np.linalg.norm(step))
        if self._music is not None and length < SMALL:
            text = f"the music is within {SMALL} of what is wanted"
            return Decision("hold", text, situation, target, before, alpha)
        if length > self.config.max_step:
            step *= self.config.max_step / length
            reason += f"; step cut from {length:.2f} to {self.config.max_step:.2f}"
        self._music = np.clip(before + step, -1, 1)
        self._moved_at = situation.time
        return Decision(kind, reason, situation, target, self._music, alpha)


def _lead_reason(situation: Situation, shift: Vector, trust: float) -> str:
    distance = float(np.linalg.norm(situation.desired - situation.estimate))
    return (
        f"residual {distance:.2f} (confidence {situation.confidence:.0%}); this person settles "
        f"({shift[0]:+.2f}, {shift[1]:+.2f}) from the music; the decoder is trusted {trust:.0%}"
    )
