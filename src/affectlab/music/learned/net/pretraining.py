"""Training of the backbone on the corpus: the next word, given those before."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel
from torch import nn

from affectlab.manifest import sha256
from affectlab.music.learned.corpus.build import Interrupted
from affectlab.music.learned.corpus.shards import ARRAYS, Corpus
from affectlab.music.learned.net.backbone import Backbone
from affectlab.music.learned.net.checkpoint import Checkpoint
from affectlab.music.learned.net.excerpts import Batch, Excerpts
from affectlab.music.learned.net.losses import Surprise, surprise
from affectlab.music.learned.net.settings import BackboneSettings, PretrainingSettings

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Pretraining:
    """What is trained, on what, and how.

    Parameters
    ----------
    corpus
        Made by ``affectlab music corpus``.
    out
        Folder of the checkpoint.
    network, training
        Settings.
    seed
        The same seed gives the same weights on the same machine.
    """

    corpus: Path
    out: Path
    network: BackboneSettings
    training: PretrainingSettings
    seed: int = 0

    def facts(self) -> dict[str, Any]:
        """Return what decides the result, JSON-ready, with the hash of each array that is learned from."""
        return described(self.corpus, self.network, self.training, self.seed)


def described(corpus: Path, network: BaseModel, training: BaseModel, seed: int) -> dict[str, Any]:
    """Return what decides the result of a training on a corpus, JSON-ready."""
    data = {
        f"{split}/{name}": sha256(corpus / split / f"{name}.npy")
        for split in ("train", "valid")
        for name in ARRAYS
    }
    return {
        "network": network.model_dump(mode="json"),
        "training": training.model_dump(mode="json"),
        "seed": seed,
        "data": data,
    }


def pretrain(plan: Pretraining, *, stop: threading.Event, progress: Progress) -> Backbone:
    """Train a backbone, or go on with the training in `plan.out`; return it in evaluation mode.

    Raises
    ------
    Interrupted
        If `stop` was set; what was done since the last checkpoint is saved.
    """
    torch.manual_seed(plan.seed)
    corpus, settings = Corpus.open(plan.corpus), plan.training
    vocabulary = corpus.vocabulary
    pieces, heldout = (Excerpts(corpus, split, settings.length) for split in ("train", "valid"))
    backbone = Backbone(plan.network, len(vocabulary), vocabulary.pad)
    optimiser = adamw(backbone, settings.rate, settings.decay)
    checkpoint = Checkpoint(plan.out, plan.facts())
    step = checkpoint.load(backbone, optimiser)
    backbone.train()
    while step < settings.steps:
        if stop.is_set():
            checkpoint.save(backbone, optimiser, step)
            raise Interrupted
        batch = pieces.draw(np.random.default_rng([plan.seed, step]), settings.batch, settings.transpose)
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * schedule(step, settings.steps, settings.warmup)
        with torch.autocast("cpu", torch.bfloat16, enabled=settings.reduced):
            hidden, _, _ = backbone(batch.read)
            loss = surprise(backbone, hidden, batch.next, vocabulary.pad).per_token
        update(loss, backbone, optimiser, settings.clip)
        step += 1
        progress(step, settings.steps, f"{loss.item():.3f} nats")
        if step % settings.validate_every == 0 or step == settings.steps:
            row = {"step": step, "train": loss.item(), **assess(backbone, heldout, settings)}
            checkpoint.curve.append(row)
            checkpoint.save(backbone, optimiser, step)
    backbone.eval()
    return backbone


def assess(backbone: Backbone, excerpts: Excerpts, settings: PretrainingSettings) -> dict[str, float]:
    """Return the mean nats per token over whole pieces, of all slots and of each."""
    backbone.eval()
    found = [_surprise(backbone, batch, excerpts, settings) for batch in excerpts.every(settings.batch)]
    backbone.train()
    nats = torch.cat([one.nats for one in found]).sum(dim=0)
    tokens = torch.cat([one.tokens for one in found]).sum(dim=0)
    per_slot = {f"valid_slot{n}": float(value) for n, value in enumerate(nats / tokens)}
    return {"valid": float(nats.sum() / tokens.sum()), **per_slot}


def _surprise(
    backbone: Backbone, batch: Batch, excerpts: Excerpts, settings: PretrainingSettings
) -> Surprise:
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=settings.reduced):
        hidden, _, _ = backbone(batch.read)
        return surprise(backbone, hidden, batch.next, excerpts.vocabulary.pad)


def adamw(model: nn.Module, rate: float, decay: float) -> torch.optim.AdamW:
    """Return an optimiser that decays matrices, and neither biases nor normalisations."""
    learned = [value for value in model.parameters() if value.requires_grad]
    groups = [
        {"params": [value for value in learned if value.ndim > 1], "weight_decay": decay},
        {"params": [value for value in learned if value.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.95))


def update(loss: torch.Tensor, model: nn.Module, optimiser: torch.optim.Optimizer, clip: float) -> None:
    """Follow the gradient of `loss` one step."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], clip)
    optimiser.step()


def schedule(step: int, steps: int, warmup: int) -> float:
    """Return the share of the highest rate: a straight rise, then a cosine down to a twentieth."""
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(steps - warmup, 1)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done))
