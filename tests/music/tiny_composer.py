"""A composer too small to be good, and a corpus for it, made by tests."""

import threading

import numpy as np
import torch
from pop909_layout import some_songs, write_archive

from affectlab.music.learned.corpus.build import build
from affectlab.music.learned.net.backbone import Backbone
from affectlab.music.learned.net.controller import Controller
from affectlab.music.learned.net.settings import (
    BackboneSettings,
    ControllerSettings,
    PretrainingSettings,
    SteeringSettings,
)

NETWORK = BackboneSettings(width=32, heads=2, layers=3, hidden=48, dropout=0.0)
CONTROLLER = ControllerSettings(tokens=2, hidden=12, local=8, heads=2)
PRETRAINING = PretrainingSettings(
    steps=8, batch=2, length=96, warmup=2, validate_every=4, rate=3e-3, reduced=False
)
STEERING = SteeringSettings(
    steps=6, batch=2, length=96, warmup=1, validate_every=3, rate=1e-2, reduced=False, segment=(2, 6)
)


def tiny_corpus(folder):
    """Build a corpus of six random songs."""
    archive = write_archive(folder / "POP909.tar.gz", some_songs())
    options = {"manifest": {"command": "test"}, "stop": threading.Event()}
    return build(archive, folder / "corpus", with_scores=False, **options)


def tiny_networks(tokens, pad, seed=0, *, steered=True):
    """Return an untrained backbone and a controller; one with random weights everywhere if `steered`."""
    torch.manual_seed(seed)
    backbone = Backbone(NETWORK, tokens, pad).eval()
    controller = Controller(CONTROLLER, backbone).eval()
    if steered:
        for value in controller.parameters():
            torch.nn.init.normal_(value, std=0.3)
    for block in backbone.blocks:
        for value in block.parameters():
            if value.ndim > 1:
                torch.nn.init.normal_(value, std=0.2)
    return backbone, controller


def stored(*modules):
    """Round weights to what a file of 16 bits holds."""
    for module in modules:
        for value in module.parameters():
            value.data = value.data.half().float()


def some_steer(seed=1):
    """Return a random global and local target."""
    from affectlab.music.learned.steer import BEATS, LOCAL, Steer

    random = np.random.default_rng(seed)
    return Steer(
        random.uniform(-1, 1, 3).astype(np.float32),
        random.uniform(-1, 1, (BEATS, len(LOCAL))).astype(np.float32),
    )
