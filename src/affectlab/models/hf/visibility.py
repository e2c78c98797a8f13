"""Where a query may look, whichever way the attention back end writes it down."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask

Mask: TypeAlias = Tensor | BlockMask | None
"""A tensor of (batch, heads or 1, queries, keys), boolean or added to the logits; a rule evaluated place by
place; or None: the causal rule alone."""


def visible(mask: Mask, query: Tensor, key: Tensor, start: int, end: int) -> Tensor | None:
    """Return where the queries from `start` to before `end` may look.

    Parameters
    ----------
    mask
        As the back end was given it.
    query, key
        Shapes (batch, heads, queries, width) and (batch, key-value heads, keys, width).

    Returns
    -------
    Tensor or None
        Shape (batch or 1, heads or 1, end - start, keys), boolean or added to the logits; None where
        everything may be seen.
    """
    batch, heads, queries, _ = query.shape
    keys = key.shape[2]
    if isinstance(mask, Tensor):
        return mask[:, :, start:end, :keys]
    rows = torch.arange(start, end, device=query.device)
    columns = torch.arange(keys, device=query.device)
    if mask is None:
        return None if queries == 1 else columns <= rows[None, None, :, None] + keys - queries
    places = torch.broadcast_tensors(
        torch.arange(batch, device=query.device)[:, None, None, None],
        torch.arange(heads, device=query.device)[:, None, None],
        rows[:, None],
        columns,
    )
    return torch.as_tensor(mask.mask_mod(*places))
