"""One fold of one method as a piece of work for any process: read, fit, judge, keep."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from affectlab.decoding.datasets.store import read_epochs
from affectlab.decoding.epochs import Target
from affectlab.decoding.evaluation.bench import Arrays, Bench
from affectlab.decoding.evaluation.conditions import Condition
from affectlab.decoding.evaluation.settings import EvaluateSettings
from affectlab.errors import DecodingError
from affectlab.files import writing


@dataclass(frozen=True, slots=True)
class FoldJob:
    """What is fitted on which fold.

    Parameters
    ----------
    epochs
        Folder of the data set.
    settings, condition
        What the fold is part of.
    method, target, number
        What is fitted, on which axis, on which fold.
    kept
        File of what it believes; there already when it was done before.
    """

    epochs: Path
    settings: EvaluateSettings
    condition: Condition
    method: str
    target: Target
    number: int
    kept: Path


def do_fold(job: FoldJob, _stop: threading.Event) -> None:
    """Fit and judge, and keep what was believed; a fold cannot be interrupted."""
    found = bench_of(job.epochs, job.condition, job.settings).run(job.method, job.target, job.number)
    with writing(job.kept) as temporary, temporary.open("wb") as file:
        np.savez(file, test=found["test"], mean=found["mean"], sd=found["sd"], high=found["high"])


@lru_cache(maxsize=2)
def bench_of(epochs: Path, condition: Condition, settings: EvaluateSettings) -> Bench:
    """Return a data set under a condition, the last two remembered."""
    return Bench.of(read_epochs(epochs), condition, settings)


def read_fold(path: Path) -> Arrays:
    """Read what was kept of a fold.

    Raises
    ------
    DecodingError
        If the file is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return {name: np.asarray(kept[name]) for name in ("test", "mean", "sd", "high")}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise DecodingError(
            f"{path} is damaged ({error}); delete it, the same command makes it again"
        ) from error
