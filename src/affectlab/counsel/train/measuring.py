"""A model before and after its training, on held-out questions."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

from affectlab.bench.resampling import mean_intervals
from affectlab.counsel.train.tokens import Example
from affectlab.counsel.train.watching import heed
from affectlab.counsel.train.weights import Base
from affectlab.models import Failure, Identity, ModelOptions, Request, Sampling
from affectlab.models.hf.model import HfModel

Row = dict[str, Any]
Values = Mapping[str, Sequence[float | None]]

_RESAMPLES = 2000


def replies(base: Base, requests: Sequence[Request], max_reply: int, stop: threading.Event) -> list[str]:
    """Answer `requests` greedily with the weights as they are, on the path that serves a model.

    A request that cannot be answered yields an empty text.

    Raises
    ------
    Interrupted
        If it was told to stop before the end.
    """
    model = HfModel(
        base.weights,
        base.processing,
        ModelOptions(),
        Identity(base.name, base.revision),
        sees_attention=False,
    )
    training = base.weights.training
    base.weights.eval()
    written: list[str] = []
    for start in range(0, len(requests), model.batch_size):
        heed(stop)
        found = model.generate(requests[start : start + model.batch_size], Sampling(max_tokens=max_reply))
        written += ["" if isinstance(one, Failure) else one.text for one in found]
    base.weights.train(training)
    return written


def losses(model: PreTrainedModel, examples: Sequence[Example], stop: threading.Event) -> list[float]:
    """Return the mean negative log-likelihood of each example's reply tokens, nats; raises as `replies`."""
    training = model.training
    model.eval()
    found = []
    for example in examples:
        heed(stop)
        found.append(_loss(model, example))
    model.train(training)
    return found


def interval_rows(
    values: Values, groups: Sequence[str], *, seed: int, resamples: int = _RESAMPLES, **about: Any
) -> list[Row]:
    """Return a row for each metric that has values: its mean with a 95 % interval clustered by group.

    Parameters
    ----------
    values
        Metric to one number per item; None where an item has none.
    groups
        Of each item.
    seed, resamples
        Of the bootstrap.
    **about
        What else each row says of itself.
    """
    columns = np.array([[np.nan if one is None else one for one in column] for column in values.values()]).T
    found = mean_intervals(
        columns.reshape(len(groups), len(values)),
        np.array(groups, dtype=object),
        resamples=resamples,
        seed=seed,
    )
    return [
        {**about, "metric": name, "value": one.value, "low": one.low, "high": one.high, "n": count}
        for name, (one, count) in zip(values, found, strict=True)
        if count
    ]


def before_and_after(
    before: Values, after: Values, groups: Sequence[str], *, seed: int, resamples: int = _RESAMPLES
) -> list[Row]:
    """Return rows before, after, and of the paired difference."""
    difference = {
        name: [
            None if a is None or b is None else a - b for a, b in zip(after[name], before[name], strict=True)
        ]
        for name in after
    }
    phases = {"before": before, "after": after, "difference": difference}
    return [
        row
        for phase, values in phases.items()
        for row in interval_rows(values, groups, seed=seed, resamples=resamples, phase=phase)
    ]


def _loss(model: PreTrainedModel, example: Example) -> float:
    ids = torch.tensor([[*example.prompt, *example.reply]], device=model.device)
    reply = len(example.reply)
    with torch.inference_mode():
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=reply + 1).logits[0, :-1].float()
    return float(torch.nn.functional.cross_entropy(logits, ids[0, -reply:]))
