"""What a run of EQ-Bench v2 is worth: its score, how much of it was readable, and what a constant gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affectlab.bench.empathy.eqbench_scoring import HIGHEST, MIN_PARSEABLE, REVISED_SHARE, question_score
from affectlab.bench.empathy.rows import mean_row
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.metrics import Row
from affectlab.errors import BenchError

METRICS: Mapping[str, str] = {
    "eq_score": "the benchmark's score: of the revised answers where they are no worse and readable, else of "
    "the first; none where less than 83.33 % could be read",
    "first_score": "mean over readable first answers, 100 for the reference, about 0 at random",
    "revised_score": "the same of revised answers",
    "first_readable": "share of questions whose first answer could be read",
    "revised_readable": "share of questions whose revised answer could be read",
    "absolute_error": "mean difference of an intensity from the reference, 0 to 10, first answers",
}
CONSTANTS = (3, 5)
"""Intensities given to every emotion by the baselines; 3 is the constant that scores best."""

_PASSES = ("first", "revised")


def eqbench_rows(run: ExamRun, *, resamples: int, seed: int) -> list[Row]:
    """Measure a run by arm.

    Raises
    ------
    BenchError
        If it holds no answer.
    """
    arms = list(dict.fromkeys(row["arm"] for row in run.rows))
    rows = [one for arm in arms for one in _arm(run.select(arm=arm), arm, resamples=resamples, seed=seed)]
    if not rows:
        raise BenchError(f"{run.folder} holds no answered question of EQ-Bench; run it again")
    return rows


def eqbench_baselines(run: ExamRun, *, resamples: int, seed: int) -> list[Row]:
    """Measure constant answers to the questions of a run, and the mean over all answers there are."""
    asked = {row["sample"]: row for row in run.rows}
    scores = {
        f"constant-{value}": [(row["source"], _constant(row, value)) for row in asked.values()]
        for value in CONSTANTS
    }
    scores["random"] = [(row["source"], _random(row)) for row in asked.values()]
    return [
        {
            "subset": "en",
            "task": "intensity",
            "method": method,
            **mean_row("eq_score", values, scale=10, resamples=resamples, seed=seed),
        }
        for method, values in scores.items()
    ]


def _arm(found: Sequence[Mapping[str, Any]], arm: str, *, resamples: int, seed: int) -> list[Row]:
    there = [row for row in found if row["status"] != "failed"]
    if not there:
        return []
    failed = len(found) - len(there)
    about = {"subset": "en", "task": "intensity", "arm": arm, "method": "model"}
    scores: dict[str, Row] = {}
    readable: dict[str, Row] = {}
    for name in _PASSES if arm == "revise" else _PASSES[:1]:
        values = [(row["source"], row["values"].get(name, np.nan)) for row in there]
        seen = [(source, float(np.isfinite(value))) for source, value in values]
        given = {"failed": failed, "resamples": resamples, "seed": seed}
        scores[name] = mean_row(f"{name}_score", values, scale=10, **given)
        readable[name] = mean_row(f"{name}_readable", seen, **given)
    errors = [(row["source"], _error(row)) for row in there]
    last = mean_row("absolute_error", errors, failed=failed, resamples=resamples, seed=seed)
    rows = [_score(scores, readable), *scores.values(), *readable.values(), last]
    return [{**about, **one} for one in rows]


def _score(scores: Mapping[str, Row], readable: Mapping[str, Row]) -> Row:
    """Return the score that counts, by the benchmark's rule."""
    name = "first"
    if "revised" in scores:
        better = scores["revised"]["value"] >= scores["first"]["value"]
        enough = readable["revised"]["value"] >= REVISED_SHARE * readable["first"]["value"]
        neither = not np.isfinite(scores["first"]["value"])
        name = "revised" if (better and enough) or neither else "first"
    chosen = {**scores[name], "metric": "eq_score", "pass": name}
    if readable[name]["value"] < MIN_PARSEABLE:
        nothing = float("nan")
        chosen |= {"value": nothing, "low": nothing, "high": nothing}
    return chosen


def _error(row: Mapping[str, Any]) -> float:
    said = row["notes"].get("first", {})
    reference = row["details"]["reference"]
    if not said or "problem" in said:
        return float("nan")
    return float(np.mean([abs(said[name] - value) for name, value in reference.items()]))


def _constant(row: Mapping[str, Any], value: int) -> float:
    reference = row["details"]["reference"]
    return question_score(reference, dict.fromkeys(reference, value))


def _random(row: Mapping[str, Any]) -> float:
    """Return the expected score of whole intensities drawn evenly; emotions add up, so each is averaged."""
    return float(np.mean([_constant(row, value) for value in range(HIGHEST + 1)]))
