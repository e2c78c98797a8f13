"""Settings tried on training sources that their probes and heads were not fitted on.

The training side of the data set is divided by source into a part to fit on and a part to tune on. One fit
gives probes and scores of heads for all settings; answers under each of them are kept as they come. The test
side is never looked at.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.bench.dataset import Dataset, read_dataset
from affectlab.bench.registry import benchmark
from affectlab.bench.runner import Progress
from affectlab.bench.steering.cases import cases_of, halves, print_of_data
from affectlab.bench.steering.fitting import TRAIN, check_replaceable, fitted, measuring_of, partial_file
from affectlab.bench.steering.gains import SUBSETS, Judge
from affectlab.bench.steering.grid import combinations, under, widest
from affectlab.bench.steering.loading import load_steerable
from affectlab.bench.steering.settings import SweepSettings
from affectlab.bench.steering.swept import Sweep, Trial, best_of, write_sweep
from affectlab.bench.steering.trial import Interrupted, Say
from affectlab.bench.steering.variants import Opened, Reading, Variants, read_cases, without_shares
from affectlab.bench.store import AnswerStore
from affectlab.bench.task import Task
from affectlab.errors import BenchError
from affectlab.manifest import make_manifest
from affectlab.models.hf.model import HfModel
from affectlab.steering.case import Case
from affectlab.steering.model_print import check_print
from affectlab.steering.plan import ChasePlan, ChaseSettings, read_plan, write_plan

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every step of a sweep needs."""

    settings: SweepSettings
    dataset: Dataset
    task: Task
    cases: Sequence[Case]
    model: HfModel
    stop: threading.Event
    say: Say


def sweep(
    settings: SweepSettings,
    *,
    stop: threading.Event | None = None,
    say: Say = lambda _: lambda *_: None,
) -> Sweep:
    """Try every combination of settings, or go on with a sweep that was cut off, and write what was found.

    Parameters
    ----------
    stop
        When set by another thread or a signal, the sweep ends early; what was answered is kept.
    say
        Told the name of each stage and how far it is.

    Raises
    ------
    Interrupted
        If it was told to stop.
    BenchError
        If there is too little to fit and tune on, or a plan is to be written and nothing gains.
    AffectlabError
        If model, data, plan or a file cannot be used.
    """
    _check_places(settings)
    dataset = read_dataset(settings.data)
    task = benchmark(dataset.info.benchmark).make_task(dataset.info)
    cases = cases_of(
        dataset, task, split=TRAIN, limit=settings.limit, seed=settings.seed, conflict=settings.conflict
    )
    parts = halves(cases, settings.seed)
    _check_parts(parts, settings)
    model = load_steerable(settings.model, settings.options)
    try:
        ground = _Ground(settings, dataset, task, cases, model, stop or threading.Event(), say)
        found = _swept(ground, *parts)
        write_sweep(found, settings.out)
        if settings.write is not None:
            _write_best(ground, found.best, settings.write)
    finally:
        model.close()
    return found


def _swept(ground: _Ground, to_fit: Sequence[Case], to_tune: Sequence[Case]) -> Sweep:
    settings, model = ground.settings, ground.model
    base = _base(settings, model)
    tried = combinations(base, settings)
    depth = int(model.weights.config.get_text_config().num_hidden_layers)
    wide = widest(base, tried, depth)
    key = _key(ground, wide)
    plan = _fit_once(ground, to_fit, wide, settings.out / f"fit-{key}.json")
    with without_shares(model), AnswerStore(settings.out / "answers.sqlite") as store:
        reading = _read_once(ground, to_tune, plan, settings.out / f"unsteered-{key}.npz")
        variants = Variants(model, to_tune, reading, (ground.task.name, ground.task.version), store)
        plans = [under(plan, one, settings.seed) for one in tried]
        trials = _trials(ground, to_tune, reading, variants, plans)
    return Sweep(
        settings=settings,
        fitted_on=plan.data,
        tuned_on=print_of_data(ground.dataset, TRAIN, to_tune),
        trials=trials,
        best=best_of(trials),
        manifest=_manifest(ground),
    )


def _trials(
    ground: _Ground, cases: Sequence[Case], reading: Reading, variants: Variants, plans: Sequence[ChasePlan]
) -> tuple[Trial, ...]:
    judge = Judge(
        cases,
        len(ground.task.labels),
        reading.answers,
        resamples=_RESAMPLES,
        seed=ground.settings.seed,
    )
    trials = [Trial(None, tuple(judge.gains(reading.answers)), dict.fromkeys(SUBSETS, 0.0))]
    opened = [variants.opened(plan) for plan in plans]
    total, before = sum(int(one.sum()) for one in opened), 0
    told = ground.say("trying settings")
    for plan, where in zip(plans, opened, strict=True):
        answers = variants.answers(plan, where, stop=ground.stop, progress=_after(before, total, told))
        if answers is None:
            raise Interrupted
        before += int(where.sum())
        trials.append(Trial(plan.settings, tuple(judge.gains(answers)), _shares(where, cases)))
    return tuple(trials)


def _after(before: int, total: int, told: Progress) -> Callable[[int], None]:
    return lambda done: told(before + done, total, 0)


def _shares(opened: Opened, cases: Sequence[Case]) -> dict[str, float]:
    conflict = np.array([case.conflict for case in cases])
    return {"conflict": float(opened[conflict].mean()), "aligned": float(opened[~conflict].mean())}


def _fit_once(ground: _Ground, cases: Sequence[Case], wide: ChaseSettings, file: Path) -> ChasePlan:
    if file.exists():
        return read_plan(file)
    told = ground.say("fitting")
    plan = fitted(
        ground.model,
        cases,
        ground.task,
        wide,
        print_of_data(ground.dataset, TRAIN, cases),
        measuring=measuring_of(wide, ground.settings),
        seed=ground.settings.seed,
        stop=ground.stop,
        progress=lambda done, total: told(done, total, 0),
        partial=partial_file(file),
    )
    write_plan(plan, file)
    partial_file(file).unlink(missing_ok=True)
    return plan


def _read_once(ground: _Ground, cases: Sequence[Case], plan: ChasePlan, file: Path) -> Reading:
    if file.exists():
        return Reading.read(file)
    told = ground.say("reading")

    def progress(done: int, total: int) -> None:
        told(done, total, 0)
        if ground.stop.is_set():
            raise Interrupted

    reading = read_cases(ground.model, cases, plan, progress)
    reading.write(file)
    return reading


def _write_best(ground: _Ground, best: Trial | None, file: Path) -> None:
    """Fit the best settings on all training sources."""
    if best is None or best.settings is None:
        raise BenchError(
            f"no setting gains in conflict without costing aligned cases too much, so {file} was not "
            f"written; see {ground.settings.out / 'sweep.md'} and try others"
        )
    told = ground.say("fitting the best")
    plan = fitted(
        ground.model,
        ground.cases,
        ground.task,
        best.settings,
        print_of_data(ground.dataset, TRAIN, ground.cases),
        measuring=measuring_of(best.settings, ground.settings),
        seed=ground.settings.seed,
        stop=ground.stop,
        progress=lambda done, total: told(done, total, 0),
        partial=partial_file(file),
    )
    write_plan(plan, file)
    partial_file(file).unlink(missing_ok=True)


def _base(settings: SweepSettings, model: HfModel) -> ChaseSettings:
    if settings.plan is None:
        return ChaseSettings()
    plan = read_plan(settings.plan)
    check_print(plan.model, model.weights, name=model.identity.name, plan=str(settings.plan))
    return plan.settings


def _check_places(settings: SweepSettings) -> None:
    if settings.out.exists() and not settings.out.is_dir():
        raise BenchError(f"--out {settings.out} is a file; expected a folder")
    if settings.write is not None:
        check_replaceable(settings.write)


def _check_parts(parts: Sequence[Sequence[Case]], settings: SweepSettings) -> None:
    for name, part in zip(("fit", "tune"), parts, strict=True):
        conflicts = sum(case.conflict for case in part)
        if not 0 < conflicts < len(part):
            raise BenchError(
                f"half the training sources of {settings.data} leave {len(part)} cases to {name} on, "
                f"{conflicts} of them in conflict; expected some that are and some that are not, from more "
                "clips or a larger --limit"
            )


def _key(ground: _Ground, wide: ChaseSettings) -> str:
    """Hash of everything that decides the fit, so that another sweep in the same folder makes its own."""
    settings, identity = ground.settings, ground.model.identity
    content: list[Any] = [
        [identity.name, identity.revision, dict(identity.settings)],
        ground.dataset.info.samples_sha256,
        [ground.task.version, dict(ground.task.parameters)],
        [settings.conflict, settings.limit, settings.seed, settings.measure, settings.gains],
        wide.model_dump(mode="json"),
    ]
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _manifest(ground: _Ground) -> dict[str, Any]:
    settings, identity = ground.settings, ground.model.identity
    plans = (settings.plan,) if settings.plan is not None else ()
    return make_manifest(
        "steer sweep",
        settings.model_dump(mode="json"),
        seeds={"sweep": settings.seed},
        data=(settings.data / "dataset.json", *plans),
        models={"model": f"{identity.name}@{identity.revision}"},
    )
