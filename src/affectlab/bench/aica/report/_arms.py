"""Arms of one run against each other: paired differences with Holm's adjustment over the arms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from affectlab.bench.aica.metrics import OVERALL
from affectlab.bench.aica.paired import (
    Answer,
    adjust,
    label_differences,
    mean_differences,
    pairs_of,
)
from affectlab.bench.aica.report._judged import SCORE, TASKS, Judged
from affectlab.bench.exam.table import ExamRun

PRIMARY = {"eu": "accuracy", "er": SCORE, "egcg": SCORE}
"""The metric of each task whose p values are adjusted over the arms."""

BASIC, GAT = "basic", "gat"

Row = dict[str, Any]


def arm_differences(run: ExamRun, judged: Judged, *, resamples: int, seed: int) -> list[Row]:
    """Return every arm less the basic one, and the whole of GAT less each of its rivals and controls.

    An arm in another language, such as ``gat-zh``, is compared with the arms of that language.

    Returns
    -------
    list of dict
        ``task``, ``arm`` less ``than``, ``subset``, ``metric``, ``value``, ``low``, ``high``, ``p``,
        ``p_holm`` (over the arms of one task, subset and reference; None but for the task's main metric),
        ``a`` and ``b`` (the values of ``than`` and of ``arm``), ``n``.
    """
    rows: list[Row] = []
    for task, main in PRIMARY.items():
        arms = list(dict.fromkeys(row["arm"] for row in run.select(task=task)))
        for contrasts in _contrasts(arms):
            found = [
                {"task": task, "arm": arm, "than": than, **row}
                for arm, than in contrasts
                for row in _differences(run, judged, task, arm, than, resamples=resamples, seed=seed)
            ]
            for subset in dict.fromkeys(row["subset"] for row in found):
                adjust([row for row in found if row["subset"] == subset], main)
            rows += found
    return rows


def overall_of(rows: Sequence[Row], metric: str) -> list[Row]:
    """Return the rows of a metric over all corpora."""
    return [row for row in rows if row["subset"] == OVERALL and row["metric"] == metric]


def _contrasts(arms: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Pair the arms of each language: all against the basic one, then GAT against the others."""
    found = []
    for ending in dict.fromkeys(_ending(arm) for arm in arms):
        own = [arm for arm in arms if _ending(arm) == ending]
        basic, gat = BASIC + ending, GAT + ending
        if basic in own:
            found.append([(arm, basic) for arm in own if arm != basic])
        if gat in own:
            found.append([(gat, arm) for arm in own if arm not in {basic, gat}])
    return [contrasts for contrasts in found if contrasts]


def _ending(arm: str) -> str:
    return "-zh" if arm.endswith("-zh") else "-en" if arm.endswith("-en") else ""


def _differences(
    run: ExamRun, judged: Judged, task: str, arm: str, than: str, *, resamples: int, seed: int
) -> list[Row]:
    pairs = pairs_of(run.select(task=task, arm=than), run.select(task=task, arm=arm))
    if task not in TASKS:
        return label_differences(pairs, resamples=resamples, seed=seed)

    def score(row: Answer) -> float:
        return judged.score(row["item"])

    return mean_differences(pairs, score, SCORE, resamples=resamples, seed=seed)
