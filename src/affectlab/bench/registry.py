"""The benchmarks by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.exam.item import Exam, ExamChoice
from affectlab.bench.task import Task
from affectlab.errors import BenchError


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark that can be run.

    Parameters
    ----------
    name, about
        Its name on the command line and a line about it.
    task
        ``module:class`` of its task, made from a `DatasetInfo`; imported when it is used.
    exam
        The same of its exam, made from a `DatasetInfo` and an `ExamChoice`, where it asks questions of
        several kinds; a benchmark has a task or an exam.
    report
        ``module:function`` that reports on runs of its exam, called as
        `affectlab.bench.report.make_report` is.
    compare
        ``module:function`` that compares two runs of its exam, called as `affectlab.bench.compare.compare`
        is.
    baselines
        ``module:mapping`` of the baselines that answer it: name to what each does.
    """

    name: str
    about: str
    task: str = ""
    exam: str = ""
    report: str = ""
    compare: str = ""
    baselines: str = "affectlab.bench.baselines:BASELINES"

    def known_baselines(self) -> Mapping[str, str]:
        """Return the baselines that answer it: name to what each does."""
        return cast(Mapping[str, str], _named(self.baselines))

    def make_task(self, info: DatasetInfo) -> Task:
        """Make the task for a data set.

        Raises
        ------
        BenchError
            If this is an exam, or the data set is of another benchmark.
        """
        if not self.task:
            tasks = ", ".join(one.name for one in _BENCHMARKS if one.task)
            raise BenchError(f"{self.name} asks questions of several kinds; expected one of {tasks}")
        self._check(info)
        make = cast(Callable[[DatasetInfo], Task], _named(self.task))
        return make(info)

    def make_exam(self, info: DatasetInfo, choice: ExamChoice) -> Exam:
        """Make the exam for a data set.

        Raises
        ------
        BenchError
            If the data set is of another benchmark, or the exam knows no such task or arm.
        """
        self._check(info)
        make = cast(Callable[[DatasetInfo, ExamChoice], Exam], _named(self.exam))
        return make(info, choice)

    def reporter(self) -> Callable[..., Any]:
        """Return the function that reports on runs of the exam."""
        return cast(Callable[..., Any], _named(self.report))

    def comparer(self) -> Callable[..., Any]:
        """Return the function that compares two runs of the exam.

        Raises
        ------
        BenchError
            If it has none.
        """
        if not self.compare:
            raise BenchError(
                f"runs of {self.name} cannot be compared by pairs; use: affectlab bench report A B"
            )
        return cast(Callable[..., Any], _named(self.compare))

    def _check(self, info: DatasetInfo) -> None:
        if info.benchmark != self.name:
            raise BenchError(f"the data set is of benchmark {info.benchmark!r}; expected {self.name!r}")


_BENCHMARKS = (
    Benchmark(
        "emomm",
        "emotion when text, voice and face agree, disagree or are missing",
        "affectlab.bench.emomm.task:EmoMMTask",
    ),
    Benchmark(
        "aica",
        "what vision-language models understand of affective images, and write about them",
        exam="affectlab.bench.aica.exam:AicaExam",
        report="affectlab.bench.aica.report:make_aica_report",
        compare="affectlab.bench.aica.comparing:compare_aica",
        baselines="affectlab.bench.aica.baselines:BASELINES",
    ),
    Benchmark(
        "persona",
        "what different readers feel about the same event, given who they are",
        exam="affectlab.bench.persona.exam:PersonaExam",
        report="affectlab.bench.persona.report:make_persona_report",
        baselines="affectlab.bench.baselines:OF_WORDS",
    ),
    Benchmark(
        "emobench",
        "what people in a scenario feel, why, and what would help them (EmoBench)",
        exam="affectlab.bench.empathy.emobench:EmoBenchExam",
        report="affectlab.bench.empathy.report:make_emobench_report",
        baselines="affectlab.bench.baselines:NONE",
    ),
    Benchmark(
        "eqbench",
        "how strongly a person in a dialogue feels each of four emotions (EQ-Bench v2)",
        exam="affectlab.bench.empathy.eqbench:EqBenchExam",
        report="affectlab.bench.empathy.report:make_eqbench_report",
        baselines="affectlab.bench.baselines:NONE",
    ),
)


def _named(text: str) -> object:
    module, _, name = text.partition(":")
    return getattr(import_module(module), name)


def benchmark(name: str) -> Benchmark:
    """Return the benchmark called `name`.

    Raises
    ------
    BenchError
        If there is none of that name.
    """
    for one in _BENCHMARKS:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in _BENCHMARKS)
    raise BenchError(f"no benchmark {name!r}; expected one of {known}")


def benchmark_of(folder: Path) -> str:
    """Return the name of the benchmark of a run; "emomm" where the folder does not say.

    Whoever reads the run then says what is wrong with it.
    """
    try:
        return str(json.loads((folder / "run.json").read_text(encoding="utf-8"))["benchmark"])
    except (OSError, ValueError, KeyError, TypeError):
        return "emomm"


def benchmarks() -> tuple[Benchmark, ...]:
    """Return all benchmarks."""
    return _BENCHMARKS
