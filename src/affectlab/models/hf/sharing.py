"""Beginnings that prompts of a batch have in common, so that each is read once.

Prompts about the same words begin alike: with the words first, what differs comes last. A batch whose prompts
share enough is laid out anew, every row with its beginning, padding, and the rest::

    . . a b c d e        a b c . . d e
    a b c f g h i   →    a b c f g h i

The first columns then hold few different rows, and only those are read; their keys and values are handed to
every row that begins so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.models.hf.batch import Batch

_WORDS_ALONE = {"input_ids", "attention_mask"}
_WORTH = 0.8
"""Largest share of a batch's tokens left to read that is worth a forward pass more."""


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What the prompts of a batch have in common.

    Parameters
    ----------
    length
        Tokens of each beginning, fewer than the shortest prompt has.
    firsts
        Shape (beginnings,): a row of the batch that begins so.
    rows
        Shape (rows,), on the CPU: which beginning each row has.
    """

    length: int
    firsts: Tensor
    rows: Tensor


def shared_beginnings(batch: Batch) -> Shared | None:
    """Find what the rows of a left-padded batch share; None where reading it once saves too little.

    Requests that hold media share nothing: what stands for a picture is more than its tokens.
    """
    if set(batch.inputs) != _WORDS_ALONE or len(batch.requests) < 2:
        return None
    ids, mask = batch.inputs["input_ids"].numpy(), batch.inputs["attention_mask"].numpy().astype(bool)
    prompts = [tuple(row[seen].tolist()) for row, seen in zip(ids, mask, strict=True)]
    length, cost = _cheapest(prompts)
    if cost > _WORTH * ids.size:
        return None
    heads = [prompt[:length] for prompt in prompts]
    distinct = list(dict.fromkeys(heads))
    return Shared(
        length,
        torch.tensor([heads.index(head) for head in distinct]),
        torch.tensor([distinct.index(head) for head in heads]),
    )


def laid_out(batch: Batch, shared: Shared) -> Batch:
    """Move the padding of each row from before its beginning to after it; see the module."""
    inputs: dict[str, Any] = {}
    order = _columns(batch.inputs["attention_mask"].numpy(), shared.length)
    for name, tensor in batch.inputs.items():
        inputs[name] = torch.gather(tensor, 1, torch.from_numpy(order))
    return replace(batch, inputs=inputs, codes=np.take_along_axis(batch.codes, order, axis=1))


def _columns(mask: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return the column from which each place of the new layout is taken: shape (rows, tokens)."""
    width = mask.shape[1]
    padding = width - mask.sum(axis=1)
    return np.array(
        [[*range(pad, pad + length), *range(pad), *range(pad + length, width)] for pad in padding],
        dtype=np.int64,
    )


def _cheapest(prompts: Sequence[tuple[int, ...]]) -> tuple[int, int]:
    """Return the length of beginnings that leaves fewest tokens to read, padding included, and their number.

    In order, prompts that begin alike stand together: beginnings of some length are as many as there are
    neighbours that share less, and one more.
    """
    most = min(map(len, prompts)) - 1
    joints = [min(most, _alike(one, other)) for one, other in pairwise(sorted(prompts))]
    width = max(map(len, prompts))
    costs = {
        length: (1 + sum(joint < length for joint in joints)) * length + len(prompts) * (width - length)
        for length in joints
    }
    length = min(costs, key=lambda length: (costs[length], length))
    return length, costs[length]


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
