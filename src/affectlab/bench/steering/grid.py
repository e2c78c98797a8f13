"""Settings to try, and the plan that each of them makes of one fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from affectlab.bench.steering.settings import SweepSettings
from affectlab.errors import BenchError
from affectlab.steering.heads import at_random, planned_layers, top
from affectlab.steering.plan import ChasePlan, ChaseSettings, LayerPlan

SWEPT = ("k", "eta", "tau", "layers", "target")


def combinations(base: ChaseSettings, wanted: SweepSettings) -> list[ChaseSettings]:
    """Return every combination of the swept values over `base`, each once.

    Raises
    ------
    BenchError
        If a value is swept that does nothing under `base`.
    """
    for name, idle in _idle(base).items():
        if getattr(wanted, name):
            raise BenchError(f"--{name} does nothing where {idle}; leave it out")
    swept = {name: getattr(wanted, name) for name in SWEPT if getattr(wanted, name)}
    every = (dict(zip(swept, values, strict=True)) for values in product(*swept.values()))
    found = [ChaseSettings.model_validate(base.model_dump() | one) for one in every]
    return [one for place, one in enumerate(found) if one not in found[:place]]


def widest(base: ChaseSettings, settings: Sequence[ChaseSettings], depth: int) -> ChaseSettings:
    """Return `base` with every layer that any of `settings` steers, so that one fit serves them all.

    Raises
    ------
    SteeringError
        If the model has no such layer.
    """
    layers = sorted({layer for one in settings for layer in planned_layers(one, depth)})
    return base.model_copy(update={"layers": tuple(layers)})


def under(plan: ChasePlan, settings: ChaseSettings, seed: int) -> ChasePlan:
    """Return the plan that `settings` make of the scores and probes of `plan`.

    Parameters
    ----------
    plan
        Fitted with the settings that `widest` returns.
    seed
        Of heads drawn by chance.
    """
    layers = {
        layer: LayerPlan(heads=_heads(plan, settings, layer, seed), probe=plan.layers[layer].probe)
        for layer in planned_layers(settings, plan.model.layers)
    }
    return plan.model_copy(update={"settings": settings, "layers": layers})


def _heads(plan: ChasePlan, settings: ChaseSettings, layer: int, seed: int) -> tuple[int, ...]:
    count = plan.model.heads
    if settings.select == "all":
        return tuple(range(count))
    if settings.select == "random":
        layers = sorted(plan.layers)
        chosen = at_random(len(layers), count, settings.k, seed)[layers.index(layer)]
    else:
        values = np.full((1, count), np.nan)
        for one in plan.scores:
            if one.layer == layer:
                values[0, one.head] = np.nan if (found := getattr(one, settings.select)) is None else found
        chosen = top(values, settings.k)[0]
    return tuple(np.flatnonzero(chosen).tolist())


def _idle(base: ChaseSettings) -> dict[str, str]:
    """Return settings that do nothing, and why."""
    idle = {}
    if base.gate != "probe" or base.soft:
        idle["tau"] = "the gate is soft" if base.soft else f"the gate is {base.gate!r}"
    if base.select == "all":
        idle["k"] = "all heads are steered"
    return idle
