"""A small Transformer over the patches of one channel, shared by all channels."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Block(nn.Module):  # type: ignore[misc]
    """Self-attention and a feed-forward layer, each normalised first (Xiong et al. 2020, arXiv 2002.04745).

    Written out in matrix products, so that its ONNX graph has no fused operator and any batch size.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm, self.feed_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.joint = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return shape (m, patches, width) as given."""
        tokens = tokens + self.dropout(self._attend(self.attention_norm(tokens)))
        return tokens + self.dropout(self.feed(self.feed_norm(tokens)))

    def _attend(self, tokens: Tensor) -> Tensor:
        length, width = tokens.shape[1], tokens.shape[2]
        split = self.joint(tokens).reshape(-1, length, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        scores = query @ key.transpose(-1, -2) / math.sqrt(width // self.heads)
        mixed = torch.softmax(scores, dim=-1) @ value
        return self.out(mixed.transpose(1, 2).reshape(-1, length, width))
