"""Reading a prompt once and continuing it many times."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.cache_utils import Cache, DynamicLayer, DynamicSlidingWindowLayer

from affectlab.models.hf.attention import continuing
from affectlab.models.hf.sharing import Shared

_TOKEN_TYPES = ("token_type_ids", "mm_token_type_ids")


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """Prompts that have been read.

    Parameters
    ----------
    logits
        Shape (rows, vocabulary), float32: what may come next.
    cache
        Keys and values of every layer; None where the model keeps something that cannot be copied by row.
    next_position
        Position of the next token: shape (rows,), or (axes, rows) for rotary positions with several axes;
        None where the model counts by itself.
    mask
        Shape (rows, tokens): 1 for tokens, 0 for padding.
    """

    logits: Tensor
    cache: Cache | None
    next_position: Tensor | None
    mask: Tensor


def to_model(model: PreTrainedModel, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Move tensors to the model's device, and pictures and sound to its number format."""

    def move(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        # Floats of one axis are times in seconds, which half precision would shift.
        features = value.is_floating_point() and value.ndim > 1
        return value.to(model.device, model.dtype if features else None)

    return {name: move(value) for name, value in inputs.items()}


def read(model: PreTrainedModel, inputs: Mapping[str, Any]) -> Prefix:
    """Read left-padded prompts, keeping only the logits of their last token."""
    positions = _positions(model, inputs)
    with last_token_only(model):
        output = model(**_first_step(model, inputs, positions, use_cache=True))
    cache = output.get("past_key_values")
    return Prefix(
        output.logits[:, -1].float(),
        cache if _copies_by_row(cache) else None,
        _next(positions),
        inputs["attention_mask"],
    )


def read_shared(model: PreTrainedModel, inputs: Mapping[str, Any], shared: Shared) -> Prefix:
    """Read prompts that are `laid_out`, each beginning once; see `shares` for models that can."""
    heads = read(model, {name: value[shared.firsts, : shared.length] for name, value in inputs.items()})
    positions = _positions(model, inputs)
    if heads.cache is None or positions is None:
        raise ValueError("the model keeps no keys and values by position; read its prompts one by one")
    with last_token_only(model), continuing(shared.rows):
        output = model(
            input_ids=inputs["input_ids"][:, shared.length :],
            attention_mask=inputs["attention_mask"],
            position_ids=positions[:, shared.length :],
            past_key_values=_rows_of(heads.cache, shared.rows),
            use_cache=True,
        )
    return Prefix(
        output.logits[:, -1].float(), output.past_key_values, _next(positions), inputs["attention_mask"]
    )


def shares(model: PreTrainedModel) -> bool:
    """Whether padding may stand inside a prompt: every layer keeps all keys and values, by given positions.

    A window counts padding as tokens, and a recurrent state takes it in. What a model keeps is seen from
    reading two tokens.
    """
    trial = torch.ones((1, 2), dtype=torch.long, device=model.device)
    found = read(model, {"input_ids": trial, "attention_mask": trial})
    return (
        found.cache is not None
        and all(type(layer) is DynamicLayer for layer in found.cache.layers)
        and found.next_position is not None
        and found.next_position.ndim == 1
    )


def continue_from(model: PreTrainedModel, prefix: Prefix, rows: Tensor, tokens: Tensor) -> Tensor:
    """Return the logits after each of `tokens`, which follow the prompts of `rows`.

    Parameters
    ----------
    rows
        Shape (n,), on the CPU, since layers may lie on different devices: a row of the prefix for each
        continuation; rows may repeat.
    tokens
        Shape (n, length), padded on the right: what stands to the right of a token does not reach it.

    Returns
    -------
    Tensor
        Shape (n, length, vocabulary), float32.
    """
    if prefix.cache is None:
        raise ValueError("the prefix has no cache to continue from")
    mask = prefix.mask[rows]
    arguments: dict[str, Any] = {}
    if prefix.next_position is not None:
        steps = torch.arange(tokens.shape[1], device=tokens.device)
        arguments["position_ids"] = prefix.next_position[..., rows, None] + steps
    with continuing(rows):
        output = model(
            input_ids=tokens,
            attention_mask=torch.cat([mask, torch.ones_like(tokens, dtype=mask.dtype)], dim=1),
            past_key_values=_rows_of(prefix.cache, rows),
            use_cache=True,
            **arguments,
        )
    return torch.as_tensor(output.logits).float()


def read_with(model: PreTrainedModel, inputs: Mapping[str, Any], tokens: Sequence[int]) -> Tensor:
    """Read each prompt followed by the same `tokens`, without a cache.

    Returns
    -------
    Tensor
        Shape (rows, len(tokens) + 1, vocabulary), float32: logits from the prompt's last token on.
    """
    longer = dict(inputs)
    rows = longer["input_ids"].shape[0]
    tail = torch.tensor([tokens], device=longer["input_ids"].device).expand(rows, -1)
    longer["input_ids"] = torch.cat([longer["input_ids"], tail], dim=1)
    longer["attention_mask"] = torch.cat([longer["attention_mask"], torch.ones_like(tail)], dim=1)
    for name in _TOKEN_TYPES:
        if name in longer:
            longer[name] = torch.cat([longer[name], torch.zeros_like(tail)], dim=1)
    prepared = _first_step(model, longer, _positions(model, longer), use_cache=False)
    with last_token_only(model, len(tokens) + 1):
        return torch.as_tensor(model(**prepared).logits[:, -len(tokens) - 1 :]).float()


@contextmanager
def last_token_only(model: PreTrainedModel, keep: int = 1) -> Iterator[None]:
    """Compute logits of the last `keep` tokens alone.

    A vocabulary of 150,000 makes the logits of a whole prompt larger than the model's other activations, and
    not every model can leave them out by itself.
    """
    head = model.get_output_embeddings()
    if not isinstance(head, nn.Module):
        yield
        return
    hook = head.register_forward_pre_hook(lambda _, given: (given[0][:, -keep:], *given[1:]))
    try:
        yield
    finally:
        hook.remove()


def _first_step(
    model: PreTrainedModel, inputs: Mapping[str, Any], positions: Tensor | None, *, use_cache: bool
) -> dict[str, Any]:
    """Return the arguments of the forward pass that ``generate`` would begin with."""
    given = {name: value for name, value in inputs.items() if name != "input_ids"}
    if positions is not None:
        given["position_ids"] = positions
    prepared: dict[str, Any] = model.prepare_inputs_for_generation(
        inputs["input_ids"], use_cache=use_cache, is_first_iteration=True, **given
    )
    # Some models put in how many logits they want to keep; `last_token_only` decides that.
    prepared.pop("logits_to_keep", None)
    return prepared


def _positions(model: PreTrainedModel, inputs: Mapping[str, Any]) -> Tensor | None:
    """Return positions as ``generate`` would have them: padding not counted, media on their own axes."""
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return None
    rest = {name: value for name, value in inputs.items() if name != "input_ids"}
    return torch.as_tensor(model._prepare_position_ids_for_generation(inputs["input_ids"], rest))


def _next(positions: Tensor | None) -> Tensor | None:
    """Return the position after the prompt: on all axes of media one more than the largest so far."""
    if positions is None:
        return None
    if positions.ndim == 2:
        return positions[:, -1] + 1
    media = positions[-3:].amax(dim=(0, 2)).expand(3, -1) + 1
    words = positions[:-3, :, -1] + 1
    return torch.cat([words, media])


def _copies_by_row(cache: Any) -> bool:
    """Whether the cache is made of plain keys and values, not of recurrent states."""
    plain = (DynamicLayer, DynamicSlidingWindowLayer)
    return (
        isinstance(cache, Cache)
        and bool(cache.layers)
        and all(type(layer) in plain for layer in cache.layers)
    )


def _rows_of(cache: Cache, rows: Tensor) -> Cache:
    """Copy the chosen rows, leaving `cache` as it is: layers replace their tensors, never write into them."""
    chosen = copy.copy(cache)
    chosen.layers = [copy.copy(layer) for layer in cache.layers]
    chosen.batch_select_indices(rows)
    return chosen


def bytes_per_row(cache: Cache) -> int:
    """Return the size of one row of keys and values."""
    tensors = [tensor for layer in cache.layers for tensor in (layer.keys, layer.values)]
    return sum(tensor.nbytes // max(1, tensor.shape[0]) for tensor in tensors if tensor is not None)
