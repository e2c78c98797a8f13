"""Steering of anyone's transformers model, for as long as a block lasts.

::

    with chase(model, "chase.json", processor=processor):
        answer = model.generate(**inputs)

Plans are fitted on requests, whose quoted words are T, and nothing else is. An `HfModel` is asked requests
inside the block too. A plain transformers model is given tensors, which do not say what is quoted: unless
`spans` do, T is every token that is neither media nor a mark, instructions included.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from affectlab.errors import SteeringError
from affectlab.models.hf.attention import install, installed, uninstall
from affectlab.models.hf.model import HfModel
from affectlab.steering._passes import Passes
from affectlab.steering._reachable import check_layers, check_reachable
from affectlab.steering.from_plan import chase_steering, steerable
from affectlab.steering.model import SteeredModel, Steering, always, unchanged
from affectlab.steering.model_print import check_print
from affectlab.steering.plan import ChasePlan, read_plan
from affectlab.steering.spans import GivenSpans, Spans, TokenReader


@contextmanager
def chase(
    model: PreTrainedModel | HfModel,
    plan: ChasePlan | Path | str,
    *,
    spans: Spans | None = None,
    processor: Any = None,
) -> Iterator[None]:
    """Steer `model` by a fitted plan inside the block; before and after it the model is as it was.

    A prompt that shows fewer than two modalities, and every prompt where the plan's eta is 0, is answered bit
    for bit as without steering.

    Parameters
    ----------
    model, spans, processor
        As for `steered`.
    plan
        What ``affectlab steer fit`` has found, or the path of its file.

    Raises
    ------
    SteeringError
        If the plan was fitted on another model, or as for `steered`.
    """
    fitted = plan if isinstance(plan, ChasePlan) else read_plan(Path(plan))
    weights = _weights(model)
    check_print(fitted.model, weights, plan="the plan" if isinstance(plan, ChasePlan) else str(plan))
    layers = frozenset(layer for layer, of_layer in fitted.layers.items() if of_layer.heads)
    check_layers(weights, {layer: fitted.layers[layer].heads for layer in layers})
    steering = chase_steering(fitted)
    if fitted.settings.gate in ("probe", "always"):
        steering = replace(steering, strengths=always)
    if not fitted.settings.eta:
        steering = replace(steering, plan=lambda _codes, _strengths: None)
    with _in_force(model, steering, spans, processor, layers=layers, least=2):
        yield


@contextmanager
def steered(
    model: PreTrainedModel | HfModel,
    steering: Steering,
    *,
    spans: Spans | None = None,
    processor: Any = None,
) -> Iterator[None]:
    """Put `steering` in force for `model` inside the block; before and after it the model is as it was.

    Inside, ``model(**inputs)`` and ``model.generate(**inputs)`` are steered, or ``model.generate(requests,
    sampling)`` and ``model.score(requests, labels)`` of an `HfModel`. What the model writes counts as the
    rest, neither T nor A nor V.

    Parameters
    ----------
    model
        Loaded with ``attn_implementation="sdpa"`` or ``"flex_attention"``. Prompts are padded on the left and
        read whole; caches grow as they are needed.
    steering
        What is done. One that looks at answers first, or asks in other words, needs an `HfModel`.
    spans
        Where each modality lies: a list of (modality, first token, token after the last) for every row, or a
        list of such lists, one for each row; tokens are counted from the start of the prompt as the model is
        given it, media expanded, without padding. All other tokens are the rest. None tells media by the ids
        of their placeholders.
    processor
        The model's processor or tokenizer. Its special tokens are then not taken for words.

    Raises
    ------
    SteeringError
        If the model or the steering does not allow it; inside the block where a prompt does not.
    """
    with _in_force(model, steering, spans, processor):
        yield


@contextmanager
def _in_force(
    model: PreTrainedModel | HfModel,
    steering: Steering,
    spans: Spans | None,
    processor: Any,
    *,
    layers: frozenset[int] = frozenset(),
    least: int = 1,
) -> Iterator[None]:
    if isinstance(model, HfModel):
        with _asked(model, steering, spans, processor):
            yield
        return
    weights = _weights(model)
    check_reachable(weights)
    if steering.strengths is not always or steering.ask is not unchanged:
        raise SteeringError(
            f"{steering.name} looks at answers or rewrites requests, which tensors do not allow; load the "
            "model with affectlab.models.load_model and ask that"
        )
    reader = (
        TokenReader(weights.config, weights.generation_config, processor)
        if spans is None
        else GivenSpans(spans)
    )
    passes = Passes(weights, steering, reader, layers=layers, least=least)
    with _reached(weights), passes.watched():
        yield


@contextmanager
def _asked(model: HfModel, steering: Steering, spans: Spans | None, processor: Any) -> Iterator[None]:
    """Answer the requests that `model` is asked as a `SteeredModel` does."""
    if spans is not None or processor is not None:
        raise SteeringError(
            "spans and processor are for a transformers model; requests say what is quoted: Quote(words)"
        )
    if "generate" in vars(model):
        raise SteeringError("the model is steered already; leave that block first")
    within = SteeredModel(copy.copy(steerable(model)), steering)
    vars(model).update(generate=within.generate, score=within.score)
    try:
        yield
    finally:
        del vars(model)["generate"], vars(model)["score"]


@contextmanager
def _reached(weights: PreTrainedModel) -> Iterator[None]:
    """Let plans reach the language model's attention, unless they do anyway."""
    if installed(weights):
        yield
        return
    install(weights)
    try:
        yield
    finally:
        uninstall(weights)


def _weights(model: Any) -> PreTrainedModel:
    weights = model.weights if isinstance(model, HfModel) else model
    if isinstance(weights, PreTrainedModel):
        return weights
    raise SteeringError(
        f"{type(model).__name__} cannot be steered; expected a transformers model (of one wrapped by "
        "torch.compile or peft the inner model: model._orig_mod, model.get_base_model()) or one that "
        "affectlab.models.load_model has loaded"
    )
