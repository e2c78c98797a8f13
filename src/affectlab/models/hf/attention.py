"""Attention that can be looked at, and later steered, without materialising it.

A function registered with transformers computes attention as its stock implementation does. While a plan is
in force (a context variable: ``generate`` refuses unknown keyword arguments) each call is handed to the plan
first, which may look at queries and keys, and decides the output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

IMPLEMENTATION = "affectlab"
_STOCK = "sdpa"


@dataclass(frozen=True, slots=True, eq=False)
class AttentionCall:
    """One layer's attention, before it is computed.

    Parameters
    ----------
    module
        The attention module; `layer` is its place in the language model.
    query
        Shape (batch, heads, queries, width), positions already applied.
    key, value
        Shape (batch, key-value heads, keys, width).
    mask
        Shape (batch, 1 or heads, queries, keys): True, or 0 added, where a query may look; None where the
        causal rule alone decides.
    scaling
        Factor on the products of queries and keys.
    stock
        Computes the layer's output as without a plan, shape (batch, queries, heads, width).
    """

    module: nn.Module
    query: Tensor
    key: Tensor
    value: Tensor
    mask: Tensor | None
    scaling: float
    stock: Callable[[], Tensor]

    @property
    def layer(self) -> int:
        return int(getattr(self.module, "layer_idx", 0))

    @property
    def prefill(self) -> bool:
        """Whether the whole prompt is being read, as against a continuation from a cache."""
        return bool(self.query.shape[2] == self.key.shape[2])


class AttentionPlan(Protocol):
    """What is done at each attention of the language model while the plan is in force."""

    def attend(self, call: AttentionCall) -> Tensor:
        """Return the output of the layer's attention, usually ``call.stock()``."""
        ...


_PLAN: ContextVar[AttentionPlan | None] = ContextVar("affectlab_attention_plan", default=None)


@contextmanager
def attention_plan(plan: AttentionPlan | None) -> Iterator[None]:
    """Put `plan` in force for the forward passes of this thread inside the block."""
    token = _PLAN.set(plan)
    try:
        yield
    finally:
        _PLAN.reset(token)


def install(model: PreTrainedModel) -> bool:
    """Let plans reach the attention of the language model; its encoders keep theirs.

    Returns
    -------
    bool
        False where the model computes attention in its own way (soft caps, sinks, state spaces).
    """
    text = model.config.get_text_config()
    if text._attn_implementation != _STOCK:
        return False
    AttentionInterface.register(IMPLEMENTATION, _attention)
    # Without a mask function of the same name transformers passes no mask, and padding is attended to.
    AttentionMaskInterface.register(IMPLEMENTATION, sdpa_mask)
    name = next((key for key in model.config.sub_configs if getattr(model.config, key, None) is text), "")
    model.set_attn_implementation({name: IMPLEMENTATION})
    return bool(text._attn_implementation == IMPLEMENTATION)


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **settings: Any,
) -> tuple[Tensor, None]:
    def stock() -> Tensor:
        output, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **settings
        )
        return output

    plan = _PLAN.get()
    if plan is None:
        return stock(), None
    factor = query.shape[-1] ** -0.5 if scaling is None else scaling
    return plan.attend(AttentionCall(module, query, key, value, attention_mask, factor, stock)), None


def last_row(call: AttentionCall) -> Tensor:
    """Return the attention probabilities of the last query: shape (batch, heads, keys), float32."""
    batch, heads, _, width = call.query.shape
    groups = call.key.shape[1]
    query = call.query[:, :, -1].reshape(batch, groups, heads // groups, width)
    logits = (query @ call.key.transpose(-1, -2)).reshape(batch, heads, -1).float() * call.scaling
    if call.mask is not None:
        logits = _masked(logits, call.mask[:, :, -1, : logits.shape[-1]])
    return torch.softmax(logits, dim=-1)


def _masked(logits: Tensor, mask: Tensor) -> Tensor:
    if mask.dtype == torch.bool:
        return logits.masked_fill(~mask, torch.finfo(logits.dtype).min)
    return logits + mask
