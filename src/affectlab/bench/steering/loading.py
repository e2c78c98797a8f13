"""From the texts of ``--model`` and ``--steer`` to a steered model."""

from __future__ import annotations

from pathlib import Path

from affectlab.errors import SteeringError
from affectlab.models import Model, ModelOptions, load_model
from affectlab.models.registry import PROVIDERS

_WITHOUT_ATTENTION = {*PROVIDERS, "baseline"} - {"hf"}

STEERINGS = {
    "FILE": "a plan that `steer fit` wrote: CHASE, budget reallocation gated by conflict",
    "NAME:SETTING=VALUE,…": "a rival by name, with its settings",
}
"""What ``--steer`` takes, and a line about it."""


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
    if text.partition(":")[0] in _WITHOUT_ATTENTION:
        raise SteeringError(
            f"--steer {steer!r} needs a model whose attention can be changed; {text} shows none, "
            "expected hf:NAME or organism"
        )
    model = load_model(text, options)
    try:
        from affectlab.steering.registry import steer_named

        return steer_named(model, steer)
    except BaseException:
        model.close()
        raise


def plan_file(steer: str | None) -> Path | None:
    """Return the file that `steer` names, None where it names no file."""
    return Path(steer) if steer and Path(steer).is_file() else None


def placed(steer: str | None) -> str | None:
    """Return `steer` so that it means the same in processes with other working folders."""
    file = plan_file(steer)
    return steer if file is None else str(file.absolute())
