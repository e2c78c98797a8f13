"""What a run's log says: about the run as a whole, and about each sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from affectlab.models import Failure, Identity, Request, Sampling


@dataclass(frozen=True, slots=True)
class LoggedResult:
    """One number of the result table.

    Parameters
    ----------
    subset
        What it is about, for example "overall" or "conflict".
    metric
        For example "accuracy".
    value
        The number itself.
    stderr, low, high
        Standard error and interval, None where there are none.
    n
        Samples it rests on.
    """

    subset: str
    metric: str
    value: float
    stderr: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class RunHeader:
    """What is true of all samples of a run.

    Parameters
    ----------
    benchmark
        For example "emomm".
    task, version, parameters
        Of `affectlab.bench.task.Task`.
    model
        Who was asked.
    mode
        "score" where likelihoods of labels were asked for, "generate" where words were.
    labels
        Label to the words that name it to the model, in order.
    dataset, folder, samples_sha256, size
        Name, place, content hash of the data set and number of samples asked about.
    started, completed
        With time zone.
    sampling
        How words were generated; None in mode "score".
    status
        "success", "cancelled", or "error" with `error` as one line.
    results
        The result table, most important row first.
    manifest
        See `affectlab.manifest.make_manifest`.
    """

    benchmark: str
    task: str
    version: str
    model: Identity
    mode: Literal["score", "generate"]
    labels: Mapping[str, str]
    dataset: str
    samples_sha256: str
    size: int
    started: datetime
    completed: datetime
    folder: Path | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sampling: Sampling | None = None
    status: Literal["success", "cancelled", "error"] = "success"
    error: str = ""
    results: tuple[LoggedResult, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoggedSample:
    """One sample and what became of it.

    Parameters
    ----------
    id
        Unique in the run, safe in file names.
    request
        What was asked; media are logged by path and hash only.
    target
        The true label; empty where the answer is no label and nothing is scored.
    prediction
        The label read from the answer, None where none could be.
    text, complete
        The answer in words (mode "generate"), and whether it ended by itself.
    labels
        The question's own labels; those of the run when None.
    log_likelihoods, probabilities
        One number per label in label order (mode "score").
    failure
        Why there is no answer; None where there is one.
    metadata
        JSON-ready facts to filter and group by; ``source`` names the cluster, by default the sample itself.
    seconds, tokens
        Time the answer took, and tokens generated, 0 where unknown.
    """

    id: str
    request: Request
    target: str
    prediction: str | None = None
    text: str | None = None
    complete: bool = True
    labels: Mapping[str, str] | None = None
    log_likelihoods: Sequence[float] | None = None
    probabilities: Sequence[float] | None = None
    failure: Failure | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    tokens: int = 0
