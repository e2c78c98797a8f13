"""The hierarchical controller: a global prefix and a local branch inside a frozen backbone.

The global branch makes K virtual words of the target, to which every head of every layer attends through the
layer's own frozen projections, in a softmax of its own behind a gate that begins at zero (Zhang et al. 2023,
arXiv 2303.16199): the target can be exchanged between two beats without reading anything again. The local
branch describes each beat of the trajectory; the beat being written scales and shifts what enters each
attention and each perceptron (Perez et al. 2018, arXiv 1709.07871), and some layers look over the whole
trajectory. Every way into the backbone begins at zero, so that an untrained controller changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from affectlab.music.learned.net.backbone import Backbone
from affectlab.music.learned.net.settings import ControllerSettings
from affectlab.music.learned.steer import BEATS, BEFORE, GLOBAL, LOCAL

SITES = 2
# Gates are one number for a head; at the pace of weights they would open long after the rest has settled.
_GATE_PACE = 10.0


class Targets(NamedTuple):
    """What each word is written under.

    Parameters
    ----------
    globally
        Targets of consecutive segments, shape (batch, segments, 3); see `steer.GLOBAL`.
    segment
        Number of the segment each word belongs to, shape (batch, words).
    locally
        Trajectory around the beat of each word, shape (batch, words, BEATS, 6); see `steer.LOCAL`.
    with_global, with_local
        1 where a branch is used, 0 where it is left out, shape (batch,).
    """

    globally: Tensor
    segment: Tensor
    locally: Tensor
    with_global: Tensor
    with_local: Tensor


class Controller(nn.Module):  # type: ignore[misc]
    """Makes what steers a backbone of targets.

    Parameters
    ----------
    settings
        Its size.
    backbone
        What it steers; only its shape is kept.
    """

    def __init__(self, settings: ControllerSettings, backbone: Backbone) -> None:
        super().__init__()
        width, layers, heads = (getattr(backbone.settings, name) for name in ("width", "layers", "heads"))
        self.settings = settings
        self.width = width
        self.to_prefix = nn.Sequential(
            nn.Linear(len(GLOBAL), settings.hidden),
            nn.GELU(),
            nn.Linear(settings.hidden, settings.tokens * width),
        )
        self.gates = nn.Parameter(torch.zeros(layers, heads))
        self.to_beats = nn.Sequential(
            nn.Linear(len(LOCAL), settings.local), nn.GELU(), nn.Linear(settings.local, settings.local)
        )
        self.place = nn.Parameter(torch.zeros(BEATS, settings.local))
        self.film = nn.ModuleList(nn.Linear(settings.local, 2 * width) for _ in range(layers * SITES))
        crossing = range(1, layers, settings.cross_every)
        self.cross = nn.ModuleDict({str(layer): Across(settings, width) for layer in crossing})
        nn.init.normal_(self.place, std=0.5)
        for film in self.film:
            nn.init.zeros_(film.weight)
            nn.init.zeros_(film.bias)

    def forward(self, targets: Targets, backbone: Backbone) -> Influence:
        """Return what the targets do to the words that `backbone` reads under them."""
        batch, segments, _ = targets.globally.shape
        prefix = self.to_prefix(targets.globally).view(batch, segments * self.settings.tokens, self.width)
        # Frozen projections know normalised rows only; others would come out too small to matter.
        pairs = [block.split(block.before_attention(prefix))[1:] for block in backbone.blocks]
        gates = (_GATE_PACE * self.gates).tanh()[:, None, :, None, None]
        used = targets.with_global[:, None, None, None]
        beats = self.to_beats(targets.locally) + self.place
        local = targets.with_local[:, None, None]
        seen = [across.pair(beats).unflatten(-1, (2, across.heads, -1)) for across in self.cross.values()]
        return Influence(
            prefix_keys=torch.stack([keys for keys, _ in pairs]),
            prefix_values=torch.stack([values for _, values in pairs]) * gates * used,
            film=torch.stack([film(beats[:, :, BEFORE]) * local for film in self.film]),
            beat_keys=torch.stack([pair.select(-3, 0).transpose(-3, -2) for pair in seen]),
            beat_values=torch.stack([pair.select(-3, 1).transpose(-3, -2) for pair in seen])
            * local[..., None, None],
        )

    def steered(self, influence: Influence, segment: Tensor | None = None) -> Steered:
        """Return what steers a backbone; `segment` of each word, (batch, words), where there are several."""
        if segment is None:
            return Steered(self.cross, influence, None)
        words = influence.prefix_keys.shape[-2]
        numbers = torch.arange(words) // self.settings.tokens
        return Steered(self.cross, influence, (segment[:, :, None] != numbers)[:, None])


class Influence(NamedTuple):
    """What targets do inside the backbone; all of it zero where a branch is left out, but for the keys.

    Parameters
    ----------
    prefix_keys, prefix_values
        Of the virtual words, shape (layers, batch, heads, segments x K, head width).
    film
        Scale and shift of each site, shape (layers x 2, batch, words, 2 x width).
    beat_keys, beat_values
        Of the trajectory's beats, shape (crossing layers, batch, words, heads, BEATS, local / heads).
    """

    prefix_keys: Tensor
    prefix_values: Tensor
    film: Tensor
    beat_keys: Tensor
    beat_values: Tensor


class Across(nn.Module):  # type: ignore[misc]
    """Cross-attention from words to the beats of the trajectory around them."""

    def __init__(self, settings: ControllerSettings, width: int) -> None:
        super().__init__()
        self.heads = settings.heads
        self.normed = nn.LayerNorm(width)
        self.query = nn.Linear(width, settings.local, bias=False)
        self.pair = nn.Linear(settings.local, 2 * settings.local, bias=False)
        self.out = nn.Linear(settings.local, width, bias=False)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Read from beats, (batch, words, heads, BEATS, local / heads); the shape of `x`."""
        queries = self.query(self.normed(x)).unflatten(-1, (self.heads, -1)).unsqueeze(-2)
        scores = queries @ keys.transpose(-1, -2) * queries.shape[-1] ** -0.5
        read: Tensor = self.out((scores.softmax(dim=-1) @ values).flatten(2))
        return read


class Steered:
    """A controller's influence while a backbone reads; see `backbone.Steering`."""

    def __init__(self, cross: nn.ModuleDict, influence: Influence, other: Tensor | None) -> None:
        self._cross = cross
        self._influence = influence
        self._other = other

    def modulate(self, layer: int, site: int, normed: Tensor) -> Tensor:
        """Scale and shift by the beat being written."""
        scale, shift = self._influence.film[layer * SITES + site].chunk(2, dim=-1)
        return normed * (1 + scale) + shift

    def prefix(self, layer: int, queries: Tensor) -> Tensor:
        """Attend to the virtual words of each word's own segment."""
        keys, values = self._influence.prefix_keys[layer], self._influence.prefix_values[layer]
        scores = queries @ keys.transpose(-1, -2) * queries.shape[-1] ** -0.5
        if self._other is not None:
            scores = scores.masked_fill(self._other, -1e9)
        found: Tensor = scores.softmax(dim=-1) @ values
        return found

    def across(self, layer: int, x: Tensor) -> Tensor | None:
        """Look over the trajectory, in the layers that do; None in the others."""
        if str(layer) not in self._cross:
            return None
        number = list(self._cross).index(str(layer))
        read: Tensor = self._cross[str(layer)](
            x, self._influence.beat_keys[number], self._influence.beat_values[number]
        )
        return read
