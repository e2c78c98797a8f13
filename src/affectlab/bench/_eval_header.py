"""The header of an Inspect log, made with Inspect's own types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING, Any

from affectlab import __version__
from affectlab.bench._logged_run import LoggedResult, RunHeader
from affectlab.models import Identity

if TYPE_CHECKING:
    from inspect_ai.log import (
        EvalDataset,
        EvalError,
        EvalLog,
        EvalMetric,
        EvalPlan,
        EvalResults,
        EvalScore,
        EvalSpec,
    )
    from inspect_ai.model import GenerateConfig

SCORER = "label"
"""Name under which samples carry their score; `affectlab.inspect_plugin.label` gives the same."""


def logged_model(model: Identity) -> str:
    """Name of the model in Inspect's terms, under which ``inspect eval --model`` loads it again."""
    provider, _, name = model.name.partition(":")
    return name if provider == "inspect" else f"affectlab/{model.name}"


def fingerprint(header: RunHeader) -> str:
    """Hash of everything that decides the answers of a run; the root of all ids in its log."""
    content = {
        "benchmark": header.benchmark,
        "task": [header.task, header.version, dict(header.parameters)],
        "model": asdict(header.model),
        "mode": header.mode,
        "labels": list(header.labels.items()),
        "samples": header.samples_sha256,
        "sampling": header.sampling and asdict(header.sampling),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def identifier(root: str, *names: str) -> str:
    """Derive an id of the length of Inspect's own from `root` and `names`."""
    return hashlib.sha256("\0".join((root, *names)).encode()).hexdigest()[:22]


def make_spec(header: RunHeader, ids: Sequence[str] | None = None) -> EvalSpec:
    """Say what was evaluated, by whom and on what; `ids` names the samples once they are known."""
    from inspect_ai.log import EvalConfig, EvalSpec

    root = fingerprint(header)
    return EvalSpec(
        eval_id=identifier(root, "eval"),
        run_id=identifier(root, "run"),
        task_id=identifier(root, "task"),
        created=header.started.isoformat(),
        task=f"affectlab/{header.task}",
        task_display_name=header.task,
        task_version=header.version,
        task_args={} if header.folder is None else {"data": str(header.folder)},
        dataset=_dataset(header, ids),
        model=logged_model(header.model),
        model_generate_config=_generate_config(header),
        config=EvalConfig(epochs=1, log_samples=True),
        packages={"affectlab": __version__, "inspect_ai": version("inspect-ai")},
        metadata={
            "benchmark": header.benchmark,
            "mode": header.mode,
            "labels": dict(header.labels),
            "parameters": dict(header.parameters),
            "model": asdict(header.model),
            "samples_sha256": header.samples_sha256,
            "manifest": dict(header.manifest),
        },
        scorers=[_scorer(header)],
    )


def make_plan(header: RunHeader) -> EvalPlan:
    """Say how answers were obtained."""
    from inspect_ai.log import EvalPlan, EvalPlanStep

    solver = "generate" if header.mode == "generate" else "affectlab/score"
    return EvalPlan(steps=[EvalPlanStep(solver=solver)], config=_generate_config(header))


def make_header(header: RunHeader, ids: Sequence[str], *, answered: int, tokens: int) -> EvalLog:
    """Make the log without its samples.

    Parameters
    ----------
    header
        What the run says of itself.
    ids
        Samples in the log.
    answered, tokens
        Samples that did not fail, and tokens generated in all.
    """
    from inspect_ai.log import EvalLog, EvalStats
    from inspect_ai.model import ModelUsage

    usage = {logged_model(header.model): ModelUsage(output_tokens=tokens, total_tokens=tokens)}
    return EvalLog(
        status=header.status,
        eval=make_spec(header, ids),
        plan=make_plan(header),
        results=_results(header, answered),
        stats=EvalStats(
            started_at=header.started.isoformat(),
            completed_at=header.completed.isoformat(),
            model_usage=usage if tokens else {},
        ),
        error=_error(header),
    )


def _dataset(header: RunHeader, ids: Sequence[str] | None) -> EvalDataset:
    from inspect_ai.log import EvalDataset

    return EvalDataset(
        name=header.dataset,
        location=str(header.folder) if header.folder is not None else None,
        samples=header.size,
        sample_ids=None if ids is None else list(ids),
        shuffled=False,
    )


def _generate_config(header: RunHeader) -> GenerateConfig:
    from inspect_ai.model import GenerateConfig

    if header.sampling is None:
        return GenerateConfig()
    return GenerateConfig(**asdict(header.sampling))


def _scorer(header: RunHeader) -> Any:
    # As plain data: Inspect reads them back into types that it does not export.
    return {
        "name": SCORER,
        "options": {"words": dict(header.labels)},
        "metrics": [
            {"name": "inspect_ai/accuracy"},
            {"name": "inspect_ai/stderr", "options": {"cluster": "source"}},
            {"name": "affectlab/macro_f1"},
        ],
    }


def _error(header: RunHeader) -> EvalError | None:
    from inspect_ai.log import EvalError

    return EvalError(message=header.error, traceback="", traceback_ansi="") if header.error else None


def _results(header: RunHeader, answered: int) -> EvalResults:
    from inspect_ai.log import EvalResults

    by_subset = groupby(sorted(header.results, key=_first_seen(header.results)), key=lambda row: row.subset)
    scores = [_score(subset, list(rows)) for subset, rows in by_subset]
    return EvalResults(total_samples=header.size, completed_samples=answered, scores=scores)


def _first_seen(results: Sequence[LoggedResult]) -> Callable[[LoggedResult], int]:
    order = {subset: place for place, subset in enumerate(dict.fromkeys(row.subset for row in results))}
    return lambda row: order[row.subset]


def _score(subset: str, rows: list[LoggedResult]) -> EvalScore:
    from inspect_ai.log import EvalMetric, EvalScore

    metrics = {row.metric: _metric(row) for row in rows}
    spread = next((row.stderr for row in rows if row.stderr is not None), None)
    if spread is not None:
        # Readers of Inspect logs look for the standard error of the first metric under this name.
        metrics["stderr"] = EvalMetric(name="stderr", value=spread)
    return EvalScore(name=subset, scorer=SCORER, scored_samples=rows[0].n, metrics=metrics)


def _metric(row: LoggedResult) -> EvalMetric:
    from inspect_ai.log import EvalMetric

    facts = {"stderr": row.stderr, "low": row.low, "high": row.high, "n": row.n}
    known = {name: value for name, value in facts.items() if value is not None}
    return EvalMetric(name=row.metric, value=row.value, metadata=known)
