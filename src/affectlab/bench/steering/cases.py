"""What a steering is fitted and tuned on, taken from a benchmark's data set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from affectlab.bench.dataset import Dataset
from affectlab.bench.emomm.conflict import ConflictRule, in_conflict
from affectlab.bench.sample import Sample, Split
from affectlab.bench.task import Task
from affectlab.errors import BenchError
from affectlab.steering.case import Case

if TYPE_CHECKING:
    from affectlab.steering.plan import DataPrint

_SUBSETS = ("aligned", "conflict", "missing_aligned", "missing_conflict")
"""Samples of one modality have nothing to disagree with."""


def cases_of(
    dataset: Dataset,
    task: Task,
    *,
    split: Split | None = "train",
    limit: int | None = None,
    seed: int = 0,
    conflict: ConflictRule = "subset",
) -> list[Case]:
    """Return the samples of two modalities or three, with truth and conflict, in the order of the data set.

    Parameters
    ----------
    split
        Side of the source-level split; None takes both.
    limit
        Cases wanted; whole sources are drawn in a seeded order until there are as many, so there may be a few
        more. A smaller limit is a part of a larger one. None takes all.
    conflict
        What counts as conflict; see `ConflictRule`.

    Raises
    ------
    BenchError
        If the benchmark knows no conflict, or there is nothing on this side of the split.
    """
    if dataset.info.benchmark != "emomm":
        raise BenchError(
            f"{dataset.folder} is of benchmark {dataset.info.benchmark!r}, which does not say what is in "
            "conflict; steering is fitted on 'emomm'"
        )
    samples = [one for one in dataset.samples if split in {None, one.split} and one.subset in _SUBSETS]
    if not samples:
        side = f" on the {split} side of its split" if split else ""
        raise BenchError(
            f"{dataset.folder} has no sample of {', '.join(_SUBSETS)}{side}; build it with more clips"
        )
    labels = list(task.labels)
    return [
        Case(
            task.request(sample, generate=False),
            labels.index(sample.label),
            in_conflict(sample, conflict),
            sample.groups["source"],
        )
        for sample in (samples if limit is None else _drawn(samples, limit, seed))
    ]


def print_of_data(dataset: Dataset, split: Split, cases: Sequence[Case]) -> DataPrint:
    """Say what `cases` were taken from, for the plan that is fitted on them."""
    from affectlab.steering.plan import DataPrint

    return DataPrint(
        name=dataset.folder.absolute().name,
        samples_sha256=dataset.info.samples_sha256,
        split=split,
        cases=len(cases),
        conflicts=sum(case.conflict for case in cases),
        sources=len({case.source for case in cases}),
    )


def halves(cases: Iterable[Case], seed: int) -> tuple[list[Case], list[Case]]:
    """Divide cases into a part to fit on and a part to tune on, whole sources on one side.

    A source's side depends on nothing but its name and the seed.
    """
    fit: list[Case] = []
    tune: list[Case] = []
    for case in cases:
        digest = hashlib.sha256(f"tune:{seed}:{case.source}".encode()).digest()
        (fit if digest[0] % 2 else tune).append(case)
    return fit, tune


def _drawn(samples: Sequence[Sample], limit: int, seed: int) -> list[Sample]:
    sources: dict[str, list[int]] = {}
    for index, sample in enumerate(samples):
        sources.setdefault(sample.groups["source"], []).append(index)
    names = sorted(sources)
    chosen: list[int] = []
    for place in np.random.default_rng(seed).permutation(len(names)):
        if len(chosen) >= limit:
            break
        chosen += sources[names[place]]
    return [samples[index] for index in sorted(chosen)]
