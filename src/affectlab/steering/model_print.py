"""Whether a model is the one a plan was fitted on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel

from affectlab.errors import SteeringError
from affectlab.steering.plan import ModelPrint

_SAMPLES = 4096
"""Numbers taken of the input embedding, and of the layers' norms together."""

_DIGITS = 16


def print_of(weights: PreTrainedModel, name: str) -> ModelPrint:
    """Return what tells the model from others.

    The hash is of numbers rounded to bfloat16, so that a checkpoint has the same one whether it is loaded in
    float32 or bfloat16, or quantised, which leaves embedding and norms alone. In float16 too if the
    checkpoint holds bfloat16; a checkpoint of float32 is rounded twice then, and counts as another model.
    Adapters that leave embedding and norms alone are not seen.

    Parameters
    ----------
    weights
        The transformers model.
    name
        As it was loaded.

    Raises
    ------
    SteeringError
        If the weights lie on no device.
    """
    text: Any = weights.config.get_text_config()
    heads = int(text.num_attention_heads)
    return ModelPrint(
        name=name,
        architecture=type(weights).__name__,
        layers=int(text.num_hidden_layers),
        heads=heads,
        groups=int(getattr(text, "num_key_value_heads", None) or heads),
        width=int(getattr(text, "head_dim", None) or text.hidden_size // heads),
        weights=_hash(weights, int(text.num_hidden_layers)),
    )


def check_print(
    expected: ModelPrint, weights: PreTrainedModel, *, name: str | None = None, plan: str = "the plan"
) -> None:
    """Check that a plan belongs to this model.

    Parameters
    ----------
    expected
        Of the model the plan was fitted on.
    weights
        The model to be steered.
    name, plan
        What model and plan are called in the error.

    Raises
    ------
    SteeringError
        If it was fitted on another.
    """
    found = print_of(weights, name or weights.config.name_or_path or type(weights).__name__)
    again = f"fit one for this model: affectlab steer fit --model {found.name}"
    shape = {"architecture", "layers", "heads", "groups", "width"}
    if expected.model_dump(include=shape) != found.model_dump(include=shape):
        raise SteeringError(f"{plan} was fitted on {_described(expected, found)}; {again}")
    if expected.weights != found.weights:
        raise SteeringError(
            f"{plan} was fitted on {expected.name} with weights {expected.weights}; {found.name} has the "
            f"same shape but other weights ({found.weights}); {again}"
        )


def _described(expected: ModelPrint, found: ModelPrint) -> str:
    """Name both models by what differs, or by layers and heads."""
    coarse = ("layers", "heads")
    if any(getattr(expected, one) != getattr(found, one) for one in coarse):
        return " not on ".join(
            f"{one.name} ({one.layers} layers, {one.heads} heads){mark}"
            for one, mark in ((expected, ","), (found, ""))
        )
    return " not on ".join(
        f"{one.name} ({one.architecture}, {one.groups} key-value heads, width {one.width}){mark}"
        for one, mark in ((expected, ","), (found, ""))
    )


def _hash(weights: PreTrainedModel, layers: int) -> str:
    digest = hashlib.sha256()
    digest.update(_sampled(weights.get_input_embeddings().weight, _SAMPLES))
    for norm in _first_norms(weights, layers):
        digest.update(_sampled(norm, max(1, _SAMPLES // layers)))
    return digest.hexdigest()[:_DIGITS]


def _first_norms(weights: PreTrainedModel, layers: int) -> Iterator[Tensor]:
    """Yield the weight of each layer's first normalisation."""
    for layer in _layers(weights, layers):
        norms = (one for one in layer.children() if "norm" in type(one).__name__.lower())
        found = [one.weight for one in norms if isinstance(getattr(one, "weight", None), Tensor)]
        yield from found[:1]


def _layers(weights: PreTrainedModel, count: int) -> nn.ModuleList:
    """Return the layers of the language model, none where it keeps them in a way of its own."""
    decoder = weights.get_decoder()
    lists = (one for one in decoder.modules() if isinstance(one, nn.ModuleList) and len(one) == count)
    return next(lists, nn.ModuleList())


def _sampled(tensor: Tensor, count: int) -> bytes:
    """Return up to `count` evenly spaced numbers as bfloat16; as 0 what is too small for float16."""
    if tensor.is_meta:
        raise SteeringError(
            "the model's weights are offloaded from memory, so it cannot be told which model it is; "
            "load it on one device: --device cuda:0 or --device cpu"
        )
    flat = tensor.detach().flatten()
    chosen = torch.linspace(0, flat.numel() - 1, min(count, flat.numel()), dtype=torch.float64).long()
    numbers = flat[chosen.to(flat.device)].cpu().float()
    numbers = torch.where(numbers.abs() < torch.finfo(torch.float16).tiny, torch.zeros(()), numbers)
    rounded: NDArray[np.int16] = numbers.to(torch.bfloat16).view(torch.int16).numpy()
    return rounded.astype("<i2").tobytes()
