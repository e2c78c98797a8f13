"""Exact log-likelihoods of labels, each prompt read once."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel

from affectlab.models.hf.encoding import LabelTokens
from affectlab.models.hf.forward import Prefix, bytes_per_row, continue_from, read, read_shared, read_with
from affectlab.models.hf.memory import free_memory, is_memory_error
from affectlab.models.hf.sharing import Shared

_LOG = logging.getLogger(__name__)
_COPIES_BYTES = 2 << 30
"""Copied keys and values kept at a time; more would buy no speed."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """Tokens that follow the prompt of one row, read together."""

    row: int
    tokens: LabelTokens


def label_log_likelihoods(
    model: PreTrainedModel,
    inputs: dict[str, Any],
    labels: Sequence[Sequence[LabelTokens]],
    shared: Shared | None = None,
) -> NDArray[np.float64]:
    """Return the log-likelihood of every label after every prompt.

    Parameters
    ----------
    inputs
        Left-padded prompts on the model's device.
    labels
        Tokens of each label, row by row; rows have equally many labels.
    shared
        What the prompts have in common, where they are `laid_out` for it.

    Returns
    -------
    array of float
        Shape (rows, labels).
    """
    prefix = read(model, inputs) if shared is None else read_shared(model, inputs, shared)
    if prefix.cache is None and any(len(label) > 1 for row in labels for label in row):
        _LOG.info(
            "%s keeps states that cannot be copied; prompts are read once per label", type(model).__name__
        )
        return _without_cache(model, inputs, labels)
    first = torch.log_softmax(prefix.logits, dim=-1)
    later = _later_tokens(model, prefix, labels)
    return np.array(
        [
            [
                _sum(float(first[row, label[0]]) if label else 0.0, later.get((row, label), ()))
                for label in labels[row]
            ]
            for row in range(len(labels))
        ]
    )


def _later_tokens(
    model: PreTrainedModel, prefix: Prefix, labels: Sequence[Sequence[LabelTokens]]
) -> dict[tuple[int, LabelTokens], list[float]]:
    """Return the log-probability of each token after the first, by row and label."""
    found: dict[tuple[int, LabelTokens], list[float]] = {}
    branches = [branch for row, of_row in enumerate(labels) for branch in _branches(row, of_row)]
    for branch, log_probabilities in _continued(model, prefix, branches):
        for label in labels[branch.row]:
            if len(label) > 1 and branch.tokens[: len(label) - 1] == label[:-1]:
                rows = range(len(label) - 1)
                found[branch.row, label] = log_probabilities[rows, label[1:]].tolist()
    return found


def _branches(row: int, labels: Sequence[LabelTokens]) -> list[_Branch]:
    """Return what must be read after a prompt: no branch is the beginning of another.

    The last token of a label is never read, only predicted; "weakly negative" and "weakly positive" share
    the reading of "weakly".
    """
    needed = {label[:-1] for label in labels if len(label) > 1}
    return [
        _Branch(row, tokens)
        for tokens in sorted(needed)
        if not any(other != tokens and other[: len(tokens)] == tokens for other in needed)
    ]


def _continued(
    model: PreTrainedModel, prefix: Prefix, branches: Sequence[_Branch]
) -> Iterator[tuple[_Branch, Tensor]]:
    """Read branches in as large batches as memory allows; yield each with (tokens, vocabulary) values."""
    if not branches or prefix.cache is None:
        return
    size = max(1, _COPIES_BYTES // max(1, bytes_per_row(prefix.cache)))
    start = 0
    while start < len(branches):
        chunk = branches[start : start + size]
        try:
            values = _read_chunk(model, prefix, chunk)
        except (MemoryError, RuntimeError) as error:
            if not is_memory_error(error) or len(chunk) == 1:
                raise
            size = len(chunk) // 2
            free_memory()
            continue
        yield from zip(chunk, values, strict=True)
        start += len(chunk)


def _read_chunk(model: PreTrainedModel, prefix: Prefix, chunk: Sequence[_Branch]) -> Tensor:
    longest = max(len(branch.tokens) for branch in chunk)
    padded = [[*branch.tokens, *[branch.tokens[-1]] * (longest - len(branch.tokens))] for branch in chunk]
    device = prefix.mask.device
    rows = torch.tensor([branch.row for branch in chunk])
    logits = continue_from(model, prefix, rows, torch.tensor(padded, device=device))
    return torch.log_softmax(logits, dim=-1)


def _without_cache(
    model: PreTrainedModel, inputs: dict[str, Any], labels: Sequence[Sequence[LabelTokens]]
) -> NDArray[np.float64]:
    found = np.zeros((len(labels), len(labels[0])))
    for tokens in sorted({label for row in labels for label in row if label}):
        values = torch.log_softmax(read_with(model, inputs, tokens), dim=-1)
        sums = values[:, range(len(tokens)), tokens].double().sum(dim=1).cpu().numpy()
        for row, of_row in enumerate(labels):
            for place, label in enumerate(of_row):
                if label == tokens:
                    found[row, place] = sums[row]
    return found


def _sum(first: float, later: Sequence[float]) -> float:
    return float(np.sum([first, *later], dtype=np.float64))
