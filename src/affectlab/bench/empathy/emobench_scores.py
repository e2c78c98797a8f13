"""What a run of EmoBench is worth: accuracy by task, language and category, and what knows nothing gets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from affectlab.bench.empathy.rows import Value, difference_row, mean_row
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.metrics import Row
from affectlab.errors import BenchError

ALL = "all"

METRICS: Mapping[str, str] = {
    "accuracy": "EA: share of right answers, over all orders of the options",
    "joint": "EU: share of questions with emotion and cause both right, the published figure",
    "emotion": "EU: share of right emotions",
    "cause": "EU: share of right causes, asked with the emotion that the model chose",
    "consistency": "share of scenarios answered alike in every order of the options, right or wrong",
    "parse_rate": "share of answers in words that name one letter",
}
BASELINES: Mapping[str, str] = {
    "random": "one option at random",
    "longest": "the longest option",
}
_OF_TASK = {"EA": ("accuracy",), "EU": ("joint", "emotion", "cause")}


@dataclass(frozen=True, slots=True)
class _Answer:
    """One question in one order of its options: EA, or emotion and cause together."""

    source: str
    sample: str
    subset: str
    category: str
    task: str
    arm: str
    order: int
    parts: Mapping[str, Mapping[str, Any]]

    @property
    def right(self) -> dict[str, float]:
        """Metric to 1 where right, else 0."""
        return _metrics(self.task, {name: float(_hit(one)) for name, one in self.parts.items()})

    @property
    def said(self) -> tuple[str | None, ...]:
        return tuple(one["prediction"] for one in self.parts.values())


def emobench_rows(run: ExamRun, *, resamples: int, seed: int) -> list[Row]:
    """Measure a run: every metric by arm and language, by category, and thinking first against not.

    Raises
    ------
    BenchError
        If it holds no whole answer.
    """
    answers = list(_answers(run))
    if not answers:
        raise BenchError(f"{run.folder} holds no answered question of EmoBench; run it again")
    rows: list[Row] = []
    for about, found in _groups(answers):
        rows += [{**about, **one} for one in _measured(found, resamples=resamples, seed=seed)]
    return rows + _contrasts(answers, resamples=resamples, seed=seed)


def emobench_baselines(run: ExamRun, *, resamples: int, seed: int) -> list[Row]:
    """Measure what knows nothing of the scenarios, on the questions that were answered."""
    one_order = [one for one in _answers(run) if one.order == 0]
    arms = {one.arm for one in one_order}
    asked = [one for one in one_order if one.arm == min(arms, default="")]
    rows = []
    for about, found in _groups(asked):
        for method, chance in (("random", _random), ("longest", _longest)):
            for metric in _OF_TASK[about["task"]]:
                values = [(one.source, chance(one)[metric]) for one in found]
                own = {name: value for name, value in about.items() if name != "arm"}
                rows.append(
                    {**own, "method": method, **mean_row(metric, values, resamples=resamples, seed=seed)}
                )
    return rows


def _answers(run: ExamRun) -> Iterator[_Answer]:
    """Put together the parts of each question; those with a failed part are left out."""
    parts: dict[tuple[str, str, int], dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in run.rows:
        if row["task"] != "thought":
            parts[row["sample"], row["arm"], row["details"]["order"]][row["task"]] = row
    for (sample, arm, order), found in parts.items():
        first = next(iter(found.values()))
        task = first["details"]["task"]
        whole = {"EA"} if task == "EA" else {"EU-emotion", "EU-cause"}
        if found.keys() == whole and all(one["status"] != "failed" for one in found.values()):
            yield _Answer(
                first["source"],
                sample,
                first["subset"],
                first["details"]["category"],
                task,
                arm,
                order,
                found,
            )


def _groups(answers: Sequence[_Answer]) -> Iterator[tuple[dict[str, str], list[_Answer]]]:
    """Yield answers by task, arm and language, of all languages, and by category within a language."""
    found: dict[tuple[str, str, str, str], list[_Answer]] = defaultdict(list)
    for one in answers:
        for subset in dict.fromkeys((ALL, one.subset)):
            found[one.task, one.arm, subset, ALL].append(one)
        found[one.task, one.arm, one.subset, one.category].append(one)
    for (task, arm, subset, category), inside in found.items():
        yield {"subset": subset, "task": task, "arm": arm, "category": category}, inside


def _measured(answers: Sequence[_Answer], *, resamples: int, seed: int) -> list[Row]:
    task = answers[0].task
    values: dict[str, list[Value]] = {
        metric: [(one.source, one.right[metric]) for one in answers] for metric in _OF_TASK[task]
    }
    if len({one.order for one in answers}) > 1:
        values["consistency"] = _consistency(answers)
    values["parse_rate"] = [
        (one.source, float(part["status"] == "answered")) for one in answers for part in one.parts.values()
    ]
    return [
        {"method": "model", **mean_row(metric, found, resamples=resamples, seed=seed)}
        for metric, found in values.items()
    ]


def _consistency(answers: Sequence[_Answer]) -> list[Value]:
    said: dict[str, set[tuple[str | None, ...]]] = defaultdict(set)
    sources = {one.sample: one.source for one in answers}
    for one in answers:
        said[one.sample].add(one.said)
    return [(sources[sample], float(len(found) == 1)) for sample, found in said.items()]


def _contrasts(answers: Sequence[_Answer], *, resamples: int, seed: int) -> list[Row]:
    """Return thinking first less answering at once, on the questions that both arms answered."""
    by_key: dict[tuple[str, int], dict[str, _Answer]] = defaultdict(dict)
    for one in answers:
        by_key[one.sample, one.order][one.arm] = one
    both = [arms for arms in by_key.values() if {"base", "cot"} <= arms.keys()]
    rows = []
    for task, metrics in _OF_TASK.items():
        inside = [arms for arms in both if arms["base"].task == task]
        for metric in metrics if inside else ():
            values = [
                (arms["base"].source, arms["cot"].right[metric] - arms["base"].right[metric])
                for arms in inside
            ]
            about = {"subset": ALL, "task": task, "arm": "cot", "against": "base", "category": ALL}
            found = difference_row(metric, values, resamples=resamples, seed=seed)
            rows.append({**about, "method": "model", **found})
    return rows


def _random(one: _Answer) -> dict[str, float]:
    shares = {name: 1 / len(part["target"]) for name, part in one.parts.items()}
    return _metrics(one.task, shares)


def _longest(one: _Answer) -> dict[str, float]:
    return _metrics(one.task, {name: _longest_hit(part) for name, part in one.parts.items()})


def _metrics(task: str, hits: Mapping[str, float]) -> dict[str, float]:
    if task == "EA":
        return {"accuracy": hits["EA"]}
    emotion, cause = hits["EU-emotion"], hits["EU-cause"]
    return {"joint": emotion * cause, "emotion": emotion, "cause": cause}


def _longest_hit(part: Mapping[str, Any]) -> float:
    """Return the chance of being right with the longest option, one of them at random where several are."""
    lengths = part["details"]["lengths"]
    longest = [place for place, length in enumerate(lengths) if length == max(lengths)]
    return sum(float(part["target"][str(place)]) for place in longest) / len(longest)


def _hit(part: Mapping[str, Any]) -> bool:
    said = part["prediction"]
    return said is not None and part["target"][said] > 0
