"""Attention that can be looked at and steered without materialising it.

A function registered with transformers computes attention as its stock implementation does. While a plan is
in force (a context variable: ``generate`` refuses unknown keyword arguments) each call is handed to the plan
first, which may look at queries and keys, and decides the output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.flex_attention import flex_attention_forward
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import flex_attention_mask, sdpa_mask

from affectlab.models.hf.visibility import Mask, visible

_STOCK: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sdpa": (sdpa_attention_forward, sdpa_mask),
    "flex_attention": (flex_attention_forward, flex_attention_mask),
}
"""Back ends that plans can reach: how each computes attention and how it wants its masks."""

BACK_ENDS = tuple(_STOCK)
_PREFIX = "affectlab_"
_BESIDE_LOGITS = ("softcap", "s_aux", "position_bias")
"""What a layer may hand over that changes attention beyond queries, keys and mask."""


@dataclass(frozen=True, slots=True, eq=False)
class LastRow:
    """Attention of the last query that a plan has put in the place of the stock one.

    Parameters
    ----------
    rows
        Shape (rows,): which rows of the batch.
    heads
        Shape (heads,): which heads.
    probabilities
        Shape (rows, heads, keys), float32.
    """

    rows: Tensor
    heads: Tensor
    probabilities: Tensor


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
        As the back end wants it; `visible` reads it.
    scaling
        Factor on the products of queries and keys.
    stock
        Computes the layer's output as without a plan, shape (batch, queries, heads, width).
    rows
        Shape (batch,): for each row of the batch the prompt it continues; None where rows and prompts are
        the same.
    changes
        Where a plan says what it made of the last query's attention.
    """

    module: nn.Module
    query: Tensor
    key: Tensor
    value: Tensor
    mask: Mask
    scaling: float
    stock: Callable[[], Tensor]
    rows: Tensor | None = None
    changes: list[LastRow] = field(default_factory=list)

    @property
    def layer(self) -> int:
        return int(getattr(self.module, "layer_idx", 0))

    @property
    def prefill(self) -> bool:
        """Whether the whole prompt is being read, as against a continuation from a cache."""
        return bool(self.query.shape[2] == self.key.shape[2])

    def visible(self, start: int, end: int) -> Tensor | None:
        """Return where the queries from `start` to before `end` may look.

        Returns
        -------
        Tensor or None
            Shape (batch or 1, heads or 1, end - start, keys): True where allowed, or a number that is added
            to the logits; None where each may look at everything.
        """
        return visible(self.mask, self.query, self.key, start, end)


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


_ROWS: ContextVar[Tensor | None] = ContextVar("affectlab_attention_rows", default=None)


@contextmanager
def continuing(rows: Tensor) -> Iterator[None]:
    """Tell the plan in force which prompt each row of the batch continues."""
    token = _ROWS.set(rows)
    try:
        yield
    finally:
        _ROWS.reset(token)


def install(model: PreTrainedModel) -> bool:
    """Let plans reach the attention of the language model; its encoders keep theirs.

    Returns
    -------
    bool
        False where the model computes attention in its own way (soft caps, sinks, state spaces).
    """
    text = model.config.get_text_config()
    stock = text._attn_implementation
    if stock in _STOCK:
        _register(stock)
        _switch(model, _PREFIX + stock)
    return installed(model)


def uninstall(model: PreTrainedModel) -> None:
    """Give the language model its stock attention back."""
    if installed(model):
        _switch(model, model.config.get_text_config()._attn_implementation.removeprefix(_PREFIX))


def installed(model: PreTrainedModel) -> bool:
    """Whether plans reach the attention of the language model."""
    return bool(str(model.config.get_text_config()._attn_implementation).startswith(_PREFIX))


def _register(stock: str) -> None:
    forward, mask = _STOCK[stock]
    AttentionInterface.register(_PREFIX + stock, partial(_attention, forward))
    # Without a mask function of the same name transformers passes no mask, and padding is attended to.
    AttentionMaskInterface.register(_PREFIX + stock, mask)


def _switch(model: PreTrainedModel, implementation: str) -> None:
    text = model.config.get_text_config()
    name = next((key for key in model.config.sub_configs if getattr(model.config, key, None) is text), "")
    model.set_attn_implementation({name: implementation})


def _attention(
    forward: Callable[..., Any],
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Mask,
    scaling: float | None = None,
    **settings: Any,
) -> tuple[Tensor, None]:
    def stock() -> Tensor:
        output, _ = forward(module, query, key, value, attention_mask, scaling=scaling, **settings)
        return torch.as_tensor(output)

    plan = _PLAN.get()
    # A plan could not tell such attention from what it sees, so it is not asked.
    if plan is None or any(settings.get(name) is not None for name in _BESIDE_LOGITS):
        return stock(), None
    factor = query.shape[-1] ** -0.5 if scaling is None else scaling
    call = AttentionCall(module, query, key, value, attention_mask, factor, stock, _ROWS.get())
    return plan.attend(call), None


def last_row(call: AttentionCall) -> Tensor:
    """Return the attention probabilities of the last query: shape (batch, heads, keys), float32."""
    batch, heads, queries, width = call.query.shape
    groups = call.key.shape[1]
    query = call.query[:, :, -1].reshape(batch, groups, heads // groups, width)
    logits = (query @ call.key.transpose(-1, -2)).reshape(batch, heads, 1, -1).float() * call.scaling
    return torch.softmax(masked(logits, call.visible(queries - 1, queries)), dim=-1)[:, :, 0]


def masked(logits: Tensor, visible: Tensor | None) -> Tensor:
    """Take what cannot be seen out of `logits`; see `AttentionCall.visible`."""
    if visible is None:
        return logits
    if visible.dtype == torch.bool:
        return logits.masked_fill(~visible, torch.finfo(logits.dtype).min)
    return logits + visible
