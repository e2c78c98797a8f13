"""The leaderboard: one line for each model and arm, and the paper's own average."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from affectlab.bench.aica.metrics import OVERALL
from affectlab.bench.aica.report._judged import SCORE, TASKS

Row = dict[str, Any]

PAPER = "as in the paper"
"""The line whose EU is the mean of the basic and the CoT prompt, as the paper averages."""

PERCENT_OF_SCORE = 20.0


@dataclass(frozen=True, slots=True)
class Standing:
    """A line of the leaderboard; rows as of `aica_rows`, None where there is no figure.

    Parameters
    ----------
    run, arm
        The model, and how it was asked.
    eu, real
        The released code's figure and the real macro F1, means over corpora.
    er, egcg
        Mean ratings by the judge, 1 to 5.
    missing
        What of EU, ER and EGCG has no figure.
    """

    run: str
    arm: str
    eu: Row | None
    real: Row | None
    er: Row | None
    egcg: Row | None
    missing: tuple[str, ...]

    @property
    def overall(self) -> float:
        """Mean of EU, ER and EGCG in percent (a rating of 5 is 100); NaN where one is missing."""
        if self.eu is None or self.er is None or self.egcg is None:
            return math.nan
        ratings = PERCENT_OF_SCORE * (self.er["value"] + self.egcg["value"])
        return float(100 * self.eu["value"] + ratings) / 3

    def to_row(self) -> Row:
        """Return the overall figure as a row of the report."""
        about = {"run": self.run, "subset": OVERALL, "task": "overall", "arm": self.arm, "method": "model"}
        found = {"metric": "overall_percent", "value": self.overall, "low": math.nan, "high": math.nan}
        n = sum(row["n"] for row in (self.eu, self.er, self.egcg) if row)
        return {**about, **found, "n": n, "missing": list(self.missing)}


def standings(run: str, rows: Sequence[Row]) -> list[Standing]:
    """Return the lines of a run: the paper's average first, then arm by arm."""
    arms = list(dict.fromkeys(row["arm"] for row in rows if row["task"] in {"eu", *TASKS}))
    lines = [_standing(run, arm, rows, _find(rows, "eu", arm, "published_f1")) for arm in arms]
    if "basic" in arms:
        paper = _standing(run, "basic", rows, _both_prompts(rows))
        missing = tuple("EU with CoT" if name == "EU" else name for name in paper.missing)
        lines.insert(0, Standing(run, PAPER, paper.eu, None, paper.er, paper.egcg, missing))
    return lines


def _standing(run: str, arm: str, rows: Sequence[Row], eu: Row | None) -> Standing:
    er, egcg = (_find(rows, task, arm, SCORE) for task in TASKS)
    parts = {"EU": eu, "ER": er, "EGCG": egcg}
    missing = tuple(name for name, row in parts.items() if row is None)
    return Standing(run, arm, eu, _find(rows, "eu", arm, "macro_f1"), er, egcg, missing)


def _both_prompts(rows: Sequence[Row]) -> Row | None:
    found = [_find(rows, "eu", arm, "published_f1") for arm in ("basic", "cot")]
    one, other = found
    if one is None or other is None:
        return None
    value = (one["value"] + other["value"]) / 2
    return {**one, "value": value, "low": math.nan, "high": math.nan, "n": one["n"] + other["n"]}


def _find(rows: Sequence[Row], task: str, arm: str, metric: str) -> Row | None:
    wanted = (OVERALL, task, arm, metric)
    for row in rows:
        if (row["subset"], row["task"], row["arm"], row["metric"]) == wanted and math.isfinite(row["value"]):
            return row
    return None
