"""A training under way on disk, so that one that was cut off goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from affectlab.errors import InvalidConfig, UnreadableFile
from affectlab.files import write_json, writing

WEIGHTS, PLAN, CURVE = "weights.safetensors", "plan.json", "curve.json"
_STATE = ("exp_avg", "exp_avg_sq")


class Checkpoint:
    """The folder of one training: what it is, how far it came, and how the loss fell.

    Parameters
    ----------
    folder
        Of this training alone.
    plan
        JSON-ready; settings, seed and data.

    Raises
    ------
    InvalidConfig
        If the folder holds a training with another plan.
    """

    def __init__(self, folder: Path, plan: dict[str, Any]) -> None:
        self.folder = folder
        found = _read(folder / PLAN)
        if found is None:
            write_json(folder / PLAN, plan)
        elif found != plan:
            raise InvalidConfig(
                f"{folder} holds a training with other settings, seed or data; take another folder or "
                "remove it"
            )
        self.curve = curve(folder)

    def save(self, model: nn.Module, optimiser: torch.optim.Optimizer, step: int) -> None:
        """Write weights, the optimiser's moments, the step and the curve, each whole or not at all."""
        tensors = {f"model/{name}": value for name, value in trained(model).items()}
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser/{number}/{name}": state[name] for name in _STATE}
        with writing(self.folder / WEIGHTS) as temporary:
            save_file(
                {name: value.detach().contiguous() for name, value in tensors.items()},
                temporary,
                metadata={"step": str(step)},
            )
        write_json(self.folder / CURVE, self.curve)

    def load(self, model: nn.Module, optimiser: torch.optim.Optimizer | None = None) -> int:
        """Take over what was saved last and return its step; 0 and nothing taken over if nothing was.

        Raises
        ------
        UnreadableFile
            If the file is damaged or of another network.
        """
        path = self.folder / WEIGHTS
        if not path.exists():
            return 0
        try:
            tensors, step = _opened(path)
            model.load_state_dict(_under(tensors, "model/"), strict=False)
            if optimiser is not None:
                _restore(optimiser, _under(tensors, "optimiser/"), step)
        except Exception as error:  # safetensors raises its own type, torch RuntimeError
            if isinstance(error, MemoryError):
                raise
            raise UnreadableFile(
                f"{path} is no whole checkpoint ({error}); remove it to begin anew"
            ) from error
        self.curve = [row for row in self.curve if row["step"] <= step]
        return step


def curve(folder: Path) -> list[dict[str, float]]:
    """Return how the losses fell: one row for each look at the validation pieces."""
    found: list[dict[str, float]] = _read(folder / CURVE) or []
    return found


def trained(model: nn.Module) -> dict[str, Tensor]:
    """Return the parameters that are being learned; frozen ones are not part of a checkpoint."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def _opened(path: Path) -> tuple[dict[str, Tensor], int]:
    with safe_open(path, framework="pt") as file:
        names = file.keys()
        return {name: file.get_tensor(name) for name in names}, int(file.metadata()["step"])


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _restore(optimiser: torch.optim.Optimizer, moments: dict[str, Tensor], step: int) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in moments.items():
        number, _, moment = name.partition("/")
        state.setdefault(int(number), {"step": torch.tensor(float(step))})[moment] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def _read(path: Path) -> Any:
    if not path.exists():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnreadableFile(f"{path} is damaged ({error}); remove its folder to begin anew") from error
