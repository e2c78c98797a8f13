"""An exam as an Inspect log: one sample of the log for each question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from affectlab.affect import cluster_bootstrap_mean
from affectlab.bench.eval_log import LoggedResult, LoggedSample, RunHeader, write_eval_log
from affectlab.bench.exam.result import Result
from affectlab.bench.run_log import LOG, Status
from affectlab.errors import InvalidData
from affectlab.models import Identity


@dataclass(slots=True)
class ArmHits:
    """Whether each question with labels was answered right, by task and arm; failures are left out."""

    right: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sources: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, result: Result) -> None:
        """Count one question."""
        truth = result.item.truth
        if truth and result.status != "failed":
            name = f"{result.item.task} {result.item.arm}"
            self.right[name].append(float(result.prediction == max(truth, key=truth.__getitem__)))
            self.sources[name].append(result.item.sample.groups["source"])

    def results(self, seed: int) -> tuple[LoggedResult, ...]:
        """Accuracy by task and arm, with its interval clustered by source."""
        return tuple(self._accuracy(name, seed) for name in self.right)

    def _accuracy(self, name: str, seed: int) -> LoggedResult:
        right = self.right[name]
        try:
            found = cluster_bootstrap_mean(right, self.sources[name], seed=seed)
        except InvalidData:
            # All from one source: there is a value and no interval.
            return LoggedResult(name, "accuracy", sum(right) / len(right), n=len(right))
        return LoggedResult(name, "accuracy", found.value, low=found.low, high=found.high, n=len(right))


def write_exam_log(
    folder: Path,
    about: Mapping[str, Any],
    identity: Identity,
    found: Iterable[Result],
    hits: ArmHits,
    *,
    status: Status,
) -> None:
    """Write ``log.eval`` into the folder of a run; `about` is the content of ``run.json``."""
    data, task = about["dataset"], about["task"]
    header = RunHeader(
        benchmark=about["benchmark"],
        task=task["name"],
        version=task["version"],
        parameters=task["parameters"],
        model=identity,
        mode=about["mode"],
        labels=data["labels"],
        dataset=Path(data["folder"]).name,
        folder=Path(data["folder"]),
        samples_sha256=data["samples_sha256"],
        size=sum(about["counts"].values()),
        started=datetime.fromisoformat(about["manifest"]["started"]),
        completed=datetime.now(UTC),
        status=status,
        results=hits.results(about["selection"]["seed"]),
        manifest=about["manifest"],
    )
    write_eval_log(folder / LOG, header, map(_logged, found))


def _logged(result: Result) -> LoggedSample:
    item, answer = result.item, result.generation
    truth = item.truth
    about = {"subset": item.sample.subset, "split": item.sample.split, "task": item.task, "arm": item.arm}
    return LoggedSample(
        id=item.id,
        request=result.question.request,
        target=max(truth, key=truth.__getitem__) if truth else "",
        prediction=result.prediction,
        text=answer.text if answer else None,
        complete=answer.complete if answer else True,
        labels=item.labels,
        log_likelihoods=list(result.log_likelihoods.values()) or None,
        probabilities=list(result.probabilities.values()) or None,
        failure=result.failure,
        metadata={**about, **item.sample.groups, **item.sample.details, **item.details},
        seconds=result.seconds,
        tokens=answer.tokens if answer else 0,
    )
