"""Runs side by side: what each is called, and the manifest of a report on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from affectlab.manifest import make_manifest


class Reported(Protocol):
    """A run read back from its folder, of a task or an exam."""

    @property
    def folder(self) -> Path: ...

    @property
    def name(self) -> str:
        """The model's name, with how it was steered."""
        ...

    @property
    def about(self) -> Mapping[str, Any]:
        """Content of ``run.json``."""
        ...


def names_of(runs: Sequence[Reported]) -> list[str]:
    """Name runs by model and steering; where that does not tell them apart, by folder too."""
    models = [run.name for run in runs]
    names = [
        model if models.count(model) == 1 else f"{model} ({run.folder.name})"
        for run, model in zip(runs, models, strict=True)
    ]
    return [name if names.count(name) == 1 else f"{name} #{place + 1}" for place, name in enumerate(names)]


def manifest_of(runs: Sequence[Reported], *, seed: int, resamples: int) -> dict[str, Any]:
    """Return the manifest of a report, the runs' own inside."""
    own = make_manifest(
        "bench report",
        {"folders": [str(run.folder) for run in runs], "resamples": resamples},
        seeds={"bootstrap": seed},
        models={f"model {place + 1}": model_of(run) for place, run in enumerate(runs)},
    )
    return {**own, "runs": {str(run.folder): run.about.get("manifest", {}) for run in runs}}


def model_of(run: Reported) -> str:
    """Return the model's name with its revision, where it has one."""
    revision = run.about["model"].get("revision") or ""
    return f"{run.about['model']['name']}{'@' if revision else ''}{revision[:12]}"
