"""A run from settings to its folder: answers, table, log and what it was made of."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectlab.bench.dataset import Dataset, read_dataset
from affectlab.bench.lanes import Description, Lanes, LocalLanes, ModelSource
from affectlab.bench.outcome import Outcome, outcomes
from affectlab.bench.question import Mode, Question, Terms, questions
from affectlab.bench.registry import benchmark
from affectlab.bench.run_log import Hits, Status, write_log
from affectlab.bench.runner import Progress, Tally, answer_all
from affectlab.bench.sample import Sample
from affectlab.bench.selection import select
from affectlab.bench.settings import RunSettings
from affectlab.bench.steering.loading import placed, plan_file
from affectlab.bench.store import AnswerStore
from affectlab.bench.table import write_table
from affectlab.bench.task import Task
from affectlab.errors import BenchError
from affectlab.files import write_json
from affectlab.manifest import make_manifest
from affectlab.models import Model, Sampling

RUN = "run.json"
_ANSWERS = "answers.sqlite"
_SAME = ("benchmark", "mode", "model", "task", "sampling")


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run ended.

    Parameters
    ----------
    status
        "complete", or "cancelled" when it was told to stop.
    samples
        Samples of the run that have an outcome.
    asked, kept
        Different questions put to the model now, and those whose answer was there from before.
    counts
        Samples answered, unparsed and failed.
    failures
        Failure message to number of samples, the most frequent first.
    """

    status: str
    samples: int
    asked: int
    kept: int
    counts: dict[str, int]
    failures: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Job:
    """Everything a run needs besides the place that answers."""

    settings: RunSettings
    dataset: Dataset
    task: Task
    samples: list[Sample]
    model: Description
    terms: Terms
    asked: list[Question]


def run_benchmark(
    settings: RunSettings,
    *,
    model: Model | None = None,
    stop: threading.Event | None = None,
    progress: Progress = lambda *_: None,
) -> RunSummary:
    """Run a benchmark, or go on with one that was cut off.

    Parameters
    ----------
    model
        Asked in the place of the one that the settings name, which it must be; it stays open.
    stop
        When set by another thread or a signal, the run ends early and whole.
    progress
        Told how many questions are answered.

    Raises
    ------
    AffectlabError
        If data, model or folder cannot be used; answers that came before are kept in the folder.
    """
    dataset = read_dataset(settings.data)
    task = benchmark(settings.benchmark).make_task(dataset.info)
    samples = select(dataset.samples, settings)
    with _opened(settings, model) as lanes:
        terms = _terms(settings, task, lanes.model)
        _check_kinds(samples, lanes.model, settings)
        job = _Job(settings, dataset, task, samples, lanes.model, terms, questions(task, samples, terms))
        return _carry_out(job, lanes, stop or threading.Event(), progress)


def _carry_out(job: _Job, lanes: Lanes, stop: threading.Event, progress: Progress) -> RunSummary:
    folder = job.settings.out
    with AnswerStore(folder / _ANSWERS) as store:
        about = _begin(job)
        tally = answer_all(job.asked, job.terms, lanes, store, stop=stop, progress=progress)
        counts, failures = _write(job, store, tally, about)
    about["status"] = "cancelled" if tally.cancelled else "complete"
    write_json(folder / RUN, about)
    return RunSummary(
        status=about["status"],
        samples=counts.total(),
        asked=tally.asked,
        kept=tally.answered - tally.asked,
        counts=about["counts"],
        failures=dict(failures.most_common()),
    )


def _write(
    job: _Job, store: AnswerStore, tally: Tally, about: dict[str, Any]
) -> tuple[Counter[str], Counter[str]]:
    """Write table and log from the kept answers; count outcomes by status and failures by message."""
    there = store.keys() | tally.passing.keys()
    pairs = [
        (sample, question)
        for sample, question in zip(job.samples, job.asked, strict=True)
        if question.key in there
    ]
    counts, failures, hits = Counter[str](), Counter[str](), Hits()

    def counted(found: Iterator[Outcome]) -> Iterator[Outcome]:
        for outcome in found:
            counts[outcome.status] += 1
            hits.add(outcome)
            if outcome.failure is not None:
                failures[outcome.failure.message] += 1
            yield outcome

    folder, labels = job.settings.out, tuple(job.task.labels)
    write_table(folder, counted(outcomes(job.task, pairs, store, tally.passing)), labels, len(pairs))
    about["counts"] = {name: counts[name] for name in ("answered", "unparsed", "failed")}
    status: Status = "cancelled" if tally.cancelled else "success"
    found = outcomes(job.task, pairs, store, tally.passing)
    write_log(folder, about, job.terms, found, hits, status=status)
    return counts, failures


def _begin(job: _Job) -> dict[str, Any]:
    """Describe the run, refusing a folder that holds another one."""
    settings, identity = job.settings, job.terms.identity
    plan = plan_file(settings.steer)
    about: dict[str, Any] = {
        "status": "running",
        "benchmark": settings.benchmark,
        "task": {
            "name": job.task.name,
            "version": job.task.version,
            "parameters": dict(job.task.parameters),
        },
        "mode": job.terms.mode,
        "sampling": {"max_tokens": settings.max_tokens, "temperature": settings.temperature},
        "model": {
            "name": identity.name,
            "revision": identity.revision,
            "settings": dict(identity.settings),
        },
        "dataset": {
            "folder": str(settings.data.absolute()),
            "samples_sha256": job.dataset.info.samples_sha256,
            "labels": dict(job.dataset.info.labels),
            "values": dict(job.dataset.info.values),
            "parameters": dict(job.dataset.info.parameters),
        },
        "selection": settings.model_dump(
            mode="json", include={"subsets", "split", "modalities", "limit", "seed"}
        ),
        "manifest": make_manifest(
            "bench run",
            settings.model_dump(mode="json"),
            seeds={"selection": settings.seed},
            data=(settings.data / "dataset.json", *([plan] if plan else [])),
            models={"model": f"{identity.name}@{identity.revision}"},
        ),
    }
    about = json.loads(json.dumps(about, default=str))
    _check_same(settings.out, about)
    write_json(settings.out / RUN, about)
    return about


def _check_same(folder: Path, about: dict[str, Any]) -> None:
    path = folder / RUN
    if not path.exists():
        return
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BenchError(f"{path} is damaged ({error}); remove it and run again: answers are kept") from error
    pairs = [("steering", _steering(before), _steering(about))]
    pairs += [(name, before.get(name), about[name]) for name in _SAME]
    pairs.append(("data", before["dataset"]["samples_sha256"], about["dataset"]["samples_sha256"]))
    for name, old, new in pairs:
        if old != new:
            raise BenchError(
                f"{folder} holds a run with another {name} ({_differing(old, new)}); choose another --out"
            )


def _steering(about: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = about["model"]["settings"].get("steering", {"name": "none"})
    return found


def _differing(old: Any, new: Any) -> str:
    """Say what was and what would be, as deep inside as the two have the same name."""
    if isinstance(old, dict) and isinstance(new, dict):
        if old.get("name") != new.get("name"):
            return _differing(old.get("name"), new.get("name"))
        key = next(one for one in {**old, **new} if old.get(one) != new.get(one))
        return f"{key}: {_differing(old.get(key), new.get(key))}"
    return f"{str(old)[:80]}, not {str(new)[:80]}"


@contextmanager
def _opened(settings: RunSettings, model: Model | None) -> Iterator[Lanes]:
    source = ModelSource(settings.model, settings.options, settings.data, placed(settings.steer))
    lanes: Lanes
    if model is not None:
        lanes = LocalLanes(model, owned=False)
    elif settings.ray is None:
        lanes = LocalLanes(source.load())
    else:
        from affectlab.bench.ray_lanes import RayLanes

        lanes = RayLanes(source, settings.ray, settings.workers)
    try:
        yield lanes
    finally:
        lanes.close()


def _terms(settings: RunSettings, task: Task, model: Description) -> Terms:
    if settings.mode == "score" and not model.can.logits:
        raise BenchError(f"{model.identity.name} gives no likelihoods; use --mode generate")
    mode: Mode = "score" if model.can.logits else "generate"
    if settings.mode != "auto":
        mode = settings.mode
    sampling = Sampling(settings.max_tokens, settings.temperature, settings.seed)
    labels = tuple(task.labels.values())
    return Terms(mode, labels, sampling, model.identity, (task.name, task.version))


def _check_kinds(samples: Sequence[Sample], model: Description, settings: RunSettings) -> None:
    refused = Counter(
        media.kind for sample in samples for media in sample.media if not model.can.takes(media.kind)
    )
    if not refused:
        return
    kind, number = refused.most_common(1)[0]
    able = "".join(
        letter for letter, can in (("T", True), ("A", model.can.audio), ("V", model.can.video)) if can
    )
    raise BenchError(
        f"{settings.model} takes no {kind}, which {number} of {len(samples)} samples have; "
        f"show it only what it takes: --modalities {able}"
    )
