"""Whether and why attention of a transformers model can be steered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transformers import PreTrainedModel

from affectlab.errors import SteeringError
from affectlab.models.hf.attention import BACK_ENDS, installed
from affectlab.models.hf.processing import nested_configs

_NOT_ATTENTION = ("linear", "mamba", "recurrent", "conv")
"""How `layer_types` begin to name layers that mix tokens without attention."""


def check_reachable(model: PreTrainedModel) -> None:
    """Refuse a model whose attention cannot be steered.

    Raises
    ------
    SteeringError
        Saying what it has and what to load it with.
    """
    name, text = type(model).__name__, model.config.get_text_config()
    if model.config.is_encoder_decoder:
        raise SteeringError(f"{name} is an encoder and a decoder; expected a decoder that reads its media")
    if _compiled(model):
        raise SteeringError(f"{name} is compiled, and steering cannot reach into that; steer it uncompiled")
    if beside := _beside_logits(model, text):
        raise SteeringError(f"{name} has {beside} beside its attention logits, and cannot be steered")
    if not _switchable(model, text):
        raise SteeringError(f"{name} keeps its language model deep inside; steer {_part(model, text)}")
    if not installed(model) and text._attn_implementation not in BACK_ENDS:
        raise SteeringError(_other_back_end(model, text._attn_implementation))


def check_layers(model: PreTrainedModel, heads: Mapping[int, Sequence[int]]) -> None:
    """Refuse to steer heads that a model does not have.

    Raises
    ------
    SteeringError
        Naming the layer.
    """
    name, text = type(model).__name__, model.config.get_text_config()
    kinds = getattr(text, "layer_types", None)
    for layer, of_layer in sorted(heads.items()):
        if layer >= text.num_hidden_layers:
            raise SteeringError(
                f"the plan steers layer {layer}; {name} has layers 0 to {text.num_hidden_layers - 1}"
            )
        if kinds and kinds[layer].startswith(_NOT_ATTENTION):
            raise SteeringError(
                f"the plan steers layer {layer}; in {name} it is {kinds[layer]}, no attention to steer"
            )
        if max(of_layer) >= text.num_attention_heads:
            raise SteeringError(
                f"the plan steers head {max(of_layer)}; {name} has heads 0 to {text.num_attention_heads - 1}"
            )


def _beside_logits(model: PreTrainedModel, text: Any) -> str:
    """Name what changes attention beyond the products of queries and keys; empty where nothing does."""
    if (cap := getattr(text, "attn_logit_softcapping", None)) is not None:
        return f"soft caps (attn_logit_softcapping={cap})"
    sinks = any(getattr(part, "sinks", None) is not None for part in model.modules())
    return "attention sinks" if sinks else ""


def _compiled(model: PreTrainedModel) -> bool:
    # `model.compile()` sets the first, `model.forward = torch.compile(model.forward)` the second.
    return any(part._compiled_call_impl is not None for part in model.modules()) or hasattr(
        model.forward, "_torchdynamo_orig_callable"
    )


def _switchable(model: PreTrainedModel, text: Any) -> bool:
    parts = [getattr(model.config, name, None) for name in model.config.sub_configs]
    return text is model.config or any(part is text for part in parts)


def _part(model: PreTrainedModel, text: Any) -> str:
    names = (
        f"model.{name}"
        for name, part in model.named_children()
        if isinstance(part, PreTrainedModel) and any(one is text for one in nested_configs(part.config))
    )
    return next(names, "that part by itself")


def _other_back_end(model: PreTrainedModel, found: str | None) -> str:
    name = type(model).__name__
    supported = (model._supports_sdpa, model._supports_flex_attn)
    takes = [f'"{one}"' for one, has in zip(BACK_ENDS, supported, strict=True) if has]
    if not takes:
        return f"{name} computes attention in its own way ({found}), which cannot be steered"
    return (
        f"{name} attends through {found!r}, where steering cannot reach; load it with attn_implementation="
        + (" or ".join(takes))
    )
