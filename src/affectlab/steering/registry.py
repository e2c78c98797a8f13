"""From a line of text to a way of steering: a plan file, or a rival's name with its settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from affectlab.config import explain
from affectlab.errors import SteeringError
from affectlab.models import Model

if TYPE_CHECKING:
    from affectlab.models.hf.model import HfModel
    from affectlab.steering.model import SteeredModel, Steering
    from affectlab.steering.plan import ChasePlan
    from affectlab.steering.rivals import Rival, RivalSettings

STEERINGS: Mapping[str, str] = {
    "pasta": "chosen heads look away from everything else in the prompt (arXiv 2311.02262)",
    "spotlight": "the modality gets at least a wanted share of attention (arXiv 2505.12025)",
    "pai": "logits on the modality grow by a share of their size (arXiv 2407.21771)",
    "adaptvis": "attention is sharpened where the model is sure, else smoothed (arXiv 2503.01773)",
    "duplicate": "each token of the modality counts n times",
    "prune": "part of the modality's tokens are dropped, as in FastV (arXiv 2403.06764)",
    "prompt": "words that ask the model to attend to the modality",
}
"""Rivals by name, with a line about each."""

_PLAN = "plan"
"""The key that hands a rival a fitted plan."""


def load_steering(text: str, model: HfModel) -> Steering:
    """Make the steering that `text` names.

    Parameters
    ----------
    text
        The path of a plan file, or ``name`` or ``name:key=value,key=value``; ``plan=PATH`` among them hands
        over a fitted plan to a rival that takes its heads from one.
    model
        What is to be steered; a plan must have been fitted on it.

    Raises
    ------
    SteeringError
        If there is no such steering or setting, a value is out of range, or a plan is of another model.
    """
    name, _, written = text.partition(":")
    if name in STEERINGS:
        return _from_rival(name, _pairs(name, written), model)
    if text.endswith(".json") or Path(text).is_file():
        return _from_plan(Path(text), model)
    raise SteeringError(
        f"--steer {text!r} is no steering; expected a plan file (.json) or one of {', '.join(STEERINGS)}"
    )


def steer_named(model: Model, text: str) -> SteeredModel:
    """Return `model` under the steering that `text` names; see `load_steering`.

    Raises
    ------
    SteeringError
        If the model cannot be steered, or as for `load_steering`.
    """
    from affectlab.steering.from_plan import steerable
    from affectlab.steering.model import SteeredModel

    ready = steerable(model)
    return SteeredModel(ready, load_steering(text, ready))


def _from_plan(path: Path, model: HfModel) -> Steering:
    from affectlab.steering.from_plan import chase_steering

    return chase_steering(_plan_for(path, model))


def _from_rival(name: str, pairs: dict[str, str], model: HfModel) -> Steering:
    from affectlab.steering.rivals import RIVALS, site_of

    rival = RIVALS[name]
    path = pairs.pop(_PLAN, None)
    settings = _settings(rival, pairs)
    plan = None if path is None else _plan_for(Path(path), model)
    return rival.build(settings, site_of(model, plan))


def _plan_for(path: Path, model: HfModel) -> ChasePlan:
    from affectlab.steering.model_print import check_print
    from affectlab.steering.plan import read_plan

    plan = read_plan(path)
    check_print(plan.model, model.weights, name=model.identity.name, plan=str(path))
    return plan


def _settings(rival: Rival[Any], pairs: Mapping[str, str]) -> RivalSettings:
    unknown = next((key for key in pairs if key not in rival.settings.model_fields), None)
    if unknown is not None:
        raise SteeringError(
            f"{rival.name} has no setting {unknown!r}; it has {', '.join(rival.settings.model_fields)}"
        )
    try:
        settings: RivalSettings = rival.settings.model_validate(dict(pairs))
    except ValidationError as error:
        raise SteeringError(f"--steer {rival.name}: {explain(error)}") from None
    return settings


def _pairs(name: str, written: str) -> dict[str, str]:
    """Split at commas that a key follows, so that a sentence may have commas of its own."""
    pairs: dict[str, str] = {}
    for pair in re.split(r",(?=\s*\w+\s*=)", written) if written else []:
        key, equals, value = pair.partition("=")
        if not equals:
            raise SteeringError(
                f"--steer {f'{name}:{written}'!r} is not understood; write {name}:key=value,key=value"
            )
        pairs[key.strip()] = value.strip()
    return pairs
