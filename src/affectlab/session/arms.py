"""What drives the music in each arm of an experiment.

Only `closed` listens to the person. `open` plays the same plan without listening; `sham` is steered, by the
same rule, by what was decoded in somebody else's session; `random` wanders with the same step bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState
from affectlab.errors import InvalidConfig
from affectlab.session.belief import Belief, confidence
from affectlab.session.config import UpdateConfig
from affectlab.session.evidence import DecoderTrust
from affectlab.session.person import PersonModel
from affectlab.session.update import Decision, Situation, UpdateRule

Vector = NDArray[np.float64]


class ArmDriver(Protocol):
    """Decides what the music should express."""

    def hear(self, music: tuple[float, float] | None, time: float) -> None:
        """Learn what sounds at `time`."""
        ...

    def decoded(self, measurement: AffectState) -> None:
        """Learn what was measured in a window of the person in front of us."""
        ...

    def reported(self, report: AffectState) -> None:
        """Learn the person's own rating."""
        ...

    @property
    def estimate(self) -> AffectState:
        """The state this arm steers by."""
        ...

    def decide(self, time: float, desired: Vector) -> Decision:
        """Choose the music's next point, given the plan's e*."""
        ...


class Closed:
    """Steered by the person's own decoded state and ratings."""

    def __init__(self, config: UpdateConfig) -> None:
        self._person = PersonModel()
        self._evidence = DecoderTrust()
        self._rule = UpdateRule(config)

    def hear(self, music: tuple[float, float] | None, time: float) -> None:
        self._person.hear(music, time)
        self._evidence.hear(music, time)

    def decoded(self, measurement: AffectState) -> None:
        self._evidence.observe(measurement)
        self._person.decoded(measurement, self._evidence.trust)

    def reported(self, report: AffectState) -> None:
        self._person.reported(report)

    @property
    def estimate(self) -> AffectState:
        return self._person.state

    def decide(self, time: float, desired: Vector) -> Decision:
        situation = _situation(time, desired, self._person.state)
        return self._rule.lead(situation, self._person.shift, self._evidence.trust)


class Sham:
    """Steered by the same rule from another session's decoded states, at the same session times."""

    def __init__(self, config: UpdateConfig, donor: Sequence[AffectState]) -> None:
        if not donor:
            raise InvalidConfig(
                "arm sham needs another session with decoded states; give one by --sham-from DIR"
            )
        self._inner = Closed(config)
        self._donor = donor
        self._next = 0

    def hear(self, music: tuple[float, float] | None, time: float) -> None:
        self._inner.hear(music, time)
        while self._next < len(self._donor) and self._donor[self._next].time <= time:
            self._inner.decoded(self._donor[self._next])
            self._next += 1

    def decoded(self, measurement: AffectState) -> None:
        """Ignore the person in front of us: that is what makes it a sham."""

    def reported(self, report: AffectState) -> None:
        """Ignore the person's rating too."""

    @property
    def estimate(self) -> AffectState:
        return self._inner.estimate

    def decide(self, time: float, desired: Vector) -> Decision:
        return self._inner.decide(time, desired)


class Open:
    """The plan as written."""

    def __init__(self, config: UpdateConfig) -> None:
        self._belief = Belief()
        self._rule = UpdateRule(config)

    def hear(self, music: tuple[float, float] | None, time: float) -> None:
        """Need nothing: the plan says it all."""

    def decoded(self, measurement: AffectState) -> None:
        self._belief.decoded(measurement)

    def reported(self, report: AffectState) -> None:
        self._belief.reported(report)

    @property
    def estimate(self) -> AffectState:
        return self._belief.state

    def decide(self, time: float, desired: Vector) -> Decision:
        return self._rule.follow(
            _situation(time, desired, self._belief.state), desired, "the plan is played as written"
        )


class Random(Open):
    """A random walk with the step bound of the other arms."""

    def __init__(self, config: UpdateConfig, seed: int) -> None:
        super().__init__(config)
        self._generator = np.random.default_rng(seed)
        self._point: Vector = self._generator.uniform(-0.5, 0.5, 2)
        self._step = config.max_step

    def decide(self, time: float, desired: Vector) -> Decision:
        angle = self._generator.uniform(0, 2 * np.pi)
        stride = self._step * np.array([np.cos(angle), np.sin(angle)])
        self._point = np.clip(self._point + stride, -1, 1)
        return self._rule.follow(_situation(time, desired, self._belief.state), self._point, "a random step")


def _situation(time: float, desired: Vector, belief: AffectState) -> Situation:
    return Situation(time, desired, belief.mean, confidence(belief))


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """What is needed to set up an arm."""

    arm: str
    update: UpdateConfig
    seed: int
    donor: Sequence[AffectState] = ()


def make_driver(request: ArmRequest) -> ArmDriver:
    """Return the driver of an arm.

    Raises
    ------
    InvalidConfig
        If the arm is unknown, or sham has no donor session.
    """
    if request.arm == "closed":
        return Closed(request.update)
    if request.arm == "open":
        return Open(request.update)
    if request.arm == "sham":
        return Sham(request.update, request.donor)
    if request.arm == "random":
        return Random(request.update, request.seed)
    raise InvalidConfig(f"arm {request.arm!r} is unknown; expected closed, open, sham or random")
