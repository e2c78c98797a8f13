"""An exam from settings to its folder."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from affectlab.bench.counting import Counts
from affectlab.bench.dataset import Dataset, read_dataset
from affectlab.bench.exam.asking import Asked, ask_exam
from affectlab.bench.exam.item import Exam, ExamChoice, Item
from affectlab.bench.exam.log import ArmHits, write_exam_log
from affectlab.bench.exam.result import results
from affectlab.bench.exam.table import write_answers
from affectlab.bench.lanes import Lanes
from affectlab.bench.opening import check_kinds, mode_of, opened_lanes
from affectlab.bench.question import Mode, Terms
from affectlab.bench.registry import Benchmark
from affectlab.bench.run import ANSWERS, RunSummary
from affectlab.bench.run_about import RUN, begin_run
from affectlab.bench.run_log import Status
from affectlab.bench.runner import Progress
from affectlab.bench.selection import select
from affectlab.bench.settings import RunSettings
from affectlab.bench.store import AnswerStore
from affectlab.errors import BenchError
from affectlab.files import write_json
from affectlab.models import Identity, Media, Model, Sampling


@dataclass(frozen=True, slots=True)
class _Sitting:
    """Everything an exam needs besides the place that answers."""

    settings: RunSettings
    dataset: Dataset
    exam: Exam
    items: list[Item]
    mode: Mode
    identity: Identity

    def terms(self, item: Item) -> Terms:
        """Return the terms under which `item` is asked."""
        settings, exam = self.settings, self.exam
        longest = settings.max_tokens or item.max_tokens
        mode: Mode = "score" if item.scored else "generate"
        labels = tuple(item.labels.values()) if item.scored else ()
        sampling = Sampling(longest, settings.temperature, settings.seed)
        return Terms(mode, labels, sampling, self.identity, (exam.name, exam.version))


def run_exam(
    of: Benchmark,
    settings: RunSettings,
    *,
    model: Model | None,
    stop: threading.Event | None,
    progress: Progress,
) -> RunSummary:
    """Run an exam, or go on with one that was cut off: see `affectlab.bench.run.run_benchmark`."""
    dataset = read_dataset(settings.data)
    choice = ExamChoice(settings.tasks, settings.arms, settings.seed, dataset.samples, settings.units)
    exam = of.make_exam(dataset.info, choice)
    samples = select(dataset.samples, settings)
    with opened_lanes(settings, model) as lanes:
        mode = mode_of(settings, lanes.model)
        items = list(exam.items(samples, scoring=mode == "score"))
        if not items:
            raise BenchError(_nothing(exam, dataset.info.parameters))
        shown = (one for item in items for one in item.request.parts if isinstance(one, Media))
        check_kinds(shown, len(items), lanes.model, settings)
        sitting = _Sitting(settings, dataset, exam, items, mode, lanes.model.identity)
        return _carry_out(sitting, lanes, stop or threading.Event(), progress)


def _nothing(exam: Exam, parameters: Mapping[str, Any]) -> str:
    asked = {name: ", ".join(map(str, exam.parameters.get(name, ()))) for name in ("tasks", "arms")}
    held = ", ".join(parameters.get("corpora", ())) or "the data set"
    return (
        f"the exam {exam.name} asks nothing about these samples of {held} in the tasks "
        f"{asked['tasks'] or '-'} and arms {asked['arms'] or '-'}; choose others with --tasks and --prompting"
    )


def _carry_out(sitting: _Sitting, lanes: Lanes, stop: threading.Event, progress: Progress) -> RunSummary:
    settings, exam = sitting.settings, sitting.exam
    folder = settings.out
    task = {"name": exam.name, "version": exam.version, "parameters": dict(exam.parameters)}
    with AnswerStore(folder / ANSWERS) as store:
        about = begin_run(settings, sitting.dataset.info, task, sitting.mode, sitting.identity)
        asked = ask_exam(exam, sitting.items, sitting.terms, lanes, store, stop=stop, progress=progress)
        counts = _write(sitting, asked, store, about)
    about["status"] = "cancelled" if asked.cancelled else "complete"
    write_json(folder / RUN, about)
    return RunSummary(
        status=about["status"],
        samples=counts.statuses.total(),
        asked=asked.asked,
        kept=asked.answered - asked.asked,
        counts=about["counts"],
        failures=dict(counts.failures.most_common()),
    )


def _write(sitting: _Sitting, asked: Asked, store: AnswerStore, about: dict[str, Any]) -> Counts:
    """Write table and log from the kept answers, and count them."""
    counts, hits, folder = Counts(), ArmHits(), sitting.settings.out
    write_answers(folder, counts.through(results(sitting.exam, asked, store), hits.add))
    about["counts"] = counts.by_status()
    status: Status = "cancelled" if asked.cancelled else "success"
    found = results(sitting.exam, asked, store)
    write_exam_log(folder, about, sitting.identity, found, hits, status=status)
    return counts
