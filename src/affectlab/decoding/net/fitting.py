"""The loop that trains any of the networks: balanced draws, AdamW, early stopping on people not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from affectlab.decoding.epochs import Floats
from affectlab.decoding.net.sampling import Places
from affectlab.decoding.net.settings import TrainingSettings

LARGEST_GRADIENT = 1.0
WARM_UP = 0.1

EpochDone = Callable[[int, int], None]
"""Told (passes finished, most passes)."""


class Problem(Protocol):
    """What a network is to learn."""

    def loss(self, network: nn.Module, rows: Places, rng: np.random.Generator) -> Tensor:
        """Return the loss on some windows, with whatever augmentation belongs to it."""
        ...

    def validation(self, network: nn.Module, rows: Places) -> float:
        """Return the loss that decides when to stop, without augmentation."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """Windows of one inner fold.

    Parameters
    ----------
    learned, held_out
        Places of windows to learn from and to stop on.
    weights
        Chance of each of `learned` to be drawn.
    """

    learned: Places
    held_out: Places
    weights: Floats


@contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """Draw torch's random numbers from `seed` and compute in one thread; everything is as before after it."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def fit_network(
    network: nn.Module,
    problem: Problem,
    part: Part,
    settings: TrainingSettings,
    *,
    seed: int,
    slow: Callable[[str], bool] = lambda _name: False,
    done: EpochDone = lambda _finished, _most: None,
) -> int:
    """Train a network in place, and leave it at its best validation loss.

    Parameters
    ----------
    network
        With its parameters at their start, which counts as the first candidate.
    problem, part, settings
        What to learn, from which windows, and how.
    seed
        Of draws and augmentation.
    slow
        Which parameters, by name, learn at a tenth of the rate.
    done
        Told after each pass.

    Returns
    -------
    passes
        After which it was best.
    """
    best, kept, at = problem.validation(network.eval(), part.held_out), _state(network), 0
    for epoch in _passes(network, problem, part, settings, seed, slow):
        loss = problem.validation(network.eval(), part.held_out)
        if loss < best:
            best, kept, at = loss, _state(network), epoch
        done(epoch, settings.epochs)
        if epoch - at >= settings.patience:
            break
    network.load_state_dict(kept)
    done(settings.epochs, settings.epochs)
    return at


def fit_passes(
    network: nn.Module,
    problem: Problem,
    part: Part,
    settings: TrainingSettings,
    passes: int,
    *,
    seed: int,
    slow: Callable[[str], bool] = lambda _name: False,
    done: EpochDone = lambda _finished, _most: None,
) -> None:
    """Train a network in place for a number of passes, on the rates `fit_network` would use.

    Parameters are those of `fit_network`; nothing is held out.
    """
    for epoch in islice(_passes(network, problem, part, settings, seed, slow), passes):
        done(epoch, settings.epochs)


def _passes(
    network: nn.Module,
    problem: Problem,
    part: Part,
    settings: TrainingSettings,
    seed: int,
    slow: Callable[[str], bool],
) -> Iterator[int]:
    """Train pass by pass, and yield how many are finished."""
    rng = np.random.default_rng(seed)
    steps = -(-settings.windows // settings.batch)
    optimiser = _optimiser(network, settings, slow)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, _cosine(steps * settings.epochs))
    for epoch in range(settings.epochs):
        network.train()
        for _ in range(steps):
            rows = rng.choice(part.learned, settings.batch, p=part.weights)
            _step(network, problem.loss(network, rows, rng), optimiser)
            schedule.step()
        yield epoch + 1


def _optimiser(
    network: nn.Module, settings: TrainingSettings, slow: Callable[[str], bool]
) -> torch.optim.Optimizer:
    named = list(network.named_parameters())
    groups = [
        {"params": [value for name, value in named if not slow(name)], "lr": settings.rate},
        {"params": [value for name, value in named if slow(name)], "lr": settings.rate / 10},
    ]
    return torch.optim.AdamW([one for one in groups if one["params"]], weight_decay=settings.decay)


def _cosine(steps: int) -> Callable[[int], float]:
    warm = max(1, round(WARM_UP * steps))
    return lambda step: min((step + 1) / warm, 0.5 + 0.5 * float(np.cos(np.pi * min(1.0, step / steps))))


def _step(network: nn.Module, loss: Tensor, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
    optimiser.step()


def _state(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
