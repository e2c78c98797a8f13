"""A plan from settings to its file."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from affectlab.bench.dataset import read_dataset
from affectlab.bench.registry import benchmark
from affectlab.bench.steering.cases import cases_of, print_of_data
from affectlab.bench.steering.loading import load_steerable
from affectlab.bench.steering.settings import FitSettings, SweepSettings
from affectlab.bench.steering.trial import Interrupted
from affectlab.bench.task import Task
from affectlab.errors import SteeringError
from affectlab.manifest import make_manifest
from affectlab.models import Identity
from affectlab.steering.fit import Measuring, fit
from affectlab.steering.plan import read_plan, write_plan

if TYPE_CHECKING:
    from affectlab.models.hf.model import HfModel
    from affectlab.steering.case import Case
    from affectlab.steering.plan import ChasePlan, ChaseSettings, DataPrint

Progress = Callable[[int, int], None]
"""Told how many answers there are, and how many are needed."""

TRAIN: Literal["train"] = "train"
"""A plan must be judged on other sources than it was fitted on."""


@dataclass(frozen=True, slots=True)
class FittedPlan:
    """A plan that was fitted and written.

    Parameters
    ----------
    plan, file, data
        The plan, where it lies, and the folder of the data set.
    seconds
        Wall time, loading of the model left out.
    manifest
        What it was made of.
    """

    plan: ChasePlan
    file: Path
    data: Path
    seconds: float
    manifest: dict[str, Any]


def fit_plan(
    settings: FitSettings, *, stop: threading.Event | None = None, progress: Progress = lambda *_: None
) -> FittedPlan:
    """Fit a plan on the training side of a data set and write it, or go on with a fit that was cut off.

    Raises
    ------
    Interrupted
        If it was told to stop; what was measured is kept beside the plan file.
    AffectlabError
        If model, data or file cannot be used.
    """
    check_replaceable(settings.out)
    dataset = read_dataset(settings.data)
    task = benchmark(dataset.info.benchmark).make_task(dataset.info)
    cases = cases_of(
        dataset,
        task,
        split=TRAIN,
        limit=settings.limit,
        seed=settings.seed,
        conflict=settings.conflict,
    )
    model = load_steerable(settings.model, settings.options)
    try:
        started, identity = time.perf_counter(), model.identity
        plan = fitted(
            model,
            cases,
            task,
            settings.steering.plain,
            print_of_data(dataset, TRAIN, cases),
            measuring=measuring_of(settings.steering.plain, settings),
            seed=settings.seed,
            stop=stop or threading.Event(),
            progress=progress,
            partial=partial_file(settings.out),
        )
        seconds = time.perf_counter() - started
    finally:
        model.close()
    write_plan(plan, settings.out)
    partial_file(settings.out).unlink(missing_ok=True)
    return FittedPlan(plan, settings.out, settings.data, seconds, _manifest(settings, identity))


def fitted(
    model: HfModel,
    cases: Sequence[Case],
    task: Task,
    settings: ChaseSettings,
    data: DataPrint,
    *,
    measuring: Measuring,
    seed: int,
    stop: threading.Event,
    progress: Progress,
    partial: Path,
) -> ChasePlan:
    """Fit a plan; see `affectlab.steering.fit.fit`.

    Raises
    ------
    Interrupted
        If it was told to stop.
    SteeringError
        If model or cases do not do.
    """
    try:
        return fit(
            model,
            cases,
            tuple(task.labels.values()),
            settings,
            data,
            seed=seed,
            measuring=measuring,
            progress=progress,
            stop=stop,
            partial=partial,
        )
    except SteeringError as error:
        if stop.is_set():
            raise Interrupted(str(error)) from error
        raise


def measuring_of(steering: ChaseSettings, told: FitSettings | SweepSettings) -> Measuring:
    """Return how heads are measured: by their gain only where they are chosen by it, for that takes long."""
    return Measuring(causal=told.gains if steering.select == "causal" else None, cases=told.measure)


def partial_file(out: Path) -> Path:
    """Return where measurements are kept until the plan `out` is written."""
    return out.with_name(f"{out.name}.partial")


def check_replaceable(file: Path) -> None:
    """Refuse to write a plan over anything that is none, before hours are spent on it.

    Raises
    ------
    SteeringError
        If there is something else at `file`.
    """
    if file.exists():
        try:
            read_plan(file)
        except SteeringError as error:
            raise SteeringError(f"{file} is there and is no steering plan; choose another name") from error


def _manifest(settings: FitSettings, identity: Identity) -> dict[str, Any]:
    return make_manifest(
        "steer fit",
        settings.model_dump(mode="json"),
        seeds={"fit": settings.seed},
        data=(settings.data / "dataset.json", settings.out),
        models={"model": f"{identity.name}@{identity.revision}"},
    )
