"""Judging the answers of runs: controls first, then ratings of every answer and pairs of candidates."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.bench.dataset import read_dataset
from affectlab.bench.exam.table import ExamRun, read_exam_run
from affectlab.bench.judging.cases import scenes
from affectlab.bench.judging.controls import Controls, run_controls
from affectlab.bench.judging.criteria import Criterion
from affectlab.bench.judging.families import refuse_relatives
from affectlab.bench.judging.judge import STORE, Judge
from affectlab.bench.judging.judgeable import Judgeable, JudgedBenchmark, judged_benchmark
from affectlab.bench.judging.people import PeopleRatings, read_people
from affectlab.bench.judging.settings import JudgeSettings
from affectlab.bench.judging.subject import Answer, Pair, Rated
from affectlab.bench.judging.tables import Judged, judged_rows
from affectlab.bench.lanes import LocalLanes
from affectlab.bench.runner import Progress
from affectlab.bench.store import AnswerStore
from affectlab.errors import BenchError
from affectlab.files import finite, write_json, writing
from affectlab.manifest import make_manifest
from affectlab.models import Model, load_model

LINES, SUMMARY = "judgements.jsonl", "judging.json"


@dataclass(frozen=True, slots=True)
class _Matter:
    """What is judged: candidates by name, each with its answers."""

    benchmark: JudgedBenchmark
    runs: dict[str, ExamRun]
    answers: dict[str, list[Judgeable]]
    notes: list[str]

    @property
    def all(self) -> Iterator[tuple[str, Judgeable]]:
        for name, found in self.answers.items():
            for one in found:
                yield name, one


def judge_runs(
    settings: JudgeSettings,
    *,
    model: Model | None = None,
    stop: threading.Event | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Judge runs and write ``judgements.jsonl`` and ``judging.json``; nothing is asked twice.

    Parameters
    ----------
    model
        Asked in the place of the judge that the settings name; it stays open.
    stop
        When set, it ends early; what has both orders is written.
    progress
        Told how many calls are answered.

    Returns
    -------
    dict
        The content of ``judging.json``.

    Raises
    ------
    AffectlabError
        If runs, judge or ratings cannot be used, or the judge is of a candidate's family.
    """
    matter = _matter(settings)
    people = read_people(settings.human) if settings.human else None
    if people and len(matter.runs) > 1 and not people.by_run:
        raise BenchError(
            f"{settings.human} has no column 'run', and {len(matter.runs)} runs are judged; add it"
        )
    names = [str(run.about["model"]["name"]) for run in matter.runs.values()]
    matter.notes.extend(refuse_relatives(settings.judge, names, same_family=settings.same_family))
    judge_model = model or load_model(settings.judge, settings.options)
    lanes = LocalLanes(judge_model, owned=model is None)
    try:
        with AnswerStore(settings.folder / STORE) as store:
            judge = Judge(
                lanes,
                store,
                mode=settings.mode,
                reasons=settings.reasons,
                stop=stop,
                progress=progress,
            )
            return _carry_out(settings, matter, judge, people)
    finally:
        lanes.close()


def _carry_out(
    settings: JudgeSettings, matter: _Matter, judge: Judge, people: PeopleRatings | None
) -> dict[str, Any]:
    criteria = _criteria(settings, matter, judge)
    controls = _controls(settings, matter, judge)
    judged = Judged(controls)
    judged.ratings = judge.rate([_rated(judged, name, one, by) for name, one, by in _each(matter, criteria)])
    if settings.pairs:
        judged.pairs = judge.compare(list(_pairs(judged, matter, criteria)))
    about: dict[str, Any] = {
        "command": "bench judge",
        "manifest": make_manifest(
            "bench judge",
            settings.model_dump(mode="json"),
            seeds={"draw": settings.seed},
            data=(settings.human,) if settings.human else (),
            models={"judge": f"{judge.identity.name}@{judge.identity.revision}"},
        ),
        "status": "cancelled" if judge.stopped else "complete",
        "judge": judge.identity.name,
        "mode": judge.mode,
        "sees": judge.sees,
        "same_family": settings.same_family,
        "notes": matter.notes,
        "trusted": controls.trusted,
        "trust": controls.line,
        "criteria": [one.name for one in criteria],
        "controls": finite(controls.rows),
        "rows": finite(judged_rows(judged, people, resamples=settings.resamples, seed=settings.seed)),
    }
    _write(settings.folder, judged, about)
    return about


def _matter(settings: JudgeSettings) -> _Matter:
    runs = [read_exam_run(folder) for folder in settings.runs]
    kinds = {run.benchmark for run in runs}
    if len(kinds) != 1:
        raise BenchError(f"runs of {' and '.join(sorted(kinds))} cannot be judged together; name runs of one")
    if len({run.about["dataset"]["samples_sha256"] for run in runs}) > 1:
        raise BenchError("the runs are about different data sets; judge them one by one")
    of = judged_benchmark(kinds.pop())
    if unknown := [task for task in settings.tasks if task not in of.tasks]:
        raise BenchError(f"no task {unknown[0]!r} is judged; expected {' or '.join(of.tasks)}")
    named = _named(runs)
    matter = _Matter(of, named, {}, [])
    for name, run in named.items():
        dataset = read_dataset(Path(run.about["dataset"]["folder"]))
        for one in of.judgeable(run, dataset):
            if one.task in (settings.tasks or of.tasks):
                matter.answers.setdefault(f"{name} {one.arm}", []).append(one)
        failed = sum(row["status"] == "failed" and row["task"] in of.tasks for row in run.rows)
        if failed:
            matter.notes.append(f"{failed} answers of {name} failed and are not judged")
    if not matter.answers:
        raise BenchError(
            f"no answers to judge in {settings.runs[0]}; run it with --tasks {','.join(of.tasks)}"
        )
    if settings.limit is not None:
        _draw(matter, settings.limit, settings.seed)
    return matter


def _named(runs: Sequence[ExamRun]) -> dict[str, ExamRun]:
    """Name runs after their models, and after their folders too where models are the same."""
    names = [run.name for run in runs]
    return {run.name if names.count(run.name) == 1 else f"{run.name} in {run.folder}": run for run in runs}


def _draw(matter: _Matter, limit: int, seed: int) -> None:
    samples = sorted({one.sample for _, one in matter.all})
    drawn = set(np.random.default_rng(seed).permutation(np.array(samples, dtype=object))[:limit].tolist())
    for name, found in matter.answers.items():
        matter.answers[name] = [one for one in found if one.sample in drawn]


def _criteria(settings: JudgeSettings, matter: _Matter, judge: Judge) -> list[Criterion]:
    known = {by.name: by for _, one in matter.all for by in one.criteria}
    names = list(known)
    if unknown := [name for name in settings.criteria if name not in names]:
        raise BenchError(f"no criterion {unknown[0]!r}; expected one of {', '.join(names)}")
    wanted = [known[name] for name in names if name in (settings.criteria or names)]
    taken = [one for one in wanted if judge.takes(one)]
    if left := [one.name for one in wanted if one not in taken]:
        matter.notes.append(
            f"{judge.identity.name} takes no images: {', '.join(left)} not judged, the rest by words alone"
        )
    if not taken:
        raise BenchError(
            f"{judge.identity.name} takes no images, which {', '.join(names)} need; choose another"
        )
    return taken


def _controls(settings: JudgeSettings, matter: _Matter, judge: Judge) -> Controls:
    if not settings.controls:
        return Controls((), (), ())
    own = matter.benchmark.cases([one for _, one in matter.all]) if judge.sees else []
    languages = {one.language for _, one in matter.all}
    cases = own or [case for case in scenes() if case.language in languages] or scenes()
    if judge.sees and not own:
        matter.notes.append(
            "controls show scenes in words: the answers are too short, or of too few images, to exchange them"
        )
    criterion = matter.benchmark.control_criterion(bool(own))
    return run_controls(
        judge, cases[: settings.controls], criterion, resamples=settings.resamples, seed=settings.seed
    )


def _each(matter: _Matter, criteria: Sequence[Criterion]) -> Iterator[tuple[str, Judgeable, Criterion]]:
    for name, one in matter.all:
        for criterion in criteria:
            if one.takes(criterion):
                yield name, one, criterion


def _rated(judged: Judged, name: str, one: Judgeable, by: Criterion) -> Rated:
    key = f"{name}__{one.item}__{by.name}"
    judged.about[key] = one
    return Rated(key, one.source, by, one.context, Answer(name, one.text), one.language)


def _pairs(judged: Judged, matter: _Matter, criteria: Sequence[Criterion]) -> Iterator[Pair]:
    tasks: dict[tuple[str, str, str], list[tuple[str, Judgeable]]] = {}
    for name, one in matter.all:
        tasks.setdefault((one.sample, one.task, one.language), []).append((name, one))
    for (sample, task, _), found in tasks.items():
        for (a, first), (b, second) in combinations(found, 2):
            for by in criteria:
                if first.takes(by) and second.takes(by):
                    key = f"{sample}__{task}__{by.name}__{a}__{b}"
                    judged.about[key] = first
                    item = f"{sample}__{task}__{by.name}"
                    answers = Answer(a, first.text), Answer(b, second.text)
                    yield Pair(key, item, first.source, by, first.context, *answers, first.language)


def _write(folder: Path, judged: Judged, about: dict[str, Any]) -> None:
    with writing(folder / LINES) as path, path.open("w", encoding="utf-8") as file:
        for line in judged.lines(str(about["judge"])):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    write_json(folder / SUMMARY, about)
