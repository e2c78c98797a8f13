"""Fitting a steering: when to steer, and which heads, from cases whose answers are known."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from affectlab.errors import SteeringError
from affectlab.models.hf.model import HfModel
from affectlab.steering._asking import Progress, silent
from affectlab.steering._folds import source_folds
from affectlab.steering._sub_requests import modalities
from affectlab.steering._watch import Watch
from affectlab.steering.agreement import by_chance
from affectlab.steering.answer_gates import disagreement, entropy_of, fit_answer_gate
from affectlab.steering.case import Case
from affectlab.steering.drawing import drawn
from affectlab.steering.features import Collected, collect
from affectlab.steering.from_plan import steerable
from affectlab.steering.heads import Chosen, at_random, planned_layers, top
from affectlab.steering.measuring import Heads, Material, Measuring, measure
from affectlab.steering.model_print import print_of
from affectlab.steering.plan import (
    AnswerGate,
    ChasePlan,
    ChaseSettings,
    DataPrint,
    LayerPlan,
    ModelPrint,
    ProbeWeights,
    Selection,
)
from affectlab.steering.rankings import by_head, overlap, stabilities
from affectlab.steering.router import FOLDS, fit_probe

__all__ = ["Measuring", "fit"]


def fit(
    model: HfModel,
    cases: Sequence[Case],
    labels: Sequence[str],
    settings: ChaseSettings,
    data: DataPrint,
    *,
    seed: int = 0,
    measuring: Measuring | None = None,
    progress: Progress = silent,
    stop: threading.Event | None = None,
    partial: Path | None = None,
) -> ChasePlan:
    """Fit a plan.

    Parameters
    ----------
    model
        What is to be steered.
    cases
        Of training sources only: what a plan is judged on must come from others.
    labels
        Words of the possible answers; truths of the cases are places in it.
    settings
        How the plan is to steer.
    data
        What the cases are, for the plan.
    seed
        Of everything drawn: equal seeds give equal plans.
    measuring
        How heads are measured.
    progress
        Told how many answers there are, of all that heads and probes need.
    stop
        When set by another thread or a signal, the fit ends with an error.
    partial
        Where the gains of single heads are kept as they come; a fit of the same things goes on from there.

    Raises
    ------
    SteeringError
        If model or cases do not do, or the fit was stopped.
    """
    how = measuring or Measuring()
    ready, about = steerable(model), print_of(model.weights, model.identity.name)
    layers = planned_layers(settings, about.layers)
    _check(cases, labels, settings, how)
    sample = drawn(cases, how.cases, seed)
    watch = Watch(
        _answers(cases, sample, how, len(layers) * about.heads), progress, stop or threading.Event()
    )

    requests = [case.request for case in cases]
    seen = collect(ready, requests, labels, layers, progress=watch.stage())
    material = _material(ready, about, cases, labels, layers, seen, sample)
    heads = measure(material, settings, how, seed=seed, watch=watch, partial=partial)
    chosen = _choose(heads, settings, (len(layers), about.heads), seed)
    probes = _probes(seen, material, settings, seed)
    return ChasePlan(
        model=about,
        data=data,
        labels=tuple(labels),
        settings=settings,
        layers={
            layer: LayerPlan(heads=tuple(np.flatnonzero(of_layer).tolist()), probe=probes.get(layer))
            for layer, of_layer in zip(layers, chosen, strict=True)
        },
        answer_gate=_answer_gate(seen, material, settings),
        scores=by_head(heads.rankings, layers, about.heads),
        selection=_selection(heads, material, settings, how, seed),
    )


def _check(cases: Sequence[Case], labels: Sequence[str], settings: ChaseSettings, how: Measuring) -> None:
    conflicts = sum(case.conflict for case in cases)
    if not 0 < conflicts < len(cases):
        raise SteeringError(
            f"{conflicts} of {len(cases)} cases are in conflict; a fit needs some that are and some that are "
            "not"
        )
    if wrong := [case for case in cases if not 0 <= case.truth < len(labels)]:
        raise SteeringError(
            f"a case of {wrong[0].source} has label {wrong[0].truth}; expected 0 to {len(labels) - 1}"
        )
    if settings.gate == "probe":
        # Before the gains of heads are measured, which takes long.
        source_folds(
            np.array([case.conflict for case in cases]),
            [case.source for case in cases],
            folds=FOLDS,
            seed=0,
        )
    if settings.select == "causal" and how.causal is None:
        raise SteeringError("heads cannot be chosen by 'causal' when that is not measured; choose otherwise")
    if settings.select == "causal" and settings.phase == "decode":
        raise SteeringError(
            "heads cannot be chosen by 'causal' with phase 'decode': gains are measured while prompts "
            "are read; choose by dominance or discriminability"
        )


def _answers(cases: Sequence[Case], sample: Sequence[int], how: Measuring, sites: int) -> int:
    """Count the answers that are needed."""
    alone = sum(len(modalities(cases[place].request)) for place in sample if cases[place].conflict)
    passes = {"exact": 1 + sites, "first-order": 1, None: 0}[how.causal]
    return len(cases) + alone + passes * len(sample)


def _material(
    model: HfModel,
    about: ModelPrint,
    cases: Sequence[Case],
    labels: Sequence[str],
    layers: Sequence[int],
    seen: Collected,
    sample: Sequence[int],
) -> Material:
    """Leave out cases the model could not read."""
    kept = np.flatnonzero(seen.kept).tolist()
    places = {before: after for after, before in enumerate(kept)}
    shares = None if seen.shares is None or seen.shares.shape[1] != about.layers else seen.shares
    return Material(
        model,
        about,
        [cases[place] for place in kept],
        labels,
        layers,
        seen.log_likelihoods[kept].argmax(axis=1),
        None if shares is None else shares[kept][:, list(layers)],
        [places[place] for place in sample if place in places],
    )


def _choose(heads: Heads, settings: ChaseSettings, shape: tuple[int, int], seed: int) -> Chosen:
    if settings.select == "all":
        return np.ones(shape, dtype=bool)
    if settings.select == "random":
        return at_random(*shape, settings.k, seed)
    if settings.select not in heads.rankings:
        known = ", ".join([*heads.rankings, "random", "all"])
        raise SteeringError(
            f"heads cannot be chosen by {settings.select!r}: the model does not show its attention, or no "
            f"case tells; choose by {known}"
        )
    return top(heads.rankings[settings.select].scores, settings.k)


def _probes(
    seen: Collected, material: Material, settings: ChaseSettings, seed: int
) -> dict[int, ProbeWeights]:
    if settings.gate != "probe":
        return {}
    return {
        layer: fit_probe(seen.features[layer][seen.kept], material.conflict, material.sources, seed=seed)
        for layer in material.layers
    }


def _answer_gate(seen: Collected, material: Material, settings: ChaseSettings) -> AnswerGate | None:
    if settings.gate == "entropy":
        values = entropy_of(seen.log_likelihoods[seen.kept])
    elif settings.gate == "disagreement":
        values = disagreement(material.model, [case.request for case in material.cases], material.labels)
    else:
        return None
    return fit_answer_gate(values, material.conflict, material.sources)


def _selection(
    heads: Heads, material: Material, settings: ChaseSettings, how: Measuring, seed: int
) -> Selection:
    return Selection(
        causal=how.causal,
        cases=len(material.sample),
        penalty=how.penalty,
        followed=heads.followed,
        overlap=overlap(heads.rankings, material.layers, settings.k),
        stability=stabilities(heads.rankings, settings.k, seed=seed),
        chance=round(by_chance(material.about.heads, settings.k), 6),
    )
