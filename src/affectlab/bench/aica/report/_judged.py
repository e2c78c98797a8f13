"""Ratings of texts by a judge, as ``bench judge`` leaves them beside a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.affect import Interval, cluster_bootstrap_mean
from affectlab.bench.aica.metrics import OVERALL, measured
from affectlab.bench.exam.table import ExamRun
from affectlab.errors import BenchError, InvalidData

JUDGEMENTS, SUMMARY = "judgements.jsonl", "judging.json"
TASKS = ("er", "egcg")
SCORE = "score"
"""Mean of a text's criteria, 1 to 5."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge gave the texts of a run.

    Parameters
    ----------
    scores
        Item to criterion to rating, 1 to 5, mean of the judge's two orders.
    unread
        Ratings that the judge did not give, or not so that they could be read.
    judge
        Its name.
    trust
        What its own controls say of it; empty where they were not run.
    """

    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    unread: int = 0
    judge: str = ""
    trust: str = ""

    def score(self, item: str) -> float:
        """Return the mean of an item's criteria, NaN where it was not judged."""
        found = list(self.scores.get(item, {}).values())
        return float(np.mean(found)) if found else float("nan")


def read_judged(run: ExamRun, folders: Sequence[Path]) -> Judged:
    """Read the ratings of a run's texts; pairwise verdicts are left to ``bench judge``.

    Parameters
    ----------
    folders
        Where judgements may lie: the run's own folder, or that of the run it was judged with. The first that
        holds ratings of the run counts, for ratings of two judges are not one scale.

    Raises
    ------
    BenchError
        If a line cannot be read.
    """
    arms = {row["item"]: row["arm"] for row in run.rows if row["task"] in TASKS}
    for folder in dict.fromkeys((run.folder, *folders)):
        found = _ratings(run, folder / JUDGEMENTS, arms)
        if found.scores or found.unread:
            return found
    return Judged()


def _ratings(run: ExamRun, path: Path, arms: Mapping[str, str]) -> Judged:
    if not path.exists():
        return Judged()
    scores: dict[str, dict[str, float]] = {}
    unread, judge = 0, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = _line(path, number, line)
        arm = arms.get(str(found.get("item")))
        names = {f"{run.name} {arm}", f"{run.name} in {run.folder} {arm}"}
        if found["kind"] != "rating" or arm is None or found["candidate"] not in names:
            continue
        judge = str(found["judge"])
        if found["score"] is None:
            unread += 1
        else:
            scores.setdefault(str(found["item"]), {})[str(found["criterion"])] = float(found["score"])
    return Judged(scores, unread, judge, _trust(path.with_name(SUMMARY)))


def _trust(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["trust"])
    except (OSError, ValueError, KeyError, TypeError):
        # The figures stand without it, and the report then says that nothing vouches for the judge.
        return ""


def judged_rows(run: ExamRun, judged: Judged, *, resamples: int, seed: int) -> list[Row]:
    """Return the mean of each criterion, and of all, by corpus, task and arm: rows as of `aica_rows`."""
    rows: list[Row] = []
    for task in TASKS:
        for arm in dict.fromkeys(row["arm"] for row in run.select(task=task)):
            about = {"task": task, "arm": arm, "method": run.name}
            own = [row for row in run.select(task=task, arm=arm) if row["item"] in judged.scores]
            for subset in (*dict.fromkeys(row["subset"] for row in own), OVERALL):
                here = [row for row in own if subset in {row["subset"], OVERALL}]
                rows += _means(here, judged, about | {"subset": subset}, resamples, seed)
    return rows


def _means(
    rows: Sequence[Mapping[str, Any]], judged: Judged, about: Row, resamples: int, seed: int
) -> list[Row]:
    criteria = dict.fromkeys(name for row in rows for name in judged.scores[row["item"]])
    columns = {
        name: [(row["source"], judged.scores[row["item"]].get(name, np.nan)) for row in rows]
        for name in criteria
    }
    if criteria:
        columns[SCORE] = [(row["source"], judged.score(row["item"])) for row in rows]
    found = []
    for name, pairs in columns.items():
        known = [(source, value) for source, value in pairs if np.isfinite(value)]
        one = _interval([value for _, value in known], [source for source, _ in known], resamples, seed)
        found.append(measured(about, name, one, len(known)))
    return found


def _interval(values: Sequence[float], sources: Sequence[str], resamples: int, seed: int) -> Interval:
    try:
        return cluster_bootstrap_mean(values, sources, resamples=resamples, seed=seed)
    except InvalidData:
        # All from one source: there is a value and no interval.
        return Interval(float(np.mean(values)), float("nan"), float("nan"), 1)


def _line(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(line)
        wanted = (
            {"kind"} if found["kind"] != "rating" else {"item", "criterion", "candidate", "score", "judge"}
        )
        if lacking := sorted(wanted - found.keys()):
            raise ValueError(f"no {', no '.join(lacking)}")
    except (ValueError, TypeError, KeyError) as error:
        raise BenchError(f"{path}, line {number} is no judgement ({error}); judge again") from error
    return found
