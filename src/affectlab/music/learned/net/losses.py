"""How well the next word was foreseen."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from affectlab.music.learned.net.backbone import Backbone
from affectlab.music.learned.words import SLOTS


class Surprise(NamedTuple):
    """Nats of the tokens of all words, and how many tokens they have; each of shape (3,), one per slot."""

    nats: Tensor
    tokens: Tensor

    @property
    def per_token(self) -> Tensor:
        """Mean nats of a token, of whatever slot."""
        return self.nats.sum() / self.tokens.sum()


def surprise(backbone: Backbone, hidden: Tensor, following: Tensor, pad: int) -> Surprise:
    """Return the cross entropy of the words that follow.

    Parameters
    ----------
    backbone
        What foresaw them.
    hidden
        Shape (batch, words, width).
    following
        Shape (batch, words, 3); slots with the token `pad` are left out.
    pad
        The token that fills empty slots.
    """
    hidden, words = hidden.flatten(0, 1), following.flatten(0, 1)
    nats, counts = [], []
    for slot in range(SLOTS):
        given = words[:, slot] != pad
        hidden, words = hidden[given], words[given]
        logits = backbone.logits(hidden, words[:, :slot], slot)
        nats.append(functional.cross_entropy(logits.float(), words[:, slot], reduction="sum"))
        counts.append(given.sum())
    return Surprise(torch.stack(nats), torch.stack(counts))
