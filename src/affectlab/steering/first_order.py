"""What steering each head alone would do, to first order: one pass back through the model for all heads.

What a head gives out under `Reallocation` is linear in eta, and so, for small eta, is the log-probability of
an answer. Its derivative at 0, times eta, stands for the gain that `exact_gains` measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel

from affectlab.errors import OutOfMemory, SteeringError
from affectlab.models.hf.attention import AttentionCall, attention_plan
from affectlab.models.hf.batch import Batch
from affectlab.models.hf.encoding import LabelTokens
from affectlab.models.hf.forward import continue_from, read, to_model
from affectlab.models.hf.memory import memory_errors
from affectlab.models.hf.model import HfModel
from affectlab.steering.case import Case
from affectlab.steering.gates import Given
from affectlab.steering.plan import ChaseSettings
from affectlab.steering.rules import Reallocation
from affectlab.steering.steered_plan import LayerSteering, SteeredPlan


def first_order_gains(
    model: HfModel,
    cases: Sequence[Case],
    labels: Sequence[str],
    settings: ChaseSettings,
    layers: Sequence[int],
    heads: int,
    *,
    told: Callable[[int], None],
) -> NDArray[np.float32]:
    """Estimate the gain of each head of some layers.

    Parameters
    ----------
    settings
        Say how heads are steered; the gate is always open.
    layers, heads
        Which layers, and how many heads each has.
    told
        Called with a number of cases whenever there are some; what it raises ends the measurement.

    Returns
    -------
    array of float
        Shape (cases, layers, heads); see `affectlab.steering.causal.Gains`.

    Raises
    ------
    SteeringError
        If the model keeps no keys and values that an answer of several tokens could continue from.
    OutOfMemory
        If a single case does not fit.
    """
    found = np.full((len(cases), len(layers), heads), np.nan, dtype=np.float32)
    start, size = 0, model.batch_size
    while start < len(cases):
        chunk = cases[start : start + size]
        try:
            with memory_errors():
                for batch, tokens in model.prepared([case.request for case in chunk], labels):
                    rows = [ready.index for ready in batch.requests]
                    truths = [chunk[row].truth for row in rows]
                    plan = _Sensitive(batch, settings, layers, heads, model.weights.device)
                    slopes = _slopes(model.weights, batch, tokens, truths, plan)
                    found[start + np.array(rows)] = settings.eta * slopes
        except OutOfMemory:
            if len(chunk) == 1:
                raise
            size = len(chunk) // 2
            continue
        told(len(chunk))
        start += len(chunk)
    return found


class _Sensitive:
    """Leaves every output as it is, but as a function of how far each head of each prompt is steered."""

    def __init__(
        self, batch: Batch, settings: ChaseSettings, layers: Sequence[int], heads: int, device: torch.device
    ) -> None:
        prompts = len(batch.requests)
        whole = LayerSteering(tuple(range(heads)), Reallocation(1.0, settings.target))
        self._moved = SteeredPlan(
            batch.codes,
            dict.fromkeys(layers, whole),
            Given(np.ones(prompts)),
            rows=settings.rows,
            phase=settings.phase,
        )
        self.etas = {
            layer: torch.zeros(prompts, heads, device=device, requires_grad=True) for layer in layers
        }

    def attend(self, call: AttentionCall) -> Tensor:
        """Return the layer's output; see `AttentionPlan.attend`."""
        output = call.stock()
        if call.layer not in self.etas:
            return output
        with torch.no_grad():
            # The plan writes into what it is given.
            still = replace(call, stock=lambda: output.detach().clone(), changes=[])
            moved = self._moved.attend(still) - output
        eta = self.etas[call.layer].to(output.device)
        eta = eta if call.rows is None else eta[call.rows]
        return output + eta[:, None, :, None].to(output.dtype) * moved


def _slopes(
    weights: PreTrainedModel,
    batch: Batch,
    labels: Sequence[Sequence[LabelTokens]],
    truths: Sequence[int],
    plan: _Sensitive,
) -> NDArray[np.float32]:
    """Return the derivative of the true label's log-probability: shape (prompts, layers, heads)."""
    with _frozen(weights), torch.enable_grad(), attention_plan(plan):
        answers = _log_likelihoods(weights, to_model(weights, batch.inputs), labels)
        true = torch.log_softmax(answers, dim=1)[range(len(truths)), list(truths)]
        slopes = torch.autograd.grad(true.sum(), list(plan.etas.values()), allow_unused=True)
    columns = [
        torch.zeros_like(eta) if one is None else one
        for one, eta in zip(slopes, plan.etas.values(), strict=True)
    ]
    return np.stack([column.float().cpu().numpy() for column in columns], axis=1)


def _log_likelihoods(
    weights: PreTrainedModel, inputs: dict[str, Tensor], labels: Sequence[Sequence[LabelTokens]]
) -> Tensor:
    """Return the log-likelihood of every label after every prompt, to be differentiated."""
    prefix = read(weights, inputs)
    first = torch.log_softmax(prefix.logits, dim=-1)
    found = torch.stack([first[row, [label[0] for label in of_row]] for row, of_row in enumerate(labels)])
    longer = [
        (row, place) for row, of_row in enumerate(labels) for place, one in enumerate(of_row) if len(one) > 1
    ]
    if not longer:
        return found
    if prefix.cache is None:
        raise SteeringError(
            f"{type(weights).__name__} keeps states that cannot be copied; measure heads exactly instead"
        )
    ends = [labels[row][place] for row, place in longer]
    length = max(map(len, ends)) - 1
    given = torch.tensor([[*end[:-1], *[end[-1]] * (length - len(end) + 1)] for end in ends])
    wanted = torch.tensor([[*end[1:], *[end[-1]] * (length - len(end) + 1)] for end in ends])
    there = torch.tensor([[place < len(end) - 1 for place in range(length)] for end in ends])
    rows, places = torch.tensor(longer).T
    logits = continue_from(weights, prefix, rows, given.to(first.device))
    later = torch.log_softmax(logits, dim=-1).gather(2, wanted.to(first.device)[..., None])[..., 0]
    more = (later * there.to(first.device)).sum(dim=1)
    return found.index_put((rows.to(first.device), places.to(first.device)), more, accumulate=True)


@contextmanager
def _frozen(weights: PreTrainedModel) -> Iterator[None]:
    """Let nothing be learnt inside the block: derivatives by weights would only take memory."""
    learning = [one for one in weights.parameters() if one.requires_grad]
    for one in learning:
        one.requires_grad_(False)
    try:
        yield
    finally:
        for one in learning:
            one.requires_grad_(True)
