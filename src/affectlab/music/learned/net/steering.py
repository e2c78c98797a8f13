"""Training of the controller: the next word, given those before and what is asked; the backbone is frozen."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from affectlab.manifest import sha256
from affectlab.music.learned.corpus.build import Interrupted
from affectlab.music.learned.corpus.shards import Corpus
from affectlab.music.learned.net.backbone import Backbone
from affectlab.music.learned.net.checkpoint import Checkpoint
from affectlab.music.learned.net.controller import Controller, Targets
from affectlab.music.learned.net.excerpts import Batch, Excerpts
from affectlab.music.learned.net.losses import surprise
from affectlab.music.learned.net.pretraining import Progress, adamw, described, schedule, update
from affectlab.music.learned.net.settings import ControllerSettings, SteeringSettings
from affectlab.music.learned.net.targets import exchanged, targets_of


@dataclass(frozen=True, slots=True)
class SteeringTraining:
    """What is trained, on what, and how.

    Parameters
    ----------
    corpus
        Made by ``affectlab music corpus``.
    backbone
        Weights of the backbone, a file of `Checkpoint`.
    out
        Folder of the checkpoint.
    network, training
        Settings.
    seed
        The same seed gives the same weights on the same machine.
    """

    corpus: Path
    backbone: Path
    out: Path
    network: ControllerSettings
    training: SteeringSettings
    seed: int = 0

    def facts(self) -> dict[str, Any]:
        """Return what decides the result, JSON-ready."""
        found = described(self.corpus, self.network, self.training, self.seed)
        return {**found, "backbone": sha256(self.backbone)}


def train_controller(
    plan: SteeringTraining, backbone: Backbone, *, stop: threading.Event, progress: Progress
) -> Controller:
    """Train a controller, or go on with the training in `plan.out`; return it in evaluation mode.

    Raises
    ------
    Interrupted
        If `stop` was set; what was done since the last checkpoint is saved.
    """
    torch.manual_seed(plan.seed)
    corpus, settings = Corpus.open(plan.corpus), plan.training
    pieces, heldout = (Excerpts(corpus, split, settings.length) for split in ("train", "valid"))
    backbone.requires_grad_(False).eval()
    controller = Controller(plan.network, backbone)
    optimiser = adamw(controller, settings.rate, settings.decay)
    checkpoint = Checkpoint(plan.out, plan.facts())
    step = checkpoint.load(controller, optimiser)
    while step < settings.steps:
        if stop.is_set():
            checkpoint.save(controller, optimiser, step)
            raise Interrupted
        generator = np.random.default_rng([plan.seed, step])
        batch = pieces.draw(generator, settings.batch, settings.transpose, settings.splice)
        targets = targets_of(batch, settings, generator)
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * schedule(step, settings.steps, settings.warmup)
        loss = _loss(backbone, controller, batch, targets, settings)
        update(loss, controller, optimiser, settings.clip)
        step += 1
        progress(step, settings.steps, f"{loss.item():.3f}")
        if step % settings.validate_every == 0 or step == settings.steps:
            row = {"step": step, "train": loss.item(), **assess_arms(backbone, controller, heldout, settings)}
            checkpoint.curve.append(row)
            checkpoint.save(controller, optimiser, step)
    controller.eval()
    return controller


def assess_arms(
    backbone: Backbone, controller: Controller, excerpts: Excerpts, settings: SteeringSettings
) -> dict[str, float]:
    """Return the mean nats per token over whole held-out pieces: by arm, and under targets of others."""
    totals: dict[str, Tensor] = {}
    tokens = torch.zeros(())
    generator = np.random.default_rng(0)
    with torch.no_grad():
        for batch in excerpts.every(settings.batch):
            targets = targets_of(batch, settings, generator)
            arms = {
                "none": _switched(targets, 0, 0),
                "global": _switched(targets, 1, 0),
                "local": _switched(targets, 0, 1),
                "full": _switched(targets, 1, 1),
                "exchanged": exchanged(_switched(targets, 1, 1)),
            }
            for arm, asked in arms.items():
                nats, count = _nats(backbone, controller, batch, asked, settings.reduced)
                totals[arm] = totals.get(arm, torch.zeros(())) + nats.sum()
            tokens = tokens + count.sum()
    return {f"valid_{arm}": float(total / tokens) for arm, total in totals.items()}


def _switched(targets: Targets, with_global: float, with_local: float) -> Targets:
    whole = torch.ones_like(targets.with_global)
    return targets._replace(with_global=whole * with_global, with_local=whole * with_local)


def _loss(
    backbone: Backbone, controller: Controller, batch: Batch, targets: Targets, settings: SteeringSettings
) -> Tensor:
    nats, tokens = _nats(backbone, controller, batch, targets, settings.reduced)
    loss = settings.generation * nats.sum() / tokens.sum()
    if settings.contrast:
        others, _ = _nats(backbone, controller, batch, exchanged(targets), settings.reduced)
        better = (others - nats) / tokens * settings.sharpness
        loss = loss - settings.contrast * functional.logsigmoid(better).mean()
    return loss


def _nats(
    backbone: Backbone, controller: Controller, batch: Batch, targets: Targets, reduced: bool
) -> tuple[Tensor, Tensor]:
    """Return the nats and the number of tokens of each excerpt, each shape (batch,)."""
    pad = backbone.token.padding_idx
    with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
        steered = controller.steered(controller(targets, backbone), targets.segment)
        hidden, _, _ = backbone(batch.read, steered)
        found = surprise(backbone, hidden, batch.next, pad)
    return found.nats.sum(dim=1), found.tokens.sum(dim=1)
