"""How well the next word was foreseen."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from affectlab.music.learned.net.backbone import Backbone
from affectlab.music.learned.words import SLOTS


class Surprise(NamedTuple):
    """Nats of tokens, and how many tokens there are; by excerpt and slot, each of shape (batch, 3)."""

    nats: Tensor
    tokens: Tensor

    @property
    def per_token(self) -> Tensor:
        """Mean nats of a token, of whatever excerpt and slot."""
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
    excerpts = len(hidden)
    excerpt = torch.arange(excerpts).repeat_interleave(hidden.shape[1])
    hidden, words = hidden.flatten(0, 1), following.flatten(0, 1)
    nats, counts = [], []
    for slot in range(SLOTS):
        given = words[:, slot] != pad
        hidden, words, excerpt = hidden[given], words[given], excerpt[given]
        logits = backbone.logits(hidden, words[:, :slot], slot)
        each = functional.cross_entropy(logits.float(), words[:, slot], reduction="none")
        nats.append(torch.zeros(excerpts).index_add(0, excerpt, each))
        counts.append(torch.bincount(excerpt, minlength=excerpts))
    return Surprise(torch.stack(nats, dim=1), torch.stack(counts, dim=1))
