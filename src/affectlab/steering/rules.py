"""Rules that make new attention probabilities of a head's logits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor

from affectlab.models import MODALITIES, Modality

UNIFORM: Mapping[Modality, float] = {modality: 1 / len(MODALITIES) for modality in MODALITIES}
FLOOR = 1e-6
"""A modality with less than this share of a row's attention counts as not seen by it."""


class Rule(Protocol):
    """What becomes of the attention of a steered head."""

    def weigh(self, logits: Tensor, kinds: Tensor, strength: Tensor) -> Tensor:
        """Return attention probabilities.

        Parameters
        ----------
        logits
            Shape (rows, heads, queries, keys), float32; the smallest number of the type where a query may
            not look.
        kinds
            Shape (rows, keys, 4), one-hot over T, A, V and the rest, zero for padding.
        strength
            Shape (rows,): how much the gate wants of it, 1 for all.

        Returns
        -------
        Tensor
            Shape of `logits`; each query's row sums to 1.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reallocation:
    """Moves a head's attention between modalities towards a target, and nothing else.

    The share of each modality a query sees becomes (1 - eta) of itself plus eta of its wanted part of
    what all modalities hold; inside a modality, and outside all of them, proportions stay. A reconstruction
    of what arXiv 2605.01024 calls attention budget reallocation, whose formula is not public.

    Parameters
    ----------
    eta
        0 changes nothing, 1 puts the target in the place of the model's own shares.
    target
        Wanted parts of T, A and V; of those a query sees they are scaled to sum to 1.
    """

    eta: float
    target: Mapping[Modality, float] = field(default_factory=lambda: UNIFORM)

    def weigh(self, logits: Tensor, kinds: Tensor, strength: Tensor) -> Tensor:
        """Return the reallocated probabilities; see `Rule.weigh`."""
        probabilities = torch.softmax(logits, dim=-1)
        shares = probabilities @ kinds[:, None]
        wanted = _parts(tuple(self.target.get(one, 0.0) for one in MODALITIES), logits.device)
        eta = (self.eta * strength)[:, None, None, None]
        return probabilities * (factors(shares, wanted, eta) @ kinds[:, None].transpose(-1, -2))


@lru_cache(maxsize=64)
def _parts(wanted: tuple[float, ...], device: torch.device) -> Tensor:
    """Return `wanted` scaled to sum to 1, made once: a copy to a GPU would be waited for at each layer."""
    # A tensor made while inference mode is on could not be differentiated through later.
    with torch.inference_mode(False):
        return torch.tensor([part / (sum(wanted) or 1.0) for part in wanted], device=device)


def factors(shares: Tensor, target: Tensor, eta: Tensor) -> Tensor:
    """Return by what the attention on each kind is multiplied.

    Parameters
    ----------
    shares
        Shape (..., 4): attention on T, A, V and the rest.
    target
        Shape (3,): wanted parts of T, A and V, together 1; parts below `FLOOR` count as none.
    eta
        Broadcasts with `shares`.

    Returns
    -------
    Tensor
        Shape (..., 4); 1 for the rest and for modalities that are not seen.
    """
    own = shares[..., :-1]
    seen = own > FLOOR
    parts = target * seen
    total = parts.sum(dim=-1, keepdim=True)
    # What modalities hold that the target does not speak of stays where it is.
    budget = (own * seen).sum(dim=-1, keepdim=True) / total.clamp_min(FLOOR)
    moved = eta * (parts * budget / own.clamp_min(FLOOR) - 1)
    return torch.nn.functional.pad(1 + moved * (seen & (total > FLOOR)), (0, 1), value=1.0)
