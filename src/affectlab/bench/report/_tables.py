"""The tables of a report, once for the terminal, Markdown and HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from affectlab.bench.metrics import DEFINITIONS, Row
from affectlab.bench.report._problems import Problems

BASELINE_METRICS = ("accuracy", "macro_f1", "mae", "nll")


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as words; the last `numbers` columns are numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int


def scores_table(rows: Sequence[Row], caption: str) -> Table:
    """Every metric of the model by subset."""
    own = [one for one in rows if one["method"] == "model"]
    metrics = [metric for metric in DEFINITIONS if any(one["metric"] == metric for one in own)]
    return _wide(own, ("subset",), metrics, caption)


def baselines_table(rows: Sequence[Row], caption: str) -> Table:
    """Put the model beside the baselines by subset."""
    metrics = [metric for metric in BASELINE_METRICS if any(one["metric"] == metric for one in rows)]
    return _wide([one for one in rows if one["metric"] in metrics], ("subset", "method"), metrics, caption)


def instrument_table(rows: Sequence[Row], prefixes: Sequence[str], caption: str) -> Table:
    """Values of the instrument whose metric begins with one of `prefixes`, one row each."""
    found = [one for one in rows if one["metric"].startswith(tuple(prefixes))]
    cells = tuple(
        (one["subset"], one["method"], one["metric"], str(one["n"]), estimate(one)) for one in found
    )
    return Table(caption, ("clips", "method", "metric", "n", "value [95 % interval]"), cells, 2)


def failures_table(problems: Problems) -> Table:
    rows = [(kind, message, str(number)) for kind, message, number in problems.failures]
    if problems.hidden_failures:
        rows.append(("", "other reasons", str(problems.hidden_failures)))
    return Table(
        f"Failed samples, left out of every metric: {problems.failed}",
        ("kind", "reason", "samples"),
        tuple(rows),
        1,
    )


def unparsed_table(problems: Problems) -> Table:
    rows = [(text or "(nothing)", str(number)) for text, number in problems.unparsed]
    if problems.hidden_unparsed:
        rows.append(("other answers", str(problems.hidden_unparsed)))
    return Table(
        f"Answers that name no label or several, counted as wrong: {problems.not_understood}",
        ("answer", "samples"),
        tuple(rows),
        1,
    )


def estimate(one: Row) -> str:
    """Format a value with its interval; a dash stands for what is not known."""
    return f"{_number(one['value'])} [{_number(one['low'])}, {_number(one['high'])}]"


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "−") if math.isfinite(value) else "–"


def _wide(rows: Sequence[Row], keys: tuple[str, ...], metrics: Sequence[str], caption: str) -> Table:
    lines: dict[tuple[str, ...], dict[str, Row]] = {}
    for one in rows:
        lines.setdefault(tuple(one[key] for key in keys), {})[one["metric"]] = one
    body = []
    for about, found in lines.items():
        first = next(iter(found.values()))
        values = [estimate(found[metric]) if metric in found else "–" for metric in metrics]
        body.append((*about, str(first["n"]), str(first["failed"]), *values))
    return Table(caption, (*keys, "n", "failed", *metrics), tuple(body), len(metrics) + 2)
