"""The benchmarks by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from affectlab.bench.dataset import DatasetInfo
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
    """

    name: str
    about: str
    task: str

    def make_task(self, info: DatasetInfo) -> Task:
        """Make the task for a data set.

        Raises
        ------
        BenchError
            If the data set is of another benchmark.
        """
        if info.benchmark != self.name:
            raise BenchError(f"the data set is of benchmark {info.benchmark!r}; expected {self.name!r}")
        module, _, name = self.task.partition(":")
        make = cast(Callable[[DatasetInfo], Task], getattr(import_module(module), name))
        return make(info)


_BENCHMARKS = (
    Benchmark(
        "emomm",
        "emotion when text, voice and face agree, disagree or are missing",
        "affectlab.bench.emomm.task:EmoMMTask",
    ),
)


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


def benchmarks() -> tuple[Benchmark, ...]:
    """Return all benchmarks."""
    return _BENCHMARKS
