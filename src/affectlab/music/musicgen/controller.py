"""The hierarchical controller of MindMelody (arXiv 2605.01235) for MusicGen: M_g, M_t and what they do.

Ours, where the paper is silent: all sizes; local tokens of a small width in the place of the decoder's,
which keeps the adapter small; and one softmax for the text and one for the prefix. In a common softmax even
tokens of zeros would take weight from the text, and an untrained controller would change the music.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from affectlab.music.musicgen.guide import GLOBAL, LOCAL
from affectlab.music.musicgen.settings import STEP, ControllerSettings

_HEADS = 4


@dataclass(frozen=True, slots=True)
class Decoder:
    """What the controller must know of the decoder it steers.

    Parameters
    ----------
    width, heads, layers
        Of the decoder.
    frame_rate
        Frames of codes per second.
    """

    width: int
    heads: int
    layers: int
    frame_rate: int


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The local branch, computed once for a window.

    Parameters
    ----------
    steps
        P_t, shape (batch, L, width).
    per_frame
        Steps per frame of codes.
    """

    steps: Tensor
    per_frame: float

    def at(self, first: int, count: int) -> Tensor:
        """Resample to frames `first` to `first + count`, linearly, shape (batch, count, width)."""
        place = torch.arange(first, first + count, device=self.steps.device) * self.per_frame
        place = place.clamp(max=self.steps.shape[1] - 1)
        before = place.floor().long()
        after = (before + 1).clamp(max=self.steps.shape[1] - 1)
        share = (place - before).to(self.steps.dtype)[:, None]
        return torch.lerp(self.steps[:, before], self.steps[:, after], share)


class GlobalPrefix(nn.Module):  # type: ignore[misc]
    """M_g: the target as K tokens of the decoder's width."""

    def __init__(self, settings: ControllerSettings, width: int) -> None:
        super().__init__()
        self.tokens = settings.tokens
        self.inner = nn.Linear(len(GLOBAL), 2 * settings.width)
        self.outer = nn.Linear(2 * settings.width, settings.tokens * width)

    def forward(self, globally: Tensor) -> Tensor:
        """Return P_g, shape (batch, K, width), of targets of shape (batch, 3)."""
        return self.outer(functional.gelu(self.inner(globally))).unflatten(-1, (self.tokens, -1))


class LocalBranch(nn.Module):  # type: ignore[misc]
    """M_t: the course of the target as L tokens that know their time and each other."""

    def __init__(self, settings: ControllerSettings) -> None:
        super().__init__()
        width = settings.width
        self.read = nn.Linear(len(LOCAL), width)
        self.mix = nn.TransformerEncoderLayer(
            width, _HEADS, 2 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )

    def forward(self, locally: Tensor) -> Tensor:
        """Return P_t, shape (batch, L, width), of courses of shape (batch, L, 6)."""
        rows = self.read(locally)
        return self.mix(rows + _times(rows.shape[1], rows.shape[2]).to(rows))


class LayerControl(nn.Module):  # type: ignore[misc]
    """What is added to one decoder layer: modulation and attention, both nothing at first."""

    def __init__(self, settings: ControllerSettings, decoder: Decoder) -> None:
        super().__init__()
        width, rank = settings.width, settings.rank
        self.modulation = _nothing(nn.Linear(width, 2 * decoder.width))
        self.query = nn.Linear(decoder.width, rank, bias=False)
        self.when = nn.Linear(width, rank)
        self.key = nn.Linear(width, rank)
        self.value = nn.Linear(width, rank)
        self.out = _nothing(nn.Linear(rank, decoder.width))
        self.gate = nn.Parameter(torch.zeros(decoder.heads))

    def forward(self, hidden: Tensor, frames: Tensor, steps: Tensor) -> Tensor:
        """Return what is added to a layer's output.

        Parameters
        ----------
        hidden
            Shape (batch, n, decoder width).
        frames
            P_t at those frames, shape (batch, n, width).
        steps
            P_t, shape (batch, L, width).
        """
        scale, shift = self.modulation(frames).chunk(2, dim=-1)
        query = self.query(hidden) + self.when(frames)
        read = functional.scaled_dot_product_attention(query, self.key(steps), self.value(steps))
        added: Tensor = hidden * scale + shift + self.out(read)
        return added


class Controller(nn.Module):  # type: ignore[misc]
    """The whole controller; its parameters are the adapter.

    Parameters
    ----------
    settings
        Sizes.
    decoder
        What it is made for.
    """

    def __init__(self, settings: ControllerSettings, decoder: Decoder) -> None:
        super().__init__()
        self.settings, self.decoder = settings, decoder
        self.prefix = GlobalPrefix(settings, decoder.width)
        self.course = LocalBranch(settings)
        self.layers = nn.ModuleList(LayerControl(settings, decoder) for _ in range(decoder.layers))

    def plan(self, locally: Tensor) -> Course:
        """Compute the local branch of courses of shape (batch, L, 6)."""
        return Course(self.course(locally), 1 / (STEP * self.decoder.frame_rate))


def _nothing(linear: nn.Linear) -> nn.Linear:
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear


def _times(count: int, width: int) -> Tensor:
    """Return sines and cosines of the step's number, shape (count, width) (Vaswani et al. 2017)."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(1e3) / width))
    angles = torch.arange(count)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)
