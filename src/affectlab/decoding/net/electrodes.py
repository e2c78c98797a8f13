"""What the network derives from where electrodes are: encodings, edges and anchor points of relations."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from affectlab.decoding.inputs import RELATIONS

FADE = 0.1
"""Summed squared nearness of electrodes at which an anchor fades to the half (ours)."""

DENSE_CHANNELS = 10.0
"""Usable channels at which a montage is half way between sparse and dense (ours)."""


def anchor_points(count: int) -> Tensor:
    """Return points spread evenly over the scalp, shape (count, 3): a spiral from the vertex downwards."""
    steps = torch.arange(count, dtype=torch.float32) + 0.5
    height = 1 - 1.35 * steps / count
    angle = math.pi * (1 + math.sqrt(5)) * steps
    radius = torch.sqrt(1 - height**2)
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle), height], dim=1)


def squared_distance(one: Tensor, other: Tensor) -> Tensor:
    """Return squared distances between points, (a, 3) and (b, 3), shape (a, b)."""
    return ((one[:, None, :] - other[None, :, :]) ** 2).sum(dim=-1)


class PositionEncoding(nn.Module):  # type: ignore[misc]
    """Electrode coordinates to vectors, so that channels are known by where they are."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.map = nn.Sequential(nn.Linear(3, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, positions: Tensor) -> Tensor:
        return self.map(positions)


class Edges(nn.Module):  # type: ignore[misc]
    """Adjacency of electrodes: near ones, learned pairs of places, and what moves together in this window.

    Parameters
    ----------
    bands
        Number of bands of the relations.
    reach
        Of nearness, in head radii.
    width
        Of the learned places.
    """

    def __init__(self, bands: int, reach: float, width: int = 8) -> None:
        super().__init__()
        self.reach = reach
        self.source = PositionEncoding(width)
        self.target = PositionEncoding(width)
        self.related = nn.Linear(bands, 1)

    def forward(self, relations: Tensor, positions: Tensor, weight: Tensor) -> Tensor:
        """Return shape (n, channels, channels); rows sum to 1, poor channels send little."""
        near = torch.exp(-squared_distance(positions, positions) / (2 * self.reach**2))
        learned = torch.sigmoid(self.source(positions) @ self.target(positions).transpose(0, 1))
        seen = torch.sigmoid(self.related(relations.permute(0, 2, 3, 1))).squeeze(-1)
        edges = (near + learned + seen) * weight[:, None, :]
        return edges / (edges.sum(dim=-1, keepdim=True) + 1e-6)


class RelationReadout(nn.Module):  # type: ignore[misc]
    """Reads relations between places instead of channels: a tangent space without a montage.

    Every anchor is a weighted combination of the electrodes near it; of each band's relations L the numbers
    aᵀ L b of all pairs of anchors are given. Anchors fade where no electrode is near; combinations have a
    norm of at most 1, so that 4, 19 and 64 channels give one scale. What they mean still depends on how much
    else is recorded, so they are given twice: once for dense and once for sparse montages, each fading out
    where the other counts.

    Parameters
    ----------
    count, reach
        Number of anchors and how far each reaches, in head radii.
    """

    def __init__(self, count: int, reach: float) -> None:
        super().__init__()
        rows, columns = torch.triu_indices(count, count)
        self.reach = reach
        self.half = RELATIONS * len(rows)
        self.size = 2 * self.half
        self.register_buffer("points", anchor_points(count))
        self.register_buffer("places", rows * count + columns)
        self.register_buffer("scale", torch.where(rows == columns, 1.0, math.sqrt(2.0)))

    def forward(self, relations: Tensor, positions: Tensor, weight: Tensor) -> Tensor:
        """Return shape (n, `size`): as a dense montage, then as a sparse one."""
        # Relations are computed from all usable channels alike; mixing them by quality would add its ups and
        # downs to what is read.
        usable = (weight > 0).to(weight.dtype)
        mixture = self._mixture(positions, usable)
        read = (mixture.transpose(-1, -2) @ relations @ mixture).flatten(start_dim=2)
        found = (read.index_select(2, self.places) * self.scale).flatten(start_dim=1)
        dense = density(usable)[:, None]
        return torch.cat([found * dense, found * (1 - dense)], dim=-1)

    def _mixture(self, positions: Tensor, usable: Tensor) -> Tensor:
        near = torch.exp(-squared_distance(positions, self.points) / (2 * self.reach**2))
        mixture = near[None] * usable[:, :, None]
        return (mixture / torch.sqrt((mixture**2).sum(dim=1, keepdim=True) + FADE))[:, None]


def density(usable: Tensor) -> Tensor:
    """Return how far a montage counts as dense, from its usable channels, shape (n,): one half at ten."""
    return torch.sigmoid(4 * torch.log((usable.sum(dim=1) + 1e-3) / DENSE_CHANNELS))
