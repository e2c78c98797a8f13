"""A run from settings to its folder: answers, table, log and what it was made of."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from affectlab.bench.counting import Counts
from affectlab.bench.dataset import Dataset, read_dataset
from affectlab.bench.lanes import Description, Lanes
from affectlab.bench.opening import check_kinds, mode_of, opened_lanes
from affectlab.bench.outcome import outcomes
from affectlab.bench.question import Question, Terms, questions
from affectlab.bench.registry import benchmark
from affectlab.bench.run_about import RUN, begin_run
from affectlab.bench.run_log import Hits, Status, write_log
from affectlab.bench.runner import Progress, Tally, answer_all
from affectlab.bench.sample import Sample
from affectlab.bench.selection import select
from affectlab.bench.settings import RunSettings
from affectlab.bench.store import AnswerStore
from affectlab.bench.table import write_table
from affectlab.bench.task import Task
from affectlab.files import write_json
from affectlab.models import Model, Sampling

ANSWERS = "answers.sqlite"

SHORT_ANSWER = 32
"""Longest answer of a task of labels, in tokens, where none is given."""


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
    of = benchmark(settings.benchmark)
    if of.exam:
        from affectlab.bench.exam.run import run_exam

        return run_exam(of, settings, model=model, stop=stop, progress=progress)
    dataset = read_dataset(settings.data)
    task = of.make_task(dataset.info)
    samples = select(dataset.samples, settings)
    with opened_lanes(settings, model) as lanes:
        terms = _terms(settings, task, lanes.model)
        check_kinds(
            (media for sample in samples for media in sample.media), len(samples), lanes.model, settings
        )
        job = _Job(settings, dataset, task, samples, lanes.model, terms, questions(task, samples, terms))
        return _carry_out(job, lanes, stop or threading.Event(), progress)


def _carry_out(job: _Job, lanes: Lanes, stop: threading.Event, progress: Progress) -> RunSummary:
    settings, folder = job.settings, job.settings.out
    with AnswerStore(folder / ANSWERS) as store:
        about = begin_run(settings, job.dataset.info, _about(job.task), job.terms.mode, job.terms.identity)
        tally = answer_all(job.asked, job.terms, lanes, store, stop=stop, progress=progress)
        counts = _write(job, store, tally, about)
    about["status"] = "cancelled" if tally.cancelled else "complete"
    write_json(folder / RUN, about)
    return RunSummary(
        status=about["status"],
        samples=counts.statuses.total(),
        asked=tally.asked,
        kept=tally.answered - tally.asked,
        counts=about["counts"],
        failures=dict(counts.failures.most_common()),
    )


def _write(job: _Job, store: AnswerStore, tally: Tally, about: dict[str, Any]) -> Counts:
    """Write table and log from the kept answers, and count them."""
    there = store.keys() | tally.passing.keys()
    pairs = [
        (sample, question)
        for sample, question in zip(job.samples, job.asked, strict=True)
        if question.key in there
    ]
    counts, hits = Counts(), Hits()
    folder, labels = job.settings.out, tuple(job.task.labels)
    found = counts.through(outcomes(job.task, pairs, store, tally.passing), hits.add)
    write_table(folder, found, labels, len(pairs))
    about["counts"] = counts.by_status()
    status: Status = "cancelled" if tally.cancelled else "success"
    again = outcomes(job.task, pairs, store, tally.passing)
    write_log(folder, about, job.terms, again, hits, status=status)
    return counts


def _terms(settings: RunSettings, task: Task, model: Description) -> Terms:
    sampling = Sampling(settings.max_tokens or SHORT_ANSWER, settings.temperature, settings.seed)
    labels = tuple(task.labels.values())
    return Terms(mode_of(settings, model), labels, sampling, model.identity, (task.name, task.version))


def _about(task: Task) -> dict[str, Any]:
    return {"name": task.name, "version": task.version, "parameters": dict(task.parameters)}
