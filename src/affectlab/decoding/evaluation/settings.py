"""What an evaluation is told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from affectlab.decoding.epochs import TARGETS, Target
from affectlab.decoding.evaluation.methods import METHODS
from affectlab.decoding.evaluation.sound import LEAST_USABLE

ProtocolName = Literal["loso", "subject-stimulus", "within", "leaked"]
Curve = Literal["calibration", "channels"]
Control = Literal["artefacts", "drift"]


class EvaluateSettings(BaseModel):
    """Settings of an evaluation.

    Parameters
    ----------
    protocol
        How people, stimuli and time are kept apart.
    methods
        Names; every method there is when empty.
    targets
        Axes; those with labels that vary when empty.
    baseline_seconds
        Rest of everybody that is known beforehand; 0 for nothing of anybody.
    channels
        Electrodes that are used; all when empty.
    least_usable
        Share of channels that must be usable for a window to be learned from and judged.
    parts
        Blocks of time, groups of stimuli, or random parts; see the protocols.
    curves, controls
        What else is measured; each costs as much as the evaluation itself, or several times that.
    permutations
        Exchanges of labels behind each p value.
    chance
        Fits on exchanged labels, for the distribution of a method that can know nothing.
    resamples
        Of the bootstrap behind each interval.
    seed
        Of everything random.
    workers
        Processes; one for each core when None.
    ray
        Address of a Ray cluster ("local" starts one here) instead of processes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocol: ProtocolName = "loso"
    methods: Annotated[tuple[str, ...], Field(validate_default=True)] = ()
    targets: tuple[Target, ...] = ()
    baseline_seconds: float = Field(default=60.0, ge=0)
    channels: tuple[str, ...] = ()
    least_usable: float = Field(default=LEAST_USABLE, ge=0, le=1)
    parts: int = Field(default=5, ge=2)
    curves: tuple[Curve, ...] = ()
    controls: tuple[Control, ...] = ()
    permutations: int = Field(default=9999, ge=99)
    chance: int = Field(default=40, ge=0)
    resamples: int = Field(default=2000, ge=100)
    seed: int = Field(default=0, ge=0)
    workers: Annotated[int, Field(ge=1)] | None = None
    ray: str | None = None

    @field_validator("methods", "targets", "channels", "curves", "controls", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("methods")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in METHODS:
                raise ValueError(f"method '{name}' is not known; expected one of: {', '.join(METHODS)}")
        return tuple(dict.fromkeys(value)) or METHODS

    def axes(self) -> tuple[Target, ...]:
        """Return the axes that were asked for, all when none was named."""
        return self.targets or TARGETS
