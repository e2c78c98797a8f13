"""What of a benchmark's runs is judged: each exam whose answers are words says so in a module of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from affectlab.bench.dataset import Dataset
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.judging.cases import Case
from affectlab.bench.judging.criteria import Criterion
from affectlab.errors import BenchError
from affectlab.models import Part

_MODULES = {"aica": "affectlab.bench.aica.judged", "persona": "affectlab.bench.persona.judged"}
"""Benchmark to the module with its `TASKS`, `judgeable`, `cases` and `control_criterion`."""


@dataclass(frozen=True, slots=True)
class Judgeable:
    """An answer of a run with what a judge must know of its question.

    Parameters
    ----------
    item
        Of the exam.
    sample, subset, source, task, arm
        Where it belongs.
    language
        Of question and answer.
    context
        The task in words, and what it is about.
    criteria
        What it is judged by.
    text
        The answer; empty where the model said nothing.
    """

    item: str
    sample: str
    subset: str
    source: str
    task: str
    arm: str
    language: str
    context: tuple[Part, ...]
    criteria: tuple[Criterion, ...]
    text: str

    def takes(self, criterion: Criterion) -> bool:
        """Say whether the answer is judged by `criterion`."""
        return criterion in self.criteria


@dataclass(frozen=True, slots=True)
class JudgedBenchmark:
    """How the answers of one benchmark are judged.

    Parameters
    ----------
    tasks
        Tasks of its exam that are judged.
    judgeable
        From a run and its data set to the answers to judge.
    cases
        From answers to control cases in which the judge must see what it is shown; none where the answers do
        not suffice.
    control_criterion
        From whether the judge sees to the criterion of the controls.
    """

    tasks: tuple[str, ...]
    judgeable: Callable[[ExamRun, Dataset], Iterator[Judgeable]]
    cases: Callable[[Sequence[Judgeable]], list[Case]]
    control_criterion: Callable[[bool], Criterion]


def judged_benchmark(name: str) -> JudgedBenchmark:
    """Return how answers of the benchmark called `name` are judged.

    Raises
    ------
    BenchError
        If nothing of it is judged.
    """
    if name not in _MODULES:
        raise BenchError(f"no answers of {name!r} are judged; expected a run of {', '.join(_MODULES)}")
    module = import_module(_MODULES[name])
    return JudgedBenchmark(
        cast(tuple[str, ...], module.TASKS), module.judgeable, module.cases, module.control_criterion
    )
