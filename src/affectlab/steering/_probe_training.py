"""Training of a probe: a network of one hidden layer that tells conflict from a layer's features.

Conflict is a matter of how the states of modalities combine: no linear function of them tells it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

_RATE: Final = 5e-3
_LARGEST_BATCH: Final = 256
_BATCHES: Final = 12
"""Batches that all cases make at least, so that few cases are enough steps too."""
_EPOCHS: Final = 60
_PATIENCE: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """tanh units between standardised features and a logit.

    Parameters
    ----------
    inner, inner_bias
        Shapes (features, hidden) and (hidden,).
    outer
        Shape (hidden,).
    bias
        Shape ().
    """

    inner: Tensor
    inner_bias: Tensor
    outer: Tensor
    bias: Tensor

    def logits(self, features: Tensor) -> Tensor:
        """Return the logit of conflict, shape (n,), for features of shape (n, features)."""
        return torch.tanh(features @ self.inner + self.inner_bias) @ self.outer + self.bias

    def frozen(self) -> Network:
        """Return a copy that is trained no further."""
        parts = (self.inner, self.inner_bias, self.outer, self.bias)
        return Network(*(part.detach().clone() for part in parts))


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a probe is trained.

    Parameters
    ----------
    hidden
        Width of the hidden layer, at least 1.
    decay
        Decoupled weight decay.
    batch
        Cases to a step; see `batch_of`.
    seed
        Of the first weights and of the order of cases.
    """

    hidden: int
    decay: float
    batch: int
    seed: int


def batch_of(cases: int) -> int:
    """Return how many of `cases` to take to a step."""
    return max(1, min(_LARGEST_BATCH, cases // _BATCHES))


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: for matrices as small as these faster, and the same on every machine size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def stopped_early(
    features: Tensor, conflict: Tensor, held: tuple[Tensor, Tensor], recipe: Recipe
) -> tuple[Network, int]:
    """Train until held-out cases gain no more.

    Parameters
    ----------
    features, conflict
        Shapes (n, features), standardised, and (n,), 0 or 1.
    held
        The same of cases of other sources.

    Returns
    -------
    Network
        As it was when it told the held-out cases best.
    int
        After how many epochs that was.
    """
    best, least, reached = None, float("inf"), 0
    for epoch, network in enumerate(_epochs(features, conflict, recipe), start=1):
        with torch.no_grad():
            loss = float(binary_cross_entropy_with_logits(network.logits(held[0]), held[1]))
        if best is None or loss < least:
            best, least, reached = network.frozen(), loss, epoch
        if epoch == _EPOCHS or epoch - reached == _PATIENCE:
            return best, reached
    raise AssertionError("training never ends by itself")


def trained(features: Tensor, conflict: Tensor, epochs: int, recipe: Recipe) -> Network:
    """Train for a number of epochs, at least 1."""
    training = _epochs(features, conflict, recipe)
    return [next(training) for _ in range(epochs)][-1].frozen()


def _epochs(features: Tensor, conflict: Tensor, recipe: Recipe) -> Iterator[Network]:
    """Yield the network after each epoch, without end."""
    chance = torch.Generator().manual_seed(recipe.seed)
    network = _begun(features.shape[1], float(conflict.mean()), recipe.hidden, chance)
    optimiser = _optimiser(network, recipe.decay)
    while True:
        for chosen in torch.randperm(len(features), generator=chance).split(recipe.batch):
            optimiser.zero_grad()
            loss = binary_cross_entropy_with_logits(network.logits(features[chosen]), conflict[chosen])
            torch.autograd.backward(loss)
            optimiser.step()
        yield network


def _begun(features: int, base_rate: float, hidden: int, chance: torch.Generator) -> Network:
    return Network(
        torch.randn(features, hidden, generator=chance) / features**0.5,
        torch.zeros(hidden),
        torch.randn(hidden, generator=chance) / hidden**0.5,
        torch.logit(torch.tensor(base_rate)),
    )


def _optimiser(network: Network, decay: float) -> torch.optim.Optimizer:
    weights, biases = [network.inner, network.outer], [network.inner_bias, network.bias]
    for part in (*weights, *biases):
        part.requires_grad_()
    return torch.optim.AdamW(
        [{"params": weights, "weight_decay": decay}, {"params": biases, "weight_decay": 0.0}], lr=_RATE
    )
