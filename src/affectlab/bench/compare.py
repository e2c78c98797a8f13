"""Two runs on the same data: the paired difference of every metric, with interval and p."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import holm
from affectlab.bench.metrics import (
    DEFINITIONS,
    PRIMARY,
    Answers,
    Columns,
    Row,
    columns,
    evaluate,
    scale_of,
)
from affectlab.bench.registry import benchmark, benchmark_of
from affectlab.bench.resampling import Resampler, difference
from affectlab.bench.results import Run, Samples, read_run
from affectlab.bench.subsets import scheme_of
from affectlab.errors import BenchError

Indices = NDArray[np.intp]


def compare(folder_a: Path, folder_b: Path, *, seed: int = 0, resamples: int = 2000) -> list[Row]:
    """Return B − A of every metric and subset, over the samples that both runs answered.

    Both are resampled together, by whole sources, so what the samples have in common cancels. The p values of
    accuracy over the subsets are adjusted by Holm's method.

    Parameters
    ----------
    folder_a, folder_b
        Folders of finished runs on the same data set.
    seed, resamples
        Of the bootstrap.

    Returns
    -------
    list
        Rows with ``subset`` (for exams also ``task`` and ``arm``), ``metric``, ``value``, ``low``, ``high``,
        ``p``, ``p_holm`` (None but for the main metric), ``a`` and ``b`` (the two values), ``n``, and
        ``note`` where something limits it.

    Raises
    ------
    BenchError
        If a folder holds no finished run, the data sets differ, or no sample was answered by both.
    """
    kinds = [benchmark_of(folder) for folder in (folder_a, folder_b)]
    if kinds[0] == kinds[1] and (of := benchmark(kinds[0])).exam:
        rows: list[Row] = of.comparer()(folder_a, folder_b, seed=seed, resamples=resamples)
        return rows
    if kinds[0] != kinds[1]:
        raise BenchError(
            f"{folder_a} is a run of {kinds[0]}, {folder_b} of {kinds[1]}; compare runs of one benchmark"
        )
    a, b = read_run(folder_a), read_run(folder_b)
    _check_same_data(a, b)
    rows_a, rows_b = _common(a, b)
    note = _note(a, b, len(rows_a))
    samples_a, samples_b = a.samples.take(rows_a), b.samples.take(rows_b)
    found = [
        one
        for subset, members in scheme_of(a.benchmark).rows(samples_a.subset).items()
        for one in _subset_rows(
            a, samples_a.take(members), samples_b.take(members), subset, resamples=resamples, seed=seed
        )
    ]
    _adjust(found)
    return [one | note for one in found]


def _check_same_data(a: Run, b: Run) -> None:
    hashes = [run.about["dataset"]["samples_sha256"] for run in (a, b)]
    if hashes[0] != hashes[1] or a.labels != b.labels:
        raise BenchError(
            f"{a.folder} and {b.folder} are of different data sets ({str(hashes[0])[:12]} and "
            f"{str(hashes[1])[:12]}); a paired comparison needs two runs on the same one"
        )


def _common(a: Run, b: Run) -> tuple[Indices, Indices]:
    """Return the rows in A and in B of the samples that both answered, in A's order."""
    there_a, there_b = ~a.samples.failed, ~b.samples.failed
    answered = {name: row for row, name in enumerate(b.samples.id) if there_b[row]}
    pairs = [
        (row, answered[name]) for row, name in enumerate(a.samples.id) if there_a[row] and name in answered
    ]
    if not pairs:
        raise BenchError(f"{a.folder} and {b.folder} have no answered sample in common; run both on the same")
    rows = np.array(pairs, dtype=np.intp)
    return rows[:, 0], rows[:, 1]


def _note(a: Run, b: Run, common: int) -> dict[str, str]:
    """Say in words what the two runs do not share; nothing where they share everything."""
    parts = [
        f"{len(run.samples) - common} of {len(run.samples)} samples of {name} left out: not answered by both"
        for name, run in (("A", a), ("B", b))
        if len(run.samples) > common
    ]
    parts += [f"{name} was steered: {run.steering}" for name, run in (("A", a), ("B", b)) if run.steering]
    parts += [f"{name} was stopped before its end" for name, run in (("A", a), ("B", b)) if not run.complete]
    if a.mode != b.mode:
        parts.append(f"A was asked in mode {a.mode}, B in mode {b.mode}")
    if a.about["task"] != b.about["task"]:
        parts.append("the two were asked in different words or versions of the task")
    if _shown(a) != _shown(b):
        parts.append(f"A was shown {_shown(a)}, B {_shown(b)}")
    return {"note": "; ".join(parts)} if parts else {}


def _shown(run: Run) -> str:
    chosen: Any = (run.about.get("selection") or {}).get("modalities")
    return "".join(chosen) if chosen else "everything"


def _subset_rows(run: Run, a: Samples, b: Samples, subset: str, *, resamples: int, seed: int) -> list[Row]:
    scale = scale_of(run)
    layouts = [columns(one, Answers.of(one), scale) for one in (a, b)]
    resampler = Resampler(a.source, resamples=resamples, seed=seed)
    observed, resampled = resampler.sums(np.hstack([layout.values for layout in layouts]))
    cut = layouts[0].values.shape[1]
    value_a, value_b = _both(observed, cut, layouts, run)
    draws_a, draws_b = _both(resampled, cut, layouts, run)
    rows = []
    for metric in DEFINITIONS:
        if metric in value_a and metric in value_b:
            was, now = float(value_a[metric]), float(value_b[metric])
            found = difference(now - was, draws_b[metric] - draws_a[metric], resampler.groups)
            rows.append(
                {
                    "subset": subset,
                    "metric": metric,
                    "value": found.value,
                    "low": found.low,
                    "high": found.high,
                    "p": found.p,
                    "p_holm": None,
                    "a": was,
                    "b": now,
                    "n": len(a),
                }
            )
    return rows


def _both(
    sums: NDArray[np.float64], cut: int, layouts: list[Columns], run: Run
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    scale = scale_of(run)
    return (
        evaluate(sums[..., :cut], layouts[0].slices, scale),
        evaluate(sums[..., cut:], layouts[1].slices, scale),
    )


def _adjust(rows: list[Row]) -> None:
    primary = [row for row in rows if row["metric"] == PRIMARY and np.isfinite(row["p"])]
    for row, p in zip(primary, holm(np.array([row["p"] for row in primary])), strict=True):
        row["p_holm"] = float(p)
