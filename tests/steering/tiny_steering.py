"""A steering and a plan to try on tiny models."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from affectlab.models.hf.processing import nested_configs
from affectlab.steering.gates import Given
from affectlab.steering.model import Codes, Steering, Strengths
from affectlab.steering.model_print import print_of
from affectlab.steering.plan import ChasePlan, ChaseSettings, DataPrint, LayerPlan
from affectlab.steering.rules import Reallocation
from affectlab.steering.steered_plan import LayerSteering, SteeredPlan

HEADS = {0: (0, 1, 2, 3), 2: (1, 2)}
SPANS = [("T", 1, 4), ("V", 6, 9)]


def reallocated(codes: Codes, strengths: Strengths) -> SteeredPlan:
    layers = {layer: LayerSteering(heads, Reallocation(0.8)) for layer, heads in HEADS.items()}
    return SteeredPlan(codes, layers, Given(strengths))


STEERING = Steering("reallocation", {}, reallocated)


def plan_of(model: PreTrainedModel, **changes: Any) -> ChasePlan:
    return ChasePlan(
        model=print_of(model, "tiny"),
        data=DataPrint(name="d", samples_sha256="", split="train", cases=0, conflicts=0, sources=0),
        labels=("a", "b"),
        settings=ChaseSettings(**{"eta": 0.8, "gate": "always"} | changes),
        layers={layer: LayerPlan(heads=heads) for layer, heads in HEADS.items()},
    )


def logits(model: PreTrainedModel, inputs: dict[str, Tensor]) -> Tensor:
    with torch.no_grad():
        return model(**inputs).logits[:, -1]


def state(model: PreTrainedModel) -> tuple[Any, ...]:
    """What steering must leave as it was."""
    hooks = [(*part._forward_hooks, *part._forward_pre_hooks) for part in model.modules()]
    return [one._attn_implementation for one in nested_configs(model.config)], hooks
