"""Every method on the same folds, and everything that is said of them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import affectlab
from affectlab.decoding.epochs import Epochs, Target
from affectlab.decoding.evaluation.bench import PERMUTED, PERMUTED_METHOD, Bench
from affectlab.decoding.evaluation.conditions import Condition, conditions
from affectlab.decoding.evaluation.facts import Facts, facts_of, notes_of, oracles
from affectlab.decoding.evaluation.folds import Fold
from affectlab.decoding.evaluation.foldwork import FoldJob, bench_of, do_fold, read_fold
from affectlab.decoding.evaluation.metrics import METRICS, Judged
from affectlab.decoding.evaluation.processes import spread
from affectlab.decoding.evaluation.rows import (
    Row,
    Scores,
    difference_rows,
    drift_rows,
    pooled_rows,
    shown_name,
    subject_rows,
)
from affectlab.decoding.evaluation.settings import EvaluateSettings
from affectlab.decoding.evaluation.units import units
from affectlab.errors import DecodingError

Say = Callable[[str], Callable[[int, int, int], None]]

CURVE_METRICS = ("balanced_accuracy", "auc", "ccc", "ece")
"""What is measured on curves and in controls."""

KEPT = "folds"
"""Folder of finished folds in the output folder."""

_SPREADING = ("workers", "ray", "resamples", "permutations", "methods", "curves", "controls", "targets")
"""Settings that no fold depends on."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What was found.

    Parameters
    ----------
    settings
        What was asked.
    facts
        What was judged, and how; ready for JSON.
    rows
        method, target, metric, value, low, high, n, and what else each is about.
    notes
        What limits the figures, in words.
    beliefs
        The scores of each method of the evaluation itself, by target and method.
    """

    settings: EvaluateSettings
    facts: Facts
    rows: list[Row]
    notes: list[str]
    beliefs: Mapping[tuple[Target, str], Scores] = field(default_factory=dict)


def evaluate(
    settings: EvaluateSettings,
    folder: Path,
    out: Path,
    *,
    stop: threading.Event | None = None,
    say: Say | None = None,
) -> Evaluation:
    """Judge every method, or go on where an earlier call was stopped.

    Parameters
    ----------
    settings
        What is asked.
    folder
        Epochs, as `affectlab.decoding.datasets.prepare` makes them.
    out
        Folder in which finished folds are kept.
    stop
        Set to end early.
    say
        Told the name of a stage that begins; returns who is told (finished, of how many, failed).

    Raises
    ------
    Interrupted
        If `stop` was set before all was done.
    DecodingError
        If the data do not allow what was asked, or a split leaks.
    """
    main = bench_of(folder, Condition("", settings.baseline_seconds, channels=settings.channels), settings)
    run = _Run(settings, folder, out, main, stop or threading.Event(), say or _silent)
    return run.result()


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    settings: EvaluateSettings
    folder: Path
    out: Path
    main: Bench
    stop: threading.Event
    say: Say

    def result(self) -> Evaluation:
        folds = {target: self.main.folds(target) for target in self._targets()}
        facts = facts_of(self.main.epochs, self.main, self.settings, folds)
        table = self.main.epochs.table
        wanted = conditions(self.settings, table, self.main.epochs.info.channels)
        rows: list[Row] = []
        beliefs: dict[tuple[Target, str], Scores] = {}
        for target in folds:
            found = self._scores(wanted[0], target)
            beliefs |= {(target, name): one for name, one in found.items()}
            rows += self._main_rows(found, facts, target)
            rows += [row for condition in wanted[1:] for row in self._other_rows(condition, target)]
        return Evaluation(self.settings, facts, rows, notes_of(facts, table, folds), beliefs)

    def _targets(self) -> list[Target]:
        table = self.main.epochs.table.take(self.main.scored)
        varied = []
        for target in self.settings.axes():
            label = table.label(target)
            if np.unique(label[~np.isnan(label)] > 0).size > 1:
                varied.append(target)
        if not varied:
            raise DecodingError(
                f"no labels above and below 0 of {' or '.join(self.settings.axes())} are left in these data "
                f"beyond the first {self.settings.baseline_seconds:g} s of rest; nothing can be judged"
            )
        return varied

    def _main_rows(self, found: Mapping[str, Scores], facts: Facts, target: Target) -> Iterator[Row]:
        show = self.say("intervals")
        for number, scores in enumerate(found.values()):
            show(number, len(found), 0)
            yield from pooled_rows(scores, self.settings)
            yield from subject_rows(scores)
            if "drift" in self.settings.controls:
                yield from drift_rows(scores, self.settings)
        yield from difference_rows(found, self.settings, oracles(facts, target))
        yield from self._chance_rows(target)

    def _other_rows(self, condition: Condition, target: Target) -> Iterator[Row]:
        for scores in self._scores(condition, target).values():
            for row in pooled_rows(scores, self.settings, CURVE_METRICS):
                yield condition.keys | row

    def _chance_rows(self, target: Target) -> Iterator[Row]:
        """Yield what a method that learned from exchanged labels reaches: its mean and the middle 95 %."""
        if not self.settings.chance:
            return
        bench = self._bench(Condition("", self.settings.baseline_seconds, channels=self.settings.channels))
        kept = self._run(bench, target, (PERMUTED,))[PERMUTED]
        label = bench.epochs.table.label(target)[kept["test"].astype(int)]
        for name in CURVE_METRICS:
            draws = [
                METRICS[name](Judged(label, mean, sd, high))
                for mean, sd, high in zip(kept["mean"], kept["sd"], kept["high"], strict=True)
            ]
            low, high = np.quantile(draws, [0.025, 0.975])
            about = {"method": PERMUTED, "of": shown_name(PERMUTED_METHOD), "target": target, "metric": name}
            yield about | {
                "value": float(np.mean(draws)),
                "low": float(low),
                "high": float(high),
                "n": len(draws),
            }

    def _scores(self, condition: Condition, target: Target) -> dict[str, Scores]:
        bench = self._bench(condition)
        methods = tuple(name for name in self.settings.methods if not condition.name or looks(name))
        kept = self._run(bench, target, methods)
        unit = units(bench.epochs.table, target)
        return {name: _scores(name, target, arrays, bench.epochs, unit) for name, arrays in kept.items()}

    def _bench(self, condition: Condition) -> Bench:
        return bench_of(self.folder, condition, self.settings)

    def _run(self, bench: Bench, target: Target, methods: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        folds = bench.folds(target)
        jobs = {name: [self._job(bench, name, target, n) for n in range(len(folds))] for name in methods}
        missing = [job for some in jobs.values() for job in some if not job.kept.exists()]
        total = sum(len(some) for some in jobs.values())
        show = self.say(f"{bench.condition.name or self.settings.protocol} {target}")
        show(total - len(missing), total, 0)
        todo = spread(missing, do_fold, workers=self.settings.workers, ray=self.settings.ray, stop=self.stop)
        for done, _ in enumerate(todo, total - len(missing) + 1):
            show(done, total, 0)
        return {name: _together(some, folds) for name, some in jobs.items()}

    def _job(self, bench: Bench, method: str, target: Target, number: int) -> FoldJob:
        key = _digest(bench, self.settings)
        kept = self.out / KEPT / key / f"{method}.{target}.{number:03d}.npz"
        return FoldJob(self.folder, self.settings, bench.condition, method, target, number, kept)


def _scores(method: str, target: Target, kept: Mapping[str, Any], epochs: Epochs, unit: np.ndarray) -> Scores:
    rows = kept["test"].astype(int)
    table = epochs.table
    judged = Judged(table.label(target)[rows], kept["mean"], kept["sd"], kept["high"])
    return Scores(
        method, target, judged, table.subject[rows], unit[rows], table.baseline[rows], table.start[rows]
    )


def _together(jobs: list[FoldJob], folds: list[Fold]) -> dict[str, Any]:
    """Join the folds of one method, windows along the last axis."""
    parts = [read_fold(job.kept) for job in jobs]
    for job, part, fold in zip(jobs, parts, folds, strict=True):
        if not np.array_equal(part["test"].astype(int), fold.test):
            raise DecodingError(f"{job.kept} is of other windows than this fold; delete {job.kept.parent}")
    return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}


def _digest(bench: Bench, settings: EvaluateSettings) -> str:
    """Return the name of everything a fold depends on: data, code, settings, condition."""
    told = settings.model_dump(mode="json", exclude=set(_SPREADING))
    about = {
        "data": bench.epochs.info.sha256,
        "windows": [len(bench.epochs), *bench.epochs.data.shape[1:]],
        "code": _code(),
        "settings": told,
        "condition": asdict(bench.condition),
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _code() -> str:
    """Return a hash of the code of decoding and signals: figures of older code are made again."""
    root = Path(affectlab.__file__).parent
    files = sorted([*(root / "decoding").rglob("*.py"), *(root / "signals").rglob("*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def looks(method: str) -> bool:
    """Whether a method looks at the EEG, so that its figures depend on what of it is there."""
    return method not in {"majority", "stimulus-mean"}


def _silent(_name: str) -> Callable[[int, int, int], None]:
    return lambda _done, _total, _failed: None
