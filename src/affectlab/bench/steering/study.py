"""Whether a steering helps: a plan beside its controls and rivals, on sources it has not seen.

Each arm is a run of the benchmark in a folder of its own, so a study that was cut off goes on, and every arm
can be looked at with ``affectlab bench report``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, field_validator

from affectlab.affect import holm
from affectlab.bench.compare import compare
from affectlab.bench.dataset import Dataset, read_dataset
from affectlab.bench.emomm.conflict import in_conflict
from affectlab.bench.emomm.subsets import EMOMM_SUBSETS
from affectlab.bench.emomm.vcc import fingerprint
from affectlab.bench.metrics import Row
from affectlab.bench.registry import benchmark
from affectlab.bench.results import read_run
from affectlab.bench.sample import Split
from affectlab.bench.steering.arms import Arm, control_arms
from affectlab.bench.steering.by_kind import kind_rows
from affectlab.bench.steering.cases import cases_of
from affectlab.bench.steering.gate import gate_rows
from affectlab.bench.steering.settings import Told
from affectlab.bench.steering.trial import Say, Trials
from affectlab.bench.steering.tuning import JUDGED, Tuned, row_of, tuned_rivals
from affectlab.bench.subsets import OVERALL
from affectlab.errors import BenchError
from affectlab.manifest import make_manifest
from affectlab.models import Modality, Request, load_model
from affectlab.models.hf.model import HfModel
from affectlab.steering.from_plan import chase_steering, steerable
from affectlab.steering.model_print import check_print
from affectlab.steering.plan import ChasePlan, read_plan
from affectlab.steering.rivals import RIVALS

UNSTEERED = "unsteered"
CHASE = "chase"
ARMS = "arms"
_PUBLISHED = EMOMM_SUBSETS.composed[OVERALL]
_WATCHED = (UNSTEERED, CHASE)
_READ = ("share_V", "aei_V", "mdi_T_V", "mdi_A_V", "drop_V", "shapley_V", "follows_V")


class StudySettings(Told):
    """Settings of ``affectlab steer study``.

    Parameters
    ----------
    model, data, out, conflict, limit, seed, options
        As for `FitSettings`; `data` holds the sources that are judged on, `out` is a folder.
    plan
        The plan under study.
    split
        Side of the split of `data` that is judged on; all of it when None (written "all").
    tune
        Data set whose train split rivals are tuned on: the one the plan was fitted on.
    tune_limit
        Most complete clips they are tuned on.
    rivals
        Which; all when None, none when empty (written "none").
    random
        How many draws of random heads.
    dominant, neglected
        Modalities for the control of the wrong target.
    resamples
        Of the bootstrap.
    """

    plan: Path
    split: Split | None = "test"
    tune: Path
    tune_limit: int = Field(default=400, ge=1)
    rivals: tuple[str, ...] | None = None
    random: int = Field(default=3, ge=0)
    dominant: Modality = "T"
    neglected: Modality = "V"
    resamples: int = Field(default=2000, ge=1)

    @field_validator("split", mode="before")
    @classmethod
    def _side(cls, value: object) -> object:
        return None if value == "all" else value

    @field_validator("rivals", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        if isinstance(value, str):
            return () if value == "none" else tuple(part for part in value.split(",") if part)
        return value


@dataclass(frozen=True, slots=True)
class ArmResult:
    """How one arm did.

    Parameters
    ----------
    arm
        Which.
    differences
        Paired differences to the model left alone, by subset and metric; empty for that model itself.
    behind
        Paired difference of CHASE's accuracy on conflicts to this arm's; None for the two themselves. Its
        ``p_holm`` counts all arms.
    kinds
        Paired differences to the model left alone by kind of conflict; see `kind_rows`.
    """

    arm: Arm
    differences: list[Row]
    behind: Row | None
    kinds: list[Row]


@dataclass(frozen=True, slots=True)
class Study:
    """What a study found.

    Parameters
    ----------
    settings
        What was asked.
    arms
        In the order they ran.
    gate
        How well the plan's gate tells conflicts of unseen sources.
    readings
        Of the collapse instrument: the model left alone, and CHASE.
    tuned
        What was tried for each rival, and what was chosen.
    manifest
        What the study was made of.
    """

    settings: StudySettings
    arms: list[ArmResult]
    gate: list[Row]
    readings: dict[str, list[Row]]
    tuned: list[Tuned]
    manifest: dict[str, Any]


def run_study(settings: StudySettings, *, stop: threading.Event, say: Say) -> Study:
    """Run every arm on unseen sources and compare.

    Raises
    ------
    Interrupted
        If it was told to stop; the same settings go on from there.
    BenchError
        If the plan has seen the sources, or the settings name no rival.
    AffectlabError
        If a model, data set or file cannot be used.
    """
    plan, dataset = read_plan(settings.plan), read_dataset(settings.data)
    _check(settings, plan, dataset)
    model = steerable(load_model(settings.model, settings.options))
    try:
        check_print(plan.model, model.weights)
        trials = _trials(settings, model, stop, say)
        to_tune = replace(
            trials,
            subsets=JUDGED,
            data=settings.tune,
            split="train",
            limit=settings.tune_limit,
            folder=settings.out / "tuning",
        )
        rivals = tuple(RIVALS) if settings.rivals is None else settings.rivals
        tuned = list(tuned_rivals(rivals, plan, to_tune))
        arms = list(_arms(settings, plan, dataset, tuned))
        for arm in arms:
            # The collapse instrument needs single modalities; it is read on two arms.
            (trials.of() if arm.name in _WATCHED else trials).run(arm.name, arm.steering)
        gate = _gate(settings, model, plan, dataset, say)
        manifest = _manifest(settings, model)
    finally:
        model.close()
    return Study(settings, _results(settings, arms), gate, _readings(settings), tuned, manifest)


def _manifest(settings: StudySettings, model: HfModel) -> dict[str, Any]:
    return make_manifest(
        "steer study",
        settings.model_dump(mode="json"),
        seeds={"study": settings.seed},
        data=(settings.plan, *(folder / "dataset.json" for folder in (settings.data, settings.tune))),
        models={"model": f"{model.identity.name}@{model.identity.revision}"},
    )


def _trials(settings: StudySettings, model: HfModel, stop: threading.Event, say: Say) -> Trials:
    return Trials(
        model=model,
        name=settings.model,
        options=settings.options,
        data=settings.data,
        split=settings.split,
        subsets=_PUBLISHED,
        limit=settings.limit,
        seed=settings.seed,
        folder=settings.out / ARMS,
        stop=stop,
        say=say,
    )


def _gate(settings: StudySettings, model: HfModel, plan: ChasePlan, dataset: Dataset, say: Say) -> list[Row]:
    task = benchmark(dataset.info.benchmark).make_task(dataset.info)
    cases = cases_of(
        dataset,
        task,
        split=settings.split,
        limit=settings.limit,
        seed=settings.seed,
        conflict=settings.conflict,
    )
    told = say("gate")
    return gate_rows(
        model,
        plan,
        cases,
        lambda done, total: told(done, total, 0),
        resamples=settings.resamples,
        seed=settings.seed,
    )


def _check(settings: StudySettings, plan: ChasePlan, dataset: Dataset) -> None:
    if plan.data.samples_sha256 == dataset.info.samples_sha256 and settings.split != "test":
        raise BenchError(
            f"{settings.plan} was fitted on sources of {settings.data}; judge it on the test split, or on "
            "another data set"
        )
    tuning = read_dataset(settings.tune)
    if tuning.info.samples_sha256 == dataset.info.samples_sha256 and settings.split != "test":
        raise BenchError(f"rivals cannot be tuned on {settings.tune} and judged on it; use --split test")
    unknown = [name for name in settings.rivals or () if name not in RIVALS]
    if unknown:
        raise BenchError(f"there is no rival {unknown[0]!r}; expected some of {', '.join(RIVALS)}")


def _arms(settings: StudySettings, plan: ChasePlan, dataset: Dataset, tuned: list[Tuned]) -> Iterator[Arm]:
    conflicts = _conflicts(settings, dataset)
    yield Arm(UNSTEERED, "unsteered", None, "the model left alone")
    yield Arm(CHASE, "chase", chase_steering(plan), f"gate: {plan.settings.gate}")
    yield from control_arms(
        plan,
        lambda request: conflicts[request],
        random=settings.random,
        dominant=settings.dominant,
        neglected=settings.neglected,
    )
    for one in tuned:
        settings_of = ", ".join(f"{key} {value}" for key, value in one.chosen.items())
        yield Arm(one.rival, "rival", one.steering, settings_of or "as published")


def _conflicts(settings: StudySettings, dataset: Dataset) -> Mapping[Request, bool]:
    task = benchmark(dataset.info.benchmark).make_task(dataset.info)
    return {
        task.request(sample, generate=False): in_conflict(sample, settings.conflict)
        for sample in dataset.samples
        if sample.subset in _PUBLISHED
    }


def _results(settings: StudySettings, arms: Sequence[Arm]) -> list[ArmResult]:
    def between(a: str, b: str) -> list[Row]:
        folders = settings.out / ARMS / a, settings.out / ARMS / b
        return compare(*folders, seed=settings.seed, resamples=settings.resamples)

    others = [arm.name for arm in arms if arm.name not in _WATCHED]
    behind = [row_of(between(name, CHASE), "conflict", "accuracy") for name in others]
    adjusted = holm(np.array([row["p"] for row in behind])) if behind else np.empty(0)
    ahead = {name: row | {"p_holm": float(p)} for name, row, p in zip(others, behind, adjusted, strict=True)}
    alone = read_run(settings.out / ARMS / UNSTEERED)

    def of(arm: Arm) -> ArmResult:
        if arm.name == UNSTEERED:
            return ArmResult(arm, [], None, [])
        steered = read_run(settings.out / ARMS / arm.name)
        kinds = kind_rows(alone, steered, resamples=settings.resamples, seed=settings.seed)
        return ArmResult(arm, between(UNSTEERED, arm.name), ahead.get(arm.name), kinds)

    return [of(arm) for arm in arms]


def _readings(settings: StudySettings) -> dict[str, list[Row]]:
    readings = {}
    for name in _WATCHED:
        run = read_run(settings.out / ARMS / name)
        found = fingerprint(run, resamples=settings.resamples, seed=settings.seed)
        readings[name] = [row for row in found.rows if row["metric"] in _READ]
    return readings
