"""The companions of a run's explanations and paragraphs as rows with intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from affectlab.bench.aica.companions import COMPANIONS, companions_of
from affectlab.bench.aica.judged import TASKS
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.metrics import row
from affectlab.bench.resampling import mean_intervals

Row = dict[str, Any]


def companion_rows(run: ExamRun, *, resamples: int = 2000, seed: int = 0) -> list[Row]:
    """Return each companion's mean by task, arm and corpus, clustered by source.

    Returns
    -------
    list of dict
        Rows with ``subset`` ("all" for all corpora), ``task``, ``arm``, ``method`` (the model), ``metric``,
        ``value``, ``low``, ``high``, ``n`` (answers that have a value) and ``failed``. A companion that no
        answer has, such as regions without a marked image, has no row.
    """
    return list(_rows(run, resamples, seed))


def _rows(run: ExamRun, resamples: int, seed: int) -> Iterator[Row]:
    groups: dict[tuple[str, str, str], list[Any]] = {}
    for one in run.rows:
        if one["task"] in TASKS:
            for subset in ("all", one["subset"]):
                groups.setdefault((subset, one["task"], one["arm"]), []).append(one)
    for (subset, task, arm), rows in groups.items():
        good = [one for one in rows if one["status"] != "failed"]
        measured = [companions_of(one) for one in good]
        values = np.array([[one[name] for name in COMPANIONS] for one in measured])
        sources = np.array([one["source"] for one in good], dtype=object)
        found = mean_intervals(values.reshape(-1, len(COMPANIONS)), sources, resamples=resamples, seed=seed)
        place = {"subset": subset, "task": task, "arm": arm, "method": run.name}
        for name, (interval, n) in zip(COMPANIONS, found, strict=True):
            if n:
                yield {**place, **row(name, interval, n, len(rows) - len(good))}
