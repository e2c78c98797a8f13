"""The backbone: a decoder-only transformer that reads and writes music word by word.

Half of the heads measure distance in words, half in musical time, whose rotations have periods of a third of
a beat to many bars, so that "the same place two bars ago" is one key away. The tokens of a word are chosen
one after another from what the network knows before the word.

Rotary positions: Su et al. 2021, arXiv 2104.09864. Words of several tokens: Hsiao et al. 2021, arXiv
2101.02402; here each token of a word depends on those before it.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from affectlab.music.learned.net.settings import BackboneSettings
from affectlab.music.learned.piece import METRES, TICKS
from affectlab.music.learned.words import SLOTS

# Ticks after which a rotation in musical time comes round: parts of a beat, beats, bars of four, phrases.
PERIODS = (3, 4, 6, 8, 12, 16, 24, 36, 48, 72, 96, 144, 192, 384, 768, 3072)
_WORD_BASE = 10_000.0


class Reading(NamedTuple):
    """What the backbone reads; see `words.Words`.

    Parameters
    ----------
    ids
        Shape (batch, words, 3).
    tick, metre, time
        Shape (batch, words).
    place
        Number of each word, shape (batch, words).
    """

    ids: Tensor
    tick: Tensor
    metre: Tensor
    time: Tensor
    place: Tensor


class Steering(Protocol):
    """What a controller does inside the frozen backbone; all of it in terms of layers, counted from 0."""

    def modulate(self, layer: int, site: int, normed: Tensor) -> Tensor:
        """Scale and shift what enters the attention (site 0) or the perceptron (site 1) of a layer."""
        ...

    def prefix(self, layer: int, queries: Tensor) -> Tensor:
        """Return what the heads find among virtual words, shape of `queries`."""
        ...

    def across(self, layer: int, x: Tensor) -> Tensor | None:
        """Return what a layer reads from the trajectory, shape of `x`; None where it reads nothing."""
        ...


class Cache(NamedTuple):
    """Keys and values of words read before, each of shape (layers, batch, heads, words, head width)."""

    keys: Tensor
    values: Tensor
    mask: Tensor
    """Added to the scores: 0 for a word, a large negative number for an empty place; (batch, words)."""


class Block(nn.Module):  # type: ignore[misc]
    """Attention and perceptron, each after a normalisation and around a residual connection."""

    def __init__(self, settings: BackboneSettings) -> None:
        super().__init__()
        width = settings.width
        self.heads = settings.heads
        self.before_attention = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.before_perceptron = nn.LayerNorm(width)
        self.up = nn.Linear(width, settings.hidden)
        self.down = nn.Linear(settings.hidden, width)
        self.dropout = nn.Dropout(settings.dropout)

    def split(self, normed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values before rotation, each (batch, heads, words, head width)."""
        batch, words, width = normed.shape
        parted = self.qkv(normed).view(batch, words, 3, self.heads, width // self.heads)
        queries, keys, values = parted.permute(2, 0, 3, 1, 4)
        return queries, keys, values

    def join(self, heads: Tensor) -> Tensor:
        """Bring the heads' findings, (batch, heads, words, head width), back to (batch, words, width)."""
        joined: Tensor = self.out(heads.transpose(1, 2).flatten(2))
        return joined

    def perceive(self, normed: Tensor) -> Tensor:
        """Return the perceptron's answer."""
        answer: Tensor = self.dropout(self.down(functional.gelu(self.up(normed), approximate="tanh")))
        return answer


class Backbone(nn.Module):  # type: ignore[misc]
    """Reads words and says what may come next.

    Parameters
    ----------
    settings
        Its size.
    tokens
        Size of the vocabulary.
    pad
        The token that fills empty slots; it says nothing.
    """

    def __init__(self, settings: BackboneSettings, tokens: int, pad: int) -> None:
        super().__init__()
        width = settings.width
        self.settings = settings
        self.token = nn.Embedding(tokens, width, padding_idx=pad)
        self.tick = nn.Embedding(METRES[-1] * TICKS, width)
        self.metre = nn.Embedding(METRES[-1] + 1, width)
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.layers))
        self.last = nn.LayerNorm(width)
        self.within = nn.ModuleList(
            nn.Sequential(nn.Linear((slot + 1) * width, width), nn.GELU(), nn.Linear(width, width))
            for slot in range(1, SLOTS)
        )
        self.bias = nn.Parameter(torch.zeros(tokens))
        self.register_buffer("turns", _turns(width // settings.heads), persistent=False)
        self.apply(_initialise)
        for block in self.blocks:
            for layer in (block.out, block.down):
                nn.init.normal_(layer.weight, std=0.02 / math.sqrt(2 * settings.layers))

    def forward(
        self, read: Reading, steering: Steering | None = None, cache: Cache | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Read words after those of `cache`.

        Returns
        -------
        hidden
            What is known after each word, shape (batch, words, width).
        keys, values
            Of the words read, shape (layers, batch, heads, words, head width).
        """
        x = self.token(read.ids).sum(dim=2) + self.tick(read.tick) + self.metre(read.metre)
        cos, sin = self._rotations(read)
        kept: list[tuple[Tensor, Tensor]] = []
        for number, block in enumerate(self.blocks):
            normed = block.before_attention(x)
            if steering is not None:
                normed = steering.modulate(number, 0, normed)
            raw, keys, values = block.split(normed)
            queries, keys = _rotated(raw, cos, sin), _rotated(keys, cos, sin)
            found = _attended(queries, keys, values, cache, number)
            if steering is not None:
                found = found + steering.prefix(number, raw)
            x = x + block.join(found)
            read_across = steering.across(number, x) if steering is not None else None
            if read_across is not None:
                x = x + read_across
            normed = block.before_perceptron(x)
            if steering is not None:
                normed = steering.modulate(number, 1, normed)
            x = x + block.perceive(normed)
            kept.append((keys, values))
        return self.last(x), torch.stack([k for k, _ in kept]), torch.stack([v for _, v in kept])

    def logits(self, hidden: Tensor, word: Tensor, slot: int) -> Tensor:
        """Return the logits of the token in a slot of the next word.

        Parameters
        ----------
        hidden
            What is known before the word, shape (..., width).
        word
            Tokens of the slots before, shape (..., slot).
        slot
            0, 1 or 2.
        """
        if slot:
            known = torch.cat([hidden, self.token(word).flatten(-2)], dim=-1)
            hidden = hidden + self.within[slot - 1](known)
        return functional.linear(hidden, self.token.weight, self.bias)

    def _rotations(self, read: Reading) -> tuple[Tensor, Tensor]:
        """Return cosines and sines, each (batch, heads, words, head width / 2)."""
        by_word, by_time = self.turns
        half = self.settings.heads // 2
        angles = torch.stack([read.place[..., None] * by_word, read.time[..., None] * by_time], dim=1)
        angles = angles.repeat_interleave(half, dim=1)
        return angles.cos(), angles.sin()


def _turns(width: int) -> Tensor:
    """Return radians per word and per tick of each pair of a head, shape (2, width / 2)."""
    pairs = width // 2
    by_word = _WORD_BASE ** -(torch.arange(pairs) / pairs)
    periods = torch.tensor([PERIODS[pair * len(PERIODS) // pairs] for pair in range(pairs)])
    return torch.stack([by_word, 2 * math.pi / periods])


def _rotated(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = heads.float().chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1).to(heads.dtype)


def _attended(queries: Tensor, keys: Tensor, values: Tensor, cache: Cache | None, layer: int) -> Tensor:
    """Attend to the words before and to oneself."""
    if cache is None:
        return functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    words = queries.shape[2]
    scale = queries.shape[-1] ** -0.5
    before = queries @ cache.keys[layer].transpose(-1, -2) * scale + cache.mask[:, None, None]
    later = torch.ones(words, words, dtype=torch.bool, device=queries.device).triu(1)
    among = (queries @ keys.transpose(-1, -2) * scale).masked_fill(later, -1e9)
    shares = torch.cat([before, among], dim=-1).softmax(dim=-1)
    places = cache.mask.shape[-1]
    return shares[..., :places] @ cache.values[layer] + shares[..., places:] @ values


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
    if isinstance(module, nn.Embedding) and module.padding_idx is not None:
        with torch.no_grad():
            module.weight[module.padding_idx].zero_()
