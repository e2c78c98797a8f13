"""From the texts of ``--model`` and ``--steer`` to a steered model."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from affectlab.errors import SteeringError
from affectlab.models import Model, ModelOptions, load_model
from affectlab.models.registry import PROVIDERS

if TYPE_CHECKING:
    from affectlab.models.hf.model import HfModel

_WITHOUT_ATTENTION = {*PROVIDERS, "baseline"} - {"hf"}
_PLAN = re.compile(r"(?P<before>.*?[:,]\s*plan\s*=\s*)(?P<file>.+?)(?P<after>(?:,\s*\w+\s*=.*)?)")
"""A rival that is handed a fitted plan."""


def load_steered(text: str, options: ModelOptions, steer: str) -> Model:
    """Load the model that `text` names and steer it as `steer` says.

    Parameters
    ----------
    text
        ``hf:NAME`` or ``organism``.
    options
        How it is loaded.
    steer
        A plan file, or a rival's name with its settings.

    Raises
    ------
    SteeringError
        If the model shows no attention, or the steering cannot be read or does not fit the model.
    AffectlabError
        If the model cannot be loaded.
    """
    refuse_unsteerable(text, f"--steer {steer!r}")
    path = plan_file(steer) or (Path(steer) if _is_plan(steer) else None)
    if path is not None:
        from affectlab.steering.plan import read_plan

        # Before the weights, which may take minutes to load.
        read_plan(path)
    model = load_model(text, options)
    try:
        from affectlab.steering.registry import steer_named

        return steer_named(model, steer)
    except BaseException:
        model.close()
        raise


def load_steerable(text: str, options: ModelOptions) -> HfModel:
    """Load the model that `text` names, to steer it.

    Raises
    ------
    SteeringError
        If its attention cannot be changed.
    AffectlabError
        If it cannot be loaded.
    """
    refuse_unsteerable(text, "steering")
    model = load_model(text, options)
    try:
        from affectlab.steering.from_plan import steerable

        return steerable(model)
    except BaseException:
        model.close()
        raise


def refuse_unsteerable(text: str, what: str) -> None:
    """Refuse models that have no attention to change, before they are loaded.

    Raises
    ------
    SteeringError
        If `text` names such a model; `what` says what needs another.
    """
    if text.partition(":")[0] in _WITHOUT_ATTENTION:
        raise SteeringError(
            f"{what} needs a model whose attention can be changed, which {text} is not; "
            "expected hf:NAME or organism"
        )


def _is_plan(steer: str) -> bool:
    """Whether `steer` means a plan by itself, not one that is handed to a rival."""
    return steer.endswith(".json") and _PLAN.fullmatch(steer) is None


def plan_file(steer: str | None) -> Path | None:
    """Return the plan file that `steer` names or hands to a rival, None where there is none."""
    if steer is None:
        return None
    found = _PLAN.fullmatch(steer)
    path = Path(found["file"] if found else steer)
    return path if path.is_file() else None


def placed(steer: str | None) -> str | None:
    """Return `steer` so that it means the same in processes with other working folders."""
    path = plan_file(steer)
    if steer is None or path is None:
        return steer
    found = _PLAN.fullmatch(steer)
    return f"{found['before']}{path.absolute()}{found['after']}" if found else str(path.absolute())
