"""What the answers of each task and arm cost, and how many could be used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from affectlab.bench.exam.table import ExamRun


@dataclass(frozen=True, slots=True)
class Budget:
    """Counts of one task and arm of a run.

    Parameters
    ----------
    task, arm
        Which.
    asked, answered, unparsed, failed
        Questions, and what became of them.
    cut
        Answers in words that ended at the longest length allowed.
    median, longest
        Tokens of the answers in words; NaN where there are none, or the server does not say.
    """

    task: str
    arm: str
    asked: int
    answered: int
    unparsed: int
    failed: int
    cut: int
    median: float
    longest: float


def budgets_of(run: ExamRun) -> list[Budget]:
    """Count every task and arm of a run, in the order they were asked in."""
    kinds = dict.fromkeys((str(row["task"]), str(row["arm"])) for row in run.rows)
    return [_budget(run, task, arm) for task, arm in kinds]


def failures_of(run: ExamRun) -> list[tuple[str, str, int]]:
    """Return (kind, message, number) of what could not be asked, the most frequent first."""
    found = Counter((row["failure_kind"], row["failure"]) for row in run.rows if row["status"] == "failed")
    return [(str(kind), str(message), number) for (kind, message), number in found.most_common()]


def _budget(run: ExamRun, task: str, arm: str) -> Budget:
    rows = run.select(task=task, arm=arm)
    status = Counter(row["status"] for row in rows)
    tokens = np.array([row["tokens"] for row in rows if row["tokens"]], dtype=float)
    return Budget(
        task,
        arm,
        len(rows),
        status["answered"],
        status["unparsed"],
        status["failed"],
        sum(row["complete"] is False for row in rows),
        float(np.median(tokens)) if tokens.size else float("nan"),
        float(tokens.max()) if tokens.size else float("nan"),
    )
