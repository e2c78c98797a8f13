"""Training of the controller: the base is frozen, the music is rated recordings.

bfloat16 on a GPU goes through Accelerate and has not been run by us; float32 on a CPU is what the tests run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from affectlab.errors import InvalidConfig
from affectlab.music.learned.corpus.build import Interrupted
from affectlab.music.learned.net.checkpoint import Checkpoint
from affectlab.music.musicgen.adapter import base_print
from affectlab.music.musicgen.attach import Attachment, decoder_of
from affectlab.music.musicgen.controller import Controller
from affectlab.music.musicgen.corpus import Recording
from affectlab.music.musicgen.excerpts import Excerpts
from affectlab.music.musicgen.losses import Batch, Judges, LossWeights, foresee, total_loss
from affectlab.music.musicgen.settings import STEP, ControllerSettings
from affectlab.music.musicgen.streaming import Reader

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class ControllerTraining:
    """How the controller is trained; rate and batch are the paper's, the rest ours.

    Parameters
    ----------
    steps
        Updates.
    batch
        Excerpts per update.
    seconds
        Of each excerpt; the paper writes 10 s.
    rate, decay, clip
        Of AdamW: rate, weight decay, largest norm of the gradient.
    undescribed
        Share of excerpts whose description is left out, so that the controller does not lean on it.
    save_every
        Updates between two checkpoints.
    weights
        Of the terms beside L_gen.
    """

    steps: int = 10_000
    batch: int = 8
    seconds: float = 10.0
    rate: float = 2e-4
    decay: float = 0.01
    clip: float = 1.0
    undescribed: float = 0.2
    save_every: int = 500
    weights: LossWeights = field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "save_every"):
            if getattr(self, name) < 1:
                raise InvalidConfig(f"{name} is {getattr(self, name)}; expected 1 or more")
        if self.seconds <= 0 or self.seconds % STEP:
            raise InvalidConfig(f"seconds is {self.seconds}; expected a multiple of {STEP}")


@dataclass(frozen=True, slots=True)
class ControllerPlan:
    """What is trained, how, and where the checkpoints go.

    Parameters
    ----------
    out
        Folder of this training alone.
    controller, training
        Settings.
    seed
        The same seed gives the same controller on one machine.
    """

    out: Path
    controller: ControllerSettings = field(default_factory=ControllerSettings)
    training: ControllerTraining = field(default_factory=ControllerTraining)
    seed: int = 0


def train_controller(
    model: Any,
    recordings: Sequence[Recording],
    read: Reader,
    plan: ControllerPlan,
    *,
    accelerator: Any,
    judges: Judges | None = None,
    stop: threading.Event,
    progress: Progress,
) -> Controller:
    """Train a controller for `model`, or go on with the training in `plan.out`.

    Parameters
    ----------
    model
        A ``MusicgenForConditionalGeneration`` in evaluation mode; its weights stay as they are.
    recordings
        Rated music, from `encode`.
    read
        Turns a description into words.
    plan
        What to do.
    accelerator
        An ``accelerate.Accelerator``; places the model and scales the gradients.
    judges
        Of the loss terms that need them.
    stop
        Ends the training early, after a checkpoint.
    progress
        Told the updates done, all, and the loss.

    Raises
    ------
    InvalidConfig
        If a loss term lacks its judge, or the folder holds another training.
    Interrupted
        If `stop` was set.
    """
    judges, training = judges or Judges(), plan.training
    judges.check(training.weights)
    torch.manual_seed(plan.seed)
    controller = Controller(plan.controller, decoder_of(model))
    optimiser = torch.optim.AdamW(controller.parameters(), lr=training.rate, weight_decay=training.decay)
    checkpoint = Checkpoint(plan.out, _facts(model, recordings, plan))
    step = checkpoint.load(controller, optimiser)
    model.to(accelerator.device).eval()
    excerpts = Excerpts(recordings, model, read, training.seconds)
    attachment = Attachment(model, controller)
    learner, optimiser = accelerator.prepare(_Learner(model, attachment, training.weights, judges), optimiser)
    while step < training.steps and not stop.is_set():
        batch = excerpts.draw(np.random.default_rng([plan.seed, step]), training.batch, training.undescribed)
        loss, terms = learner(batch)
        optimiser.zero_grad()
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(controller.parameters(), training.clip)
        optimiser.step()
        step += 1
        progress(step, training.steps, f"{terms['gen']:.3f} nats")
        checkpoint.curve.append({"step": step, **terms})
        if accelerator.is_main_process and (step % training.save_every == 0 or step == training.steps):
            checkpoint.save(controller, optimiser, step)
    attachment.detach()
    if step < training.steps:
        if accelerator.is_main_process:
            checkpoint.save(controller, optimiser, step)
        raise Interrupted
    controller.eval().requires_grad_(False)
    return controller


class _Learner(nn.Module):  # type: ignore[misc]
    """Model and controller as one module, so that Accelerate places and synchronises what is learned."""

    def __init__(self, model: Any, attachment: Attachment, weights: LossWeights, judges: Judges) -> None:
        super().__init__()
        self.controller = attachment.controller
        self._frozen = (model,)  # in a tuple, so that it is no submodule
        self._attachment, self._weights, self._judges = attachment, weights, judges

    def forward(self, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        model = self._frozen[0]
        with self._attachment.steered(batch.globally, batch.locally):
            logits = foresee(model, batch)
        return total_loss(model, batch, logits, self._weights, self._judges)


def _facts(model: Any, recordings: Sequence[Recording], plan: ControllerPlan) -> dict[str, Any]:
    """Return what decides the result, JSON-ready."""
    return {
        "base": base_print(model),
        "controller": asdict(plan.controller),
        "training": asdict(plan.training),
        "seed": plan.seed,
        "recordings": [[one.rating.file, *one.rating.affect, one.codes.shape[1]] for one in recordings],
    }
