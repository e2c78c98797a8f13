"""The whole training of a controller, from a model and a folder of rated recordings to one file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from affectlab.errors import InvalidConfig, MissingExtra
from affectlab.music.musicgen.adapter import save_adapter
from affectlab.music.musicgen.corpus import encode
from affectlab.music.musicgen.loading import load_musicgen
from affectlab.music.musicgen.losses import Judges, LossWeights
from affectlab.music.musicgen.settings import ControllerSettings
from affectlab.music.musicgen.training import ControllerPlan, ControllerTraining, train_controller

Progress = Callable[[int, int, str], None]
ADAPTER = "controller.safetensors"


class Weights(BaseModel):
    """λ1 to λ4 of the loss."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    eeg: float = Field(default=0.0, ge=0)
    text_audio: float = Field(default=0.0, ge=0)
    emotion: float = Field(default=0.0, ge=0)
    control: float = Field(default=0.0, ge=0)


class ControllerJob(BaseModel):
    """What decides a controller; the defaults are those of `ControllerSettings` and `ControllerTraining`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str
    data: Path
    out: Path
    seed: int = 0
    tokens: int = 8
    width: int = 64
    rank: int = 64
    steps: int = 10_000
    batch: int = 8
    seconds: float = 10.0
    rate: float = Field(default=2e-4, gt=0)
    decay: float = Field(default=0.01, ge=0)
    clip: float = Field(default=1.0, gt=0)
    undescribed: float = Field(default=0.2, ge=0, le=1)
    save_every: int = 500
    weights: Weights = Weights()
    judges: str | None = None
    precision: Literal["no", "bf16"] = "no"

    def plan(self) -> ControllerPlan:
        """Return the settings of the training."""
        training = ControllerTraining(
            steps=self.steps,
            batch=self.batch,
            seconds=self.seconds,
            rate=self.rate,
            decay=self.decay,
            clip=self.clip,
            undescribed=self.undescribed,
            save_every=self.save_every,
            weights=LossWeights(**self.weights.model_dump()),
        )
        controller = ControllerSettings(self.tokens, self.width, self.rank)
        return ControllerPlan(self.out / "training", controller, training, self.seed)


def run(job: ControllerJob, *, stop: threading.Event, progress: Progress) -> Path:
    """Train a controller, or go on with a training that was cut off, and return its file.

    Raises
    ------
    MissingExtra
        If Accelerate is not installed.
    AffectlabError
        In one line, for a model, table, recording, judge or setting that cannot be used.
    Interrupted
        If `stop` was set; the same job goes on.
    """
    try:
        from accelerate import Accelerator
    except ImportError:
        raise MissingExtra("accelerate", "bench") from None
    plan, judges = job.plan(), load_judges(job.judges)
    judges.check(plan.training.weights)
    accelerator = Accelerator(mixed_precision=job.precision)
    model, read = load_musicgen(job.base, str(accelerator.device))
    recordings = encode(model, job.data, job.out / "codes", job.seconds, progress=progress)
    controller = train_controller(
        model,
        recordings,
        read,
        plan,
        accelerator=accelerator,
        judges=judges,
        stop=stop,
        progress=progress,
    )
    path = job.out / ADAPTER
    if accelerator.is_main_process:
        save_adapter(path, controller, model, job.base)
    return path


def load_judges(name: str | None) -> Judges:
    """Call the function that ``module:function`` names, which returns `Judges`; none at all for None.

    Raises
    ------
    InvalidConfig
        If there is no such function, or it returns something else.
    """
    if name is None:
        return Judges()
    module, _, function = name.partition(":")
    try:
        judges = getattr(import_module(module), function)()
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidConfig(
            f"judges {name!r} cannot be called ({error}); expected module:function"
        ) from error
    if not isinstance(judges, Judges):
        raise InvalidConfig(f"judges {name!r} returned {type(judges).__name__}; expected Judges")
    return judges
