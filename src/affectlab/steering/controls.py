"""What a steering has to be better than: the same plan with one thing about it spoilt, or perfect.

Each control keeps all of a plan but what it is named after, so that a difference between the two is due to
that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import SteeringError
from affectlab.models import MODALITIES, Modality, Model, Request
from affectlab.steering.from_plan import chase_steering
from affectlab.steering.model import Steering, Strengths
from affectlab.steering.plan import ChasePlan, LayerPlan

Control = Literal["random", "others", "all", "always", "wrong"]
"""Controls that are plans themselves."""


def control(
    plan: ChasePlan,
    name: str,
    *,
    seed: int = 0,
    dominant: Modality = "T",
    neglected: Modality = "V",
) -> ChasePlan:
    """Return the control of `plan` that has this name; see `Control`.

    Parameters
    ----------
    seed
        Of "random" and "others".
    dominant, neglected
        Of "wrong"; see `wrong_target`.

    Raises
    ------
    SteeringError
        If there is no such control.
    """
    made: Mapping[str, Callable[[], ChasePlan]] = {
        "random": lambda: random_heads(plan, seed),
        "others": lambda: other_heads(plan, seed),
        "all": lambda: all_heads(plan),
        "always": lambda: always_on(plan),
        "wrong": lambda: wrong_target(plan, dominant=dominant, neglected=neglected),
    }
    if name not in made:
        raise SteeringError(f"there is no control {name!r}; expected one of {', '.join(get_args(Control))}")
    return made[name]()


def random_heads(plan: ChasePlan, seed: int) -> ChasePlan:
    """Return the plan with as many heads at each layer, drawn from all of the layer's."""
    everyone = np.arange(plan.model.heads)
    layers = {
        layer: of_layer.model_copy(
            update={"heads": _drawn(everyone, len(of_layer.heads), np.random.default_rng([seed, layer]))}
        )
        for layer, of_layer in plan.layers.items()
    }
    return _changed(plan, layers, select="random")


def other_heads(plan: ChasePlan, seed: int) -> ChasePlan:
    """Return the plan with as many heads at each layer, drawn from those it does not steer.

    Where it steers more than half of a layer's heads, the rest is drawn from the steered ones. Where it
    steers just half, there is only one such plan.
    """
    layers = {
        layer: of_layer.model_copy(
            update={"heads": _others(of_layer.heads, plan.model.heads, np.random.default_rng([seed, layer]))}
        )
        for layer, of_layer in plan.layers.items()
    }
    return _changed(plan, layers, select="random")


def all_heads(plan: ChasePlan) -> ChasePlan:
    """Return the plan with all heads of its layers."""
    heads = tuple(range(plan.model.heads))
    layers = {layer: of_layer.model_copy(update={"heads": heads}) for layer, of_layer in plan.layers.items()}
    return _changed(plan, layers, select="all", k=plan.model.heads)


def always_on(plan: ChasePlan) -> ChasePlan:
    """Return the plan with its gate open for every request at every layer."""
    layers = {layer: LayerPlan(heads=of_layer.heads) for layer, of_layer in plan.layers.items()}
    opened = _changed(plan, layers, gate="always", soft=False)
    return opened.model_copy(update={"answer_gate": None})


def wrong_target(plan: ChasePlan, *, dominant: Modality, neglected: Modality) -> ChasePlan:
    """Return the plan with attention moved the wrong way: towards the modality that dominates already.

    A target that prefers the neglected modality has the parts of the two swapped: as much attention is asked
    for, for the wrong one. In any other, such as the uniform one, a swap would change nothing or even help;
    there the dominant modality gets both parts. The third modality keeps its part in either case, so that all
    that differs from the plan is which of the two gains.

    Parameters
    ----------
    dominant, neglected
        Which modality the model follows and which it overlooks; a property of the model, to be measured.

    Raises
    ------
    SteeringError
        If the two are the same.
    """
    if dominant == neglected:
        raise SteeringError(f"{dominant} cannot be the dominant and the neglected modality; name two")
    parts = {modality: plan.settings.target.get(modality, 0.0) for modality in MODALITIES}
    ours, theirs = parts[neglected], parts[dominant]
    parts |= (
        {neglected: theirs, dominant: ours} if ours > theirs else {neglected: 0.0, dominant: ours + theirs}
    )
    return _changed(plan, plan.layers, target=parts)


def oracle(plan: ChasePlan, conflict: Callable[[Request], bool]) -> Steering:
    """Steer as `plan` does, wholly and only where there truly is a conflict: the best that a gate can do.

    Parameters
    ----------
    conflict
        Tells of a request whether its evidence conflicts.
    """
    opened = chase_steering(always_on(plan))

    def strengths(_: Model, requests: Sequence[Request]) -> Strengths:
        return np.array([float(conflict(request)) for request in requests])

    return replace(opened, name="oracle", settings={**opened.settings, "gate": "oracle"}, strengths=strengths)


def _drawn(heads: NDArray[np.intp], count: int, generator: np.random.Generator) -> tuple[int, ...]:
    return tuple(sorted(generator.permutation(heads)[:count].tolist()))


def _others(heads: Sequence[int], count: int, generator: np.random.Generator) -> tuple[int, ...]:
    free = generator.permutation(np.setdiff1d(np.arange(count), heads))
    return tuple(sorted([*free.tolist(), *generator.permutation(heads).tolist()][: len(heads)]))


def _changed(plan: ChasePlan, layers: Mapping[int, LayerPlan], **settings: Any) -> ChasePlan:
    return plan.model_copy(
        update={"layers": dict(layers), "settings": plan.settings.model_copy(update=settings)}
    )
