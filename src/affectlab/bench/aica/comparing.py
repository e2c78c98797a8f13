"""Two runs of AICA-Bench on the same data, question by question."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affectlab.bench.aica.paired import Answer, adjust, label_differences, mean_differences
from affectlab.bench.aica.rated import model_rating
from affectlab.bench.exam.table import ExamRun, read_exam_run
from affectlab.errors import BenchError

Row = dict[str, Any]

PRIMARY = {"eu": "accuracy", "intensity": "mae_share"}
"""Metric by task whose p values are adjusted. ``mae_share`` is the error as a share of the scale."""


def compare_aica(folder_a: Path, folder_b: Path, *, seed: int = 0, resamples: int = 2000) -> list[Row]:
    """Return B − A of labels and of ratings, by corpus, task and arm, over what both answered.

    An answer that is no rating has the largest error that its scale allows. p values are adjusted over
    corpora and arms, for the main metric of each task (Holm).

    Parameters
    ----------
    folder_a, folder_b
        Folders of finished runs on the same data set.
    seed, resamples
        Of the bootstrap.

    Returns
    -------
    list of dict
        Rows as of `affectlab.bench.compare.compare`, with ``task`` and ``arm``.

    Raises
    ------
    BenchError
        If a folder holds no finished run, the data sets differ, or no question was answered by both.
    """
    a, b = read_exam_run(folder_a), read_exam_run(folder_b)
    hashes = [str(run.about["dataset"]["samples_sha256"]) for run in (a, b)]
    if hashes[0] != hashes[1]:
        raise BenchError(
            f"{folder_a} and {folder_b} are of different data sets ({hashes[0][:12]} and {hashes[1][:12]}); "
            "a paired comparison needs two runs on the same one"
        )
    groups = _common(a, b)
    if not groups:
        raise BenchError(
            f"{folder_a} and {folder_b} have no answered label or rating in common; run both with the same "
            "--tasks and --prompting"
        )
    rows = [row for key, pairs in groups.items() for row in _rows(key, pairs, resamples, seed)]
    for task, metric in PRIMARY.items():
        adjust([row for row in rows if row["task"].partition(":")[0] == task], metric)
    note = _note(a, b, sum(map(len, groups.values())))
    return [row | note for row in rows]


def _common(a: ExamRun, b: ExamRun) -> dict[tuple[str, str], list[tuple[Answer, Answer]]]:
    """Return the pairs of answers by task (of ratings with the scale) and arm."""
    others = {row["item"]: row for row in b.rows if row["status"] != "failed"}
    found: dict[tuple[str, str], list[tuple[Answer, Answer]]] = {}
    for row in a.rows:
        if row["task"] in PRIMARY and row["status"] != "failed" and row["item"] in others:
            key = _scale(row) if row["task"] == "intensity" else "eu", str(row["arm"])
            found.setdefault(key, []).append((row, others[row["item"]]))
    return found


def _scale(row: Answer) -> str:
    facts = row["details"]
    return ":".join(one for one in ("intensity", facts["dimension"], facts["population"]) if one)


def _rows(
    key: tuple[str, str], pairs: Sequence[tuple[Answer, Answer]], resamples: int, seed: int
) -> list[Row]:
    task, arm = key
    if task == "eu":
        found = label_differences(pairs, resamples=resamples, seed=seed)
    else:
        found = mean_differences(pairs, rating_error, "mae_share", resamples=resamples, seed=seed)
    return [{"task": task, "arm": arm, **row} for row in found]


def rating_error(row: Answer) -> float:
    """Return how far a rating is from people's mean, as a share of the scale."""
    facts: Mapping[str, Any] = row["details"]
    value, mean, low, high = model_rating(row), facts["mean"], facts["low"], facts["high"]
    error = abs(value - mean) if math.isfinite(value) else max(mean - low, high - mean)
    return float(error / (high - low))


def _note(a: ExamRun, b: ExamRun, common: int) -> dict[str, str]:
    """Say in words what the two runs do not share; nothing where they share everything."""
    parts = []
    for name, run in (("A", a), ("B", b)):
        every = sum(row["task"] in PRIMARY for row in run.rows)
        if every > common:
            parts.append(f"{every - common} of {every} answers of {name} left out: not answered by both")
        if not run.complete:
            parts.append(f"{name} was stopped before its end")
    if a.about["task"] != b.about["task"]:
        parts.append("the two were asked in different words, arms or versions of the exam")
    return {"note": "; ".join(parts)} if parts else {}
