"""A run as an Inspect log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import cluster_bootstrap_mean
from affectlab.bench.eval_log import LoggedResult, LoggedSample, RunHeader, write_eval_log
from affectlab.bench.outcome import Outcome
from affectlab.bench.question import Terms
from affectlab.bench.subsets import OVERALL, scheme_of
from affectlab.errors import InvalidData

LOG = "log.eval"
Status = Literal["success", "cancelled"]


@dataclass(slots=True)
class Hits:
    """Whether each sample was answered right, with its subset and source; failures are left out."""

    right: list[float] = field(default_factory=list)
    subsets: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one sample."""
        if outcome.status != "failed":
            self.right.append(float(outcome.prediction == outcome.sample.label))
            self.subsets.append(outcome.sample.subset)
            self.sources.append(outcome.sample.groups["source"])

    def results(self, benchmark: str, seed: int) -> tuple[LoggedResult, ...]:
        """Accuracy overall and by subset, with its interval clustered by source."""
        rows = scheme_of(benchmark).rows(np.array(self.subsets, dtype=object))
        names = sorted(rows, key=lambda name: name != OVERALL)
        return tuple(self._accuracy(name, rows[name], seed) for name in names)

    def _accuracy(self, subset: str, members: NDArray[np.intp], seed: int) -> LoggedResult:
        right = np.array(self.right)[members]
        sources = [self.sources[index] for index in members]
        try:
            interval = cluster_bootstrap_mean(right, sources, seed=seed)
        except InvalidData:
            # All from one source: there is a value and no interval.
            return LoggedResult(subset, "accuracy", float(right.mean()), n=len(right))
        return LoggedResult(
            subset, "accuracy", interval.value, low=interval.low, high=interval.high, n=len(right)
        )


def write_log(
    folder: Path,
    about: Mapping[str, Any],
    terms: Terms,
    found: Iterable[Outcome],
    hits: Hits,
    *,
    status: Status,
) -> None:
    """Write ``log.eval``.

    Parameters
    ----------
    folder
        Of the run.
    about
        The content of ``run.json``.
    terms
        Under which the questions were asked.
    found
        Outcomes in the order of the data set.
    hits
        Of the same outcomes.
    status
        How the run ended.
    """
    data, task = about["dataset"], about["task"]
    header = RunHeader(
        benchmark=about["benchmark"],
        task=task["name"],
        version=task["version"],
        parameters=task["parameters"],
        model=terms.identity,
        mode=terms.mode,
        sampling=terms.sampling if terms.mode == "generate" else None,
        labels=data["labels"],
        dataset=Path(data["folder"]).name,
        folder=Path(data["folder"]),
        samples_sha256=data["samples_sha256"],
        size=sum(about["counts"].values()),
        started=datetime.fromisoformat(about["manifest"]["started"]),
        completed=datetime.now(UTC),
        status=status,
        results=hits.results(about["benchmark"], about["selection"]["seed"]),
        manifest=about["manifest"],
    )
    write_eval_log(folder / LOG, header, map(_logged, found))


def _logged(outcome: Outcome) -> LoggedSample:
    sample, probabilities = outcome.sample, outcome.probabilities
    scores = outcome.log_likelihoods
    return LoggedSample(
        id=sample.id,
        request=outcome.question.request,
        target=sample.label,
        prediction=outcome.prediction,
        text=outcome.text,
        complete=outcome.complete,
        log_likelihoods=None if scores is None else scores.tolist(),
        probabilities=None if probabilities is None else probabilities.tolist(),
        failure=outcome.failure,
        metadata={"subset": sample.subset, "split": sample.split, **sample.groups, **sample.details},
        seconds=outcome.seconds,
        tokens=outcome.tokens,
    )
