"""What a layer knows of each modality before it is steered: the inputs of the probes that tell conflict.

arXiv 2605.01024 feeds its router with modality hidden states and attention preferences and says no more. Here
they are, of each modality, the mean value vector of its tokens, and how much of each head's attention the
last token of the prompt pays it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.errors import SteeringError
from affectlab.models import Failure, Request, Scores
from affectlab.models.hf.attention import AttentionCall, last_row
from affectlab.models.hf.batch import Batch
from affectlab.models.hf.model import HfModel
from affectlab.steering._asking import Progress, in_chunks, silent
from affectlab.steering.kinds import kinds_of


def layer_features(call: AttentionCall, kinds: Tensor) -> Tensor:
    """Return what a layer knows of each modality of whole prompts.

    Parameters
    ----------
    call
        Attention of the layer while whole prompts are read.
    kinds
        Shape (prompts, tokens, 4): one-hot over T, A, V and the rest.

    Returns
    -------
    Tensor
        Shape (prompts, 3 * groups * width + 3 * heads + 3), float32: the mean value vectors of T, A and V,
        each over all key-value heads; of each head the shares of its attention on T, A and V; whether T, A
        and V are there. All zero where a modality is not.
    """
    judged = kinds[..., :-1]
    tokens = judged.sum(dim=1)
    sums = judged.transpose(1, 2)[:, None] @ call.value.float()
    means = sums / tokens.clamp_min(1)[:, None, :, None]
    shares = last_row(call) @ judged
    return torch.cat([means.transpose(1, 2).flatten(1), shares.flatten(1), (tokens > 0).float()], dim=1)


class FeaturePlan:
    """Keeps the features of some layers while prompts are read; outputs stay what they are.

    Parameters
    ----------
    codes
        Shape (prompts, tokens): 0, 1, 2 for T, A, V, 3 for the rest, -1 for padding and all over rows whose
        spans are not known.
    layers
        Which layers.
    """

    def __init__(self, codes: NDArray[np.int8], layers: Sequence[int]) -> None:
        self._codes, self._layers = codes, frozenset(layers)
        self._kinds: dict[torch.device, Tensor] = {}
        self._found: dict[int, Tensor] = {}

    def attend(self, call: AttentionCall) -> Tensor:
        """Return the layer's own output; see `AttentionPlan.attend`."""
        reading = call.rows is None and call.query.shape[2] == call.key.shape[2] == self._codes.shape[1]
        if reading and call.layer in self._layers:
            self._found[call.layer] = layer_features(call, self._kinds_on(call.key.device))
        return call.stock()

    def result(self) -> dict[int, NDArray[np.float32]]:
        """Return the features of the layers that were reached, shape (prompts, features)."""
        return {layer: features.cpu().numpy() for layer, features in sorted(self._found.items())}

    def _kinds_on(self, device: torch.device) -> Tensor:
        if device not in self._kinds:
            self._kinds[device] = kinds_of(self._codes, self._codes.shape[1], device)
        return self._kinds[device]


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What is known of requests once an unsteered model has read them.

    Parameters
    ----------
    features
        Layer to features, shape (n, features), float32; see `layer_features`.
    log_likelihoods
        Shape (n, labels).
    shares
        Shape (n, layers, heads, 4): where the last token looks, at every layer of the language model; None
        where the model does not keep it.
    kept
        Shape (n,): False for requests that failed or whose spans are not known; theirs are NaN.
    """

    features: dict[int, NDArray[np.float32]]
    log_likelihoods: NDArray[np.float64]
    shares: NDArray[np.float32] | None
    kept: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What is known of one request; `features` by layer, empty where its spans are not known."""

    scores: Scores
    features: dict[int, NDArray[np.float32]]


def collect(
    model: HfModel,
    requests: Sequence[Request],
    labels: Sequence[str],
    layers: Sequence[int],
    *,
    progress: Progress = silent,
) -> Collected:
    """Read requests once, unsteered, keeping what probes and heads are fitted on.

    Raises
    ------
    SteeringError
        If nothing could be read, or the attention of a layer cannot be looked at.
    OutOfMemory
        If a single request does not fit.
    """
    if not model.can.steering:
        raise SteeringError(
            f"{model.identity.name} computes attention in its own way, which cannot be steered; "
            "choose a model of another architecture"
        )
    known: dict[int, _Read] = {}
    failures: list[Failure] = []
    read = in_chunks(model, requests, lambda chunk: _read(model, chunk, labels, layers), progress)
    for places, answers in read:
        for place, answer in zip(places, answers, strict=True):
            if isinstance(answer, Failure):
                failures.append(answer)
            elif answer.features:
                known[place] = answer
    if not known:
        raise SteeringError(_nothing(len(requests), failures))
    return _joined(known, len(requests), layers)


def _read(
    model: HfModel, requests: Sequence[Request], labels: Sequence[str], layers: Sequence[int]
) -> list[_Read | Failure]:
    plans: list[tuple[Batch, FeaturePlan]] = []

    def look(batch: Batch) -> FeaturePlan:
        plans.append((batch, FeaturePlan(batch.codes, layers)))
        return plans[-1][1]

    scored = model.score(requests, labels, steer=look)
    features: dict[int, dict[int, NDArray[np.float32]]] = {}
    for batch, plan in plans:
        features |= _by_request(batch, plan.result(), layers)
    return [
        one if isinstance(one, Failure) else _Read(one, features[place]) for place, one in enumerate(scored)
    ]


def _by_request(
    batch: Batch, found: dict[int, NDArray[np.float32]], layers: Sequence[int]
) -> dict[int, dict[int, NDArray[np.float32]]]:
    """Return the features of each request of a batch by layer; none where its spans are not known."""
    if missing := sorted(set(layers) - set(found)):
        raise SteeringError(
            f"layer {missing[0]} has no attention to look at; expected one of the model's own"
        )
    known = np.any(batch.codes >= 0, axis=1).tolist()
    return {
        ready.index: {layer: values[row] for layer, values in found.items()} if known[row] else {}
        for row, ready in enumerate(batch.requests)
    }


def _nothing(total: int, failures: Sequence[Failure]) -> str:
    if failures:
        return f"none of the {total} requests could be read ({failures[0].message})"
    return f"none of the {total} requests shows which of its tokens belong to which modality"


def _joined(known: dict[int, _Read], total: int, layers: Sequence[int]) -> Collected:
    rows = sorted(known)
    read = [known[row] for row in rows]
    shares = [one.scores.attention.shares for one in read if one.scores.attention is not None]
    kept = np.zeros(total, dtype=np.bool_)
    kept[rows] = True
    return Collected(
        {layer: _placed(np.stack([one.features[layer] for one in read]), kept) for layer in layers},
        _placed(np.stack([one.scores.log_likelihoods for one in read]), kept),
        _placed(np.stack(shares), kept) if len(shares) == len(read) else None,
        kept,
    )


def _placed(values: NDArray[Any], kept: NDArray[np.bool_]) -> NDArray[Any]:
    placed = np.full((len(kept), *values.shape[1:]), np.nan, values.dtype)
    placed[kept] = values
    return placed
