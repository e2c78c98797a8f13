"""The Transformer-GNN: patches over time within a channel, then electrodes among each other.

A window is read twice. Its patches go through a temporal Transformer shared by all channels and a graph
network over the electrodes; its relations between electrodes are read between fixed places on the head. Both
make the embedding from which the global head says mean, covariance and P(high) of valence and arousal; the
local head says the trajectory inside the window from the patches, tied to the global label by weak
supervision. Channels are known by their position alone, so one network serves any montage.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from affectlab.decoding.inputs import FEATURES, PATCHES, RELATIONS
from affectlab.decoding.net.dense import DenseGraphConv
from affectlab.decoding.net.electrodes import Edges, PositionEncoding, RelationReadout, density
from affectlab.decoding.net.settings import GraphSettings
from affectlab.decoding.net.temporal import Block
from affectlab.decoding.spectra import FINE_BANDS


class Beliefs(NamedTuple):
    """What one network says; axes in the order valence, arousal.

    Parameters
    ----------
    logit
        Shape (n, 2): log odds of a label above 0, not yet scaled.
    mean
        Shape (n, 2), in [-1, 1]: follows `logit`, not yet scaled.
    factor
        Shape (n, 2, 2): lower triangular, covariance = factor · factorᵀ.
    trajectory
        Shape (n, L, 2), in [-1, 1].
    embedding
        Shape (n, E).
    energy
        Shape (n, 3): logarithm of the mean square of relations, of power and of waveforms.
    density
        Shape (n,): how far the montage counts as dense, 0 to 1.
    """

    logit: Tensor
    mean: Tensor
    factor: Tensor
    trajectory: Tensor
    embedding: Tensor
    energy: Tensor
    density: Tensor


class GraphNet(nn.Module):  # type: ignore[misc]
    """One network; see the module's docstring.

    Parameters
    ----------
    settings
        Its sizes.
    """

    def __init__(self, settings: GraphSettings) -> None:
        super().__init__()
        width = settings.width
        self.settings = settings
        self.enter = nn.Linear(FEATURES, width)
        self.place = PositionEncoding(width)
        self.moment = nn.Parameter(0.02 * torch.randn(PATCHES, width))
        self.blocks = nn.ModuleList(
            Block(width, settings.heads, settings.dropout) for _ in range(settings.layers)
        )
        self.edges = Edges(RELATIONS, settings.reach)
        self.convolutions = nn.ModuleList(DenseGraphConv(width, width) for _ in range(settings.graph_layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(settings.graph_layers))
        self.attention = nn.Linear(width, 1)
        self.pooled = nn.Linear(width, settings.embedding // 2)
        self.readout = RelationReadout(settings.anchors, settings.anchor_reach)
        self.related = nn.Linear(self.readout.size, settings.embedding - settings.embedding // 2)
        self.dropout = nn.Dropout(settings.dropout)
        self.head = nn.Linear(settings.embedding, 2)
        self.reach = nn.Parameter(torch.full((2,), 0.5))
        self.spread = nn.Linear(settings.embedding, 3)
        self.local = nn.Linear(width, 2)
        self.local_score = nn.Linear(width, 1)
        self.register_buffer("segments", _segments(settings.trajectory))

    def forward(self, patches: Tensor, relations: Tensor, positions: Tensor, weight: Tensor) -> Beliefs:
        """Decode windows; shapes as in `affectlab.decoding.inputs.Inputs`."""
        tokens = self._temporal(patches, positions)
        nodes = self._spatial(tokens.mean(dim=2), relations, positions, weight)
        related = self.related(self.readout(relations, positions, weight))
        embedding = torch.cat([related, self._pool(nodes, weight)], dim=-1)
        seen = self.dropout(embedding)
        logit = self.head(seen)
        return Beliefs(
            logit,
            torch.tanh(self.reach) * torch.tanh(logit / 2),
            self._factor(seen),
            self._trajectory(tokens, weight),
            embedding,
            _energy(patches, relations, weight),
            density((weight > 0).to(weight.dtype)),
        )

    def _temporal(self, patches: Tensor, positions: Tensor) -> Tensor:
        channels = patches.shape[1]
        tokens = self.enter(patches) + self.place(positions)[None, :, None, :] + self.moment
        tokens = tokens.flatten(end_dim=1)
        for block in self.blocks:
            tokens = block(tokens)
        return tokens.reshape(-1, channels, tokens.shape[1], tokens.shape[2])

    def _spatial(self, nodes: Tensor, relations: Tensor, positions: Tensor, weight: Tensor) -> Tensor:
        adjacency = self.edges(relations, positions, weight)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            nodes = nodes + self.dropout(torch.relu(convolution(norm(nodes), adjacency)))
        return nodes

    def _pool(self, nodes: Tensor, weight: Tensor) -> Tensor:
        share = weight * torch.exp(torch.clamp(self.attention(nodes).squeeze(-1), -4, 4))
        share = share / (share.sum(dim=1, keepdim=True) + 1e-6)
        return torch.tanh(self.pooled((share[:, None, :] @ nodes).squeeze(1)))

    def _factor(self, embedding: Tensor) -> Tensor:
        raw = self.spread(embedding)
        diagonal = 0.05 + nn.functional.softplus(raw[:, :2])
        zero = torch.zeros_like(raw[:, 2])
        rows = [torch.stack([diagonal[:, 0], zero], dim=-1), torch.stack([raw[:, 2], diagonal[:, 1]], dim=-1)]
        return torch.stack(rows, dim=1)

    def _trajectory(self, tokens: Tensor, weight: Tensor) -> Tensor:
        share = weight[:, :, None] * torch.exp(torch.clamp(self.local_score(tokens).squeeze(-1), -4, 4))
        share = share / (share.sum(dim=1, keepdim=True) + 1e-6)
        pooled = (share[..., None] * tokens).sum(dim=1)
        return torch.tanh(self.segments @ self.local(pooled))


def _segments(points: int) -> Tensor:
    """Return the averages of patches that make the trajectory's points, shape (points, `PATCHES`)."""
    matrix = torch.zeros(points, PATCHES)
    for patch in range(PATCHES):
        matrix[patch * points // PATCHES, patch] = 1
    return matrix / matrix.sum(dim=1, keepdim=True)


def _energy(patches: Tensor, relations: Tensor, weight: Tensor) -> Tensor:
    used = weight.sum(dim=1) + 1e-6
    waves = patches.shape[-1] - 1
    power = ((patches[..., : len(FINE_BANDS)] ** 2).mean(dim=(2, 3)) * weight).sum(dim=1) / used
    wave = ((patches[..., len(FINE_BANDS) : waves] ** 2).mean(dim=(2, 3)) * weight).sum(dim=1) / used
    related = (relations**2).mean(dim=1).sum(dim=(1, 2)) / used**2
    return torch.log(torch.stack([related, power, wave], dim=-1) + 1e-3)
