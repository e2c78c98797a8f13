"""Runs of one loaded model under many steerings, each in a folder of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from affectlab.bench.run import run_benchmark
from affectlab.bench.runner import Progress
from affectlab.bench.sample import Split
from affectlab.bench.settings import RunSettings
from affectlab.models import ModelOptions
from affectlab.models.hf.model import HfModel
from affectlab.steering.model import SteeredModel, Steering

Say = Callable[[str], Progress]
"""Told what begins; returns who is told how far it is."""


class Interrupted(Exception):
    """A run was told to stop; what was answered is kept."""


@dataclass(frozen=True, slots=True)
class Trials:
    """What all runs of one kind have in common.

    Parameters
    ----------
    model, name, options
        The model, loaded, and how that was done.
    data, split, subsets, limit, seed
        What it is asked; see `RunSettings`.
    folder
        Holds the folders of the runs.
    stop, say
        To end early, and to tell how far it is.
    """

    model: HfModel
    name: str
    options: ModelOptions
    data: Path
    split: Split | None
    subsets: tuple[str, ...]
    limit: int | None
    seed: int
    folder: Path
    stop: threading.Event
    say: Say

    def run(self, name: str, steering: Steering | None) -> Path:
        """Ask the model under `steering`, or go on asking, and return the folder of the run.

        Raises
        ------
        Interrupted
            If it was told to stop before the end.
        """
        out = self.folder / name
        settings = RunSettings(
            benchmark="emomm",
            data=self.data,
            model=self.name,
            out=out,
            mode="score",
            subsets=self.subsets,
            split=self.split,
            limit=self.limit,
            seed=self.seed,
            options=self.options,
        )
        model = self.model if steering is None else SteeredModel(self.model, steering)
        summary = run_benchmark(settings, model=model, stop=self.stop, progress=self.say(name))
        if summary.status != "complete":
            raise Interrupted
        return out

    def of(self, *subsets: str) -> Trials:
        """Return the same for these subsets only."""
        return replace(self, subsets=subsets)
