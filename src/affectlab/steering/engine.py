"""Attention of single heads under a rule, a block of queries at a time.

Memory grows with the length of the prompt, not with its square.
"""

from __future__ import annotations

import torch
from torch import Tensor

from affectlab.models.hf.attention import AttentionCall, LastRow, masked
from affectlab.steering.rules import Rule

_BLOCK = {"cpu": 1 << 19}
_LARGE_BLOCK = 1 << 24
"""Attention probabilities held at a time: on a CPU what its caches hold, elsewhere enough to fill it."""


def weighed_attention(
    call: AttentionCall,
    rule: Rule,
    kinds: Tensor,
    *,
    rows: Tensor,
    heads: Tensor,
    strength: Tensor,
    first: int = 0,
) -> tuple[Tensor, LastRow]:
    """Compute attention of some heads under `rule`.

    Parameters
    ----------
    call
        The layer's attention.
    kinds
        Shape (rows, keys, 4); see `Rule.weigh`.
    rows, heads
        Shapes (rows,) and (heads,): which of the batch and which of the layer.
    strength
        Shape (rows,); see `Rule.weigh`.
    first
        Queries before this one are left out.

    Returns
    -------
    Tensor
        Shape (rows, queries - first, heads, width), in the number format of the values.
    LastRow
        Where the last query looks.
    """
    groups = heads // (call.query.shape[1] // call.key.shape[1])
    query = call.query[rows[:, None], heads]
    key = call.key[rows[:, None], groups].transpose(-1, -2)
    value = call.value[rows[:, None], groups]
    queries, keys = query.shape[2], key.shape[-1]
    block = _BLOCK.get(query.device.type, _LARGE_BLOCK)
    step = max(1, block // (rows.numel() * heads.numel() * keys))
    output = value.new_empty(rows.numel(), queries - first, heads.numel(), value.shape[-1])
    probabilities = value.new_empty(0)
    for start in range(first, queries, step):
        end = min(start + step, queries)
        seen = keys if call.mask is not None else keys - queries + end
        logits = (query[:, :, start:end] @ key[..., :seen]).float() * call.scaling
        logits = masked(logits, _visible(call, rows, heads, start, end, seen))
        probabilities = rule.weigh(logits, kinds[:, :seen], strength)
        output[:, start - first : end - first] = (
            probabilities.to(value.dtype) @ value[:, :, :seen]
        ).transpose(1, 2)
    return output, LastRow(rows, heads, probabilities[:, :, -1])


def next_attention(
    call: AttentionCall, rule: Rule, kinds: Tensor, *, heads: Tensor, strength: Tensor
) -> tuple[Tensor, LastRow]:
    """Compute attention of some heads under `rule` for one new token after each prompt of the batch.

    Reads keys and values where they lie: gathering those of the heads would copy a part of the whole cache
    for every token.

    Parameters
    ----------
    call
        The layer's attention, of a single query.
    kinds
        Shape (batch, keys, 4); see `Rule.weigh`.
    heads
        Shape (heads,): which of the layer.
    strength
        Shape (batch,); see `Rule.weigh`.

    Returns
    -------
    Tensor
        Shape (batch, 1, heads, width), in the number format of the values.
    LastRow
        Where the query looks.
    """
    batch, everyone, _, width = call.query.shape
    groups, keys = call.key.shape[1], call.key.shape[2]
    together = call.query.reshape(batch, groups, everyone // groups, width)
    logits = (together @ call.key.transpose(-1, -2)).reshape(batch, everyone, 1, keys)
    logits = logits.index_select(1, heads).float() * call.scaling
    visible = call.visible(0, 1)
    if visible is not None and visible.shape[1] > 1:
        visible = visible[:, heads]
    probabilities = rule.weigh(masked(logits, visible), kinds, strength)
    apart = call.value.new_zeros(batch, everyone, keys)
    apart.index_copy_(1, heads, probabilities[:, :, 0].to(apart.dtype))
    output = apart.reshape(batch, groups, everyone // groups, keys) @ call.value
    output = output.reshape(batch, everyone, 1, -1).index_select(1, heads).transpose(1, 2)
    return output, LastRow(torch.arange(batch, device=heads.device), heads, probabilities[:, :, 0])


def _visible(
    call: AttentionCall, rows: Tensor, heads: Tensor, start: int, end: int, seen: int
) -> Tensor | None:
    visible = call.visible(start, end)
    if visible is None:
        return None
    if visible.shape[0] > 1:
        visible = visible[rows]
    if visible.shape[1] > 1:
        visible = visible[:, heads]
    return visible[..., :seen]
