"""The first stage: each encoder learns its own modality, then is frozen, as encoders of omni models are.

The embeddings of words get the same start, and go on learning with the language model.

How long the vision encoder learns decides how strong the evidence of a picture is; it is given less than the
audio encoder, so that a face is readable but less sure than a voice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from features import Features
from network import encode
from numpy.typing import NDArray
from prompts import AUDIO_TOKENS, FRAMES, GRID, LABELS
from torch import Tensor, nn
from torch.nn import functional
from transformers import Qwen2_5OmniThinkerForConditionalGeneration

Stepped = Callable[[float], None]


def learn(
    model: Qwen2_5OmniThinkerForConditionalGeneration, modality: str, features: Features,
    classes: NDArray[np.intp], *, steps: int, batch: int, rate: float, seed: int, stepped: Stepped,
) -> None:  # fmt: skip
    """Train one encoder to tell the class from the mean of its tokens, through a readout that is thrown away.

    Parameters
    ----------
    modality
        "A" (a whole sound an item) or "V" (one picture of a clip an item).
    features, classes
        Of the training clips; class as an index.
    steps, batch, rate, seed
        Of the optimiser.
    stepped
        Called with the loss after each step.
    """
    encoder = model.model.audio_tower if modality == "A" else model.model.visual
    readout = nn.Linear(model.config.text_config.hidden_size, len(LABELS))
    parameters = [*encoder.parameters(), *readout.parameters()]
    optimiser = torch.optim.AdamW(parameters, rate, weight_decay=0.05)
    rng = np.random.default_rng([seed, "AV".index(modality)])
    for step in range(steps):
        set_rate(optimiser, rate * schedule(step, steps))
        chosen = rng.integers(0, len(classes), batch)
        found = readout(_tokens(model, modality, features, chosen, rng).mean(1))
        loss = functional.cross_entropy(found, torch.from_numpy(classes[chosen]))
        descend(loss, parameters, optimiser)
        stepped(loss.item())


def learn_words(
    model: Qwen2_5OmniThinkerForConditionalGeneration, sentences: Sequence[Sequence[int]],
    classes: NDArray[np.intp], *, steps: int, batch: int, rate: float, seed: int, stepped: Stepped,
) -> None:  # fmt: skip
    """Train the embeddings of tokens to tell the class from their mean, as words a language model knows do.

    Parameters
    ----------
    sentences, classes
        Token ids of each sentence, and its class as an index.
    steps, batch, rate, seed
        Of the optimiser.
    stepped
        Called with the loss after each step.
    """
    table = model.get_input_embeddings().weight
    readout = nn.Linear(table.shape[1], len(LABELS))
    parameters = [table, *readout.parameters()]
    optimiser = torch.optim.AdamW(parameters, rate, weight_decay=0)
    rng = np.random.default_rng([seed, 2])
    for step in range(steps):
        set_rate(optimiser, rate * schedule(step, steps))
        chosen = rng.integers(0, len(sentences), batch)
        flat = torch.tensor([token for one in chosen for token in sentences[one]])
        starts = torch.tensor(np.cumsum([0, *(len(sentences[one]) for one in chosen[:-1])]))
        found = readout(functional.embedding_bag(flat, table, starts, mode="mean"))
        loss = functional.cross_entropy(found, torch.from_numpy(classes[chosen]))
        descend(loss, parameters, optimiser)
        stepped(loss.item())


def embed(model: Qwen2_5OmniThinkerForConditionalGeneration, features: Features) -> tuple[Tensor, Tensor]:
    """Return what the encoders make of all clips: (n, audio tokens, width) and (n, picture tokens, width)."""
    sounds, pictures = [], []
    with torch.no_grad():
        for start in range(0, len(features.mel), 64):
            part = slice(start, start + 64)
            sound, seen = encode(model, _single(features.mel[part]), _single(features.patches[part]))
            sounds.append(sound.unflatten(0, (-1, AUDIO_TOKENS)))
            pictures.append(seen.unflatten(0, (-1, FRAMES * GRID**2)))
    return torch.cat(sounds), torch.cat(pictures)


def schedule(step: int, steps: int, warmup: int = 50) -> float:
    """Return the share of the full learning rate: up in a line, then down along a cosine to a twentieth."""
    return min(1.0, (step + 1) / warmup) * (0.05 + 0.475 * (1 + math.cos(math.pi * step / steps)))


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every parameter."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def descend(loss: Tensor, parameters: list[nn.Parameter], optimiser: torch.optim.Optimizer) -> None:
    """Take one step, with the gradient's norm held to 1."""
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimiser.step()


def _tokens(
    model: Qwen2_5OmniThinkerForConditionalGeneration, modality: str, features: Features,
    chosen: NDArray[np.intp], rng: np.random.Generator,
) -> Tensor:  # fmt: skip
    if modality == "A":
        sound, _ = encode(model, _single(features.mel[chosen]), None)
        return sound.unflatten(0, (len(chosen), -1))
    one_each = features.patches[chosen, rng.integers(0, FRAMES, len(chosen))][:, None]
    _, seen = encode(model, None, _single(one_each))
    return seen.unflatten(0, (len(chosen), -1))


def _single(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))
