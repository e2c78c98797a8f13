"""Configuration of a session: defaults < TOML file < ``AFFECTLAB_*`` environment < flags."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Arm = Literal["closed", "open", "sham", "random"]
ARMS: tuple[Arm, ...] = ("closed", "open", "sham", "random")


def _split(value: Any) -> Any:
    """Take names separated by commas, as the environment can only give them, for a list."""
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


class SignalConfig(BaseModel):
    """How EEG is read and judged; `reference` is auto, average, none, or channel names with commas."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    line_hz: Literal[50, 60] = 50
    reference: str = "auto"


class UpdateConfig(BaseModel):
    """The update rule ẽ = e′ + α(e* − e′) and its guards; all values but the rule's form are ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alpha: Annotated[float, Field(gt=0, le=1)] = 0.6
    full_confidence: Annotated[float, Field(gt=0, le=1)] = 0.4
    decision_seconds: Annotated[float, Field(ge=10)] = 10.0
    dwell_seconds: Annotated[float, Field(ge=0)] = 10.0
    max_step: Annotated[float, Field(gt=0, le=1)] = 0.25
    max_correction: Annotated[float, Field(ge=0, le=1)] = 0.35
    lookahead_seconds: Annotated[float, Field(ge=0)] = 10.0


class SessionConfig(BaseModel):
    """One session, complete.

    `rest_seconds` of None rests for a minute, or a fifth of a short session, and not at all with a `person`,
    whose file of ``decode calibrate`` holds a baseline. Every `rating_seconds` of music
    the person is asked how they feel (0 never asks), since reports drift back within about two minutes;
    simulated listeners answer where no page does. A planner that has not answered within `plan_seconds` is
    not waited for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = "sim"
    decoder: str = "auto"
    person: Path | None = None
    planner: str = "rules"
    plan_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    profile: Path | None = None
    history: bool = True
    wish: Annotated[str, Field(max_length=500)] = ""
    music: str = "learned"
    controller: Path | None = None
    synth: Literal["auto", "soundfont", "builtin"] = "auto"
    arm: Arm = "closed"
    goal: str = "relax"
    minutes: Annotated[float, Field(gt=0, le=240, allow_inf_nan=False)] = 10.0
    rest_seconds: Annotated[float | None, Field(ge=0, le=600, allow_inf_nan=False)] = None
    rating_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 120.0
    speed: Annotated[float, Field(gt=0)] = 1.0
    seed: Annotated[int, Field(ge=0)] = 0
    sham_from: Path | None = None
    signals: SignalConfig = SignalConfig()
    update: UpdateConfig = UpdateConfig()

    @property
    def simulated(self) -> bool:
        """True when the person is simulated, and so can be put through another session at will."""
        return self.source.partition("?")[0] == "sim"

    @property
    def decoder_used(self) -> str:
        """Name of the decoder; "auto" is the learned one, and the classical one for a simulated listener.

        A simulated listener shows affect by band power alone, which is no part of what the network learned
        from people: measured on it, the network's arousal does not follow the truth (r −.60 to +.04).
        """
        if self.decoder != "auto":
            return self.decoder
        return "bandpower" if self.simulated and self.person is None else "graph"

    @property
    def rest(self) -> float:
        """Seconds of resting baseline: 60, or a fifth of a session shorter than five minutes.

        None where a person's calibration brings a baseline along.
        """
        if self.rest_seconds is None and self.person is not None:
            return 0.0
        return min(60.0, self.minutes * 12.0) if self.rest_seconds is None else self.rest_seconds

    def to_json(self) -> dict[str, Any]:
        content = self.model_dump(mode="json")
        # JSON has no infinity.
        return {**content, "speed": "inf"} if math.isinf(self.speed) else content
