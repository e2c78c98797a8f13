"""From a fitted plan to a model that is steered by it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from affectlab.errors import SteeringError
from affectlab.models import Model, Request
from affectlab.models.hf.model import HfModel
from affectlab.steering._reachable import check_reachable
from affectlab.steering.answer_gates import disagreement, entropy
from affectlab.steering.gates import Gate, Given
from affectlab.steering.model import Codes, SteeredModel, Steering, Strengths, always
from affectlab.steering.model_print import check_print
from affectlab.steering.plan import AnswerGate, ChasePlan, ProbeWeights
from affectlab.steering.router import ProbeGate
from affectlab.steering.rules import Reallocation
from affectlab.steering.steered_plan import LayerSteering, SteeredPlan

_ANSWERS = {"entropy": entropy, "disagreement": disagreement}
_DIGITS = 16


def chase_steering(plan: ChasePlan) -> Steering:
    """Return the way of steering that a plan holds.

    Raises
    ------
    SteeringError
        If the plan lacks what its gate needs.
    """
    settings = plan.settings
    rule = Reallocation(settings.eta, settings.target)
    layers = {layer: LayerSteering(one.heads, rule) for layer, one in plan.layers.items()}
    probes = _probes(plan) if settings.gate == "probe" else None
    answer_gate = _answer_gate(plan) if settings.gate in _ANSWERS else None

    def steered(codes: Codes, strengths: Strengths) -> SteeredPlan | None:
        if not strengths.any():
            return None
        gate: Gate = Given(strengths) if probes is None else ProbeGate(probes, settings.tau, settings.soft)
        return SteeredPlan(codes, layers, gate, rows=settings.rows, phase=settings.phase)

    def judged(model: Model, requests: Sequence[Request]) -> Strengths:
        if answer_gate is None:
            return always(model, requests)
        values = _ANSWERS[settings.gate](model, requests, plan.labels)
        return np.asarray(values > answer_gate.threshold, dtype=np.float64)

    identity = {"plan": _digest(plan), **settings.model_dump(mode="json")}
    return Steering("chase", identity, steered, judged)


def steer_model(model: Model, plan: ChasePlan, *, name: str | Path = "the plan") -> SteeredModel:
    """Return `model` steered by a plan.

    Parameters
    ----------
    name
        What the plan is called in errors.

    Raises
    ------
    SteeringError
        If the model cannot be steered, or the plan was fitted on another.
    """
    ready = steerable(model)
    check_print(plan.model, ready.weights, name=ready.identity.name, plan=str(name))
    return SteeredModel(ready, chase_steering(plan))


def steerable(model: Model) -> HfModel:
    """Return `model` as one whose attention plans can reach.

    Raises
    ------
    SteeringError
        If they cannot; the line says why.
    """
    name = model.identity.name
    if isinstance(model, SteeredModel):
        raise SteeringError(f"{name} is steered already; steer the model itself")
    if not isinstance(model, HfModel):
        raise SteeringError(f"only transformers models (hf:...) and the organism can be steered, not {name}")
    check_reachable(model.weights)
    if not model.can.steering:
        raise SteeringError(
            f"{name} cannot be steered: its tokenizer does not tell which characters a token stands for; "
            "take a model with a fast tokenizer (tokenizer.json)"
        )
    return model


def _probes(plan: ChasePlan) -> dict[int, ProbeWeights]:
    found = {layer: one.probe for layer, one in plan.layers.items() if one.probe is not None}
    if missing := sorted(layer for layer, one in plan.layers.items() if one.heads and layer not in found):
        raise SteeringError(
            f"the plan's gate is 'probe', but layer {missing[0]} has no probe; fit again with --gate probe, "
            "or set the gate to 'always'"
        )
    return found


def _answer_gate(plan: ChasePlan) -> AnswerGate:
    if plan.answer_gate is None:
        gate = plan.settings.gate
        raise SteeringError(
            f"the plan's gate is {gate!r}, but it has no threshold for it; fit again with --gate {gate}"
        )
    return plan.answer_gate


def _digest(plan: ChasePlan) -> str:
    """Hash what decides how the plan steers, beside its settings; not how its heads came to be chosen."""
    content = plan.model_dump(
        mode="json", include={"model": {"weights"}, "layers": True, "labels": True, "answer_gate": True}
    )
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
