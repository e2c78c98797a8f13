"""The tables of a report, once for the terminal, Markdown and HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from affectlab.bench.metrics import DEFINITIONS, Row
from affectlab.bench.report._problems import Problems
from affectlab.models import MODALITIES

_SIDES = {
    "pair": "the two",
    "odd": "the one",
    "T": "text",
    "A": "audio",
    "V": "video",
    "none": "neither",
}


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


def baselines_table(rows: Sequence[Row], metrics: Sequence[str], caption: str) -> Table:
    """Put the model beside the baselines by subset."""
    metrics = [metric for metric in metrics if any(one["metric"] == metric for one in rows)]
    return _wide([one for one in rows if one["metric"] in metrics], ("subset", "method"), metrics, caption)


def profile_table(rows: Sequence[Row], caption: str) -> Table:
    """Share of answers that follow each side, one line for each kind of conflict."""
    lines: dict[tuple[str, str], dict[str, Row]] = {}
    for one in rows:
        lines.setdefault((one["subset"], one["method"]), {})[one["metric"].removeprefix("follows_")] = one
    sides = [side for side in _SIDES if any(side in found for found in lines.values())]
    body = tuple(
        (*about, _n(found), *(estimate(found[side]) if side in found else "" for side in sides))
        for about, found in lines.items()
    )
    return Table(
        caption, ("conflict", "answers of", "n", *(_SIDES[side] for side in sides)), body, len(sides) + 1
    )


def modalities_table(rows: Sequence[Row], quantities: Mapping[str, str], caption: str) -> Table:
    """Put what is measured for each modality in three columns, one line for each group of clips.

    Parameters
    ----------
    quantities
        Beginning of the metrics' names to words, for example "drop" for ``drop_T``, ``drop_A``, ``drop_V``.
    """
    found = {(one["metric"], one["subset"]): one for one in rows}
    groups = list(dict.fromkeys(one["subset"] for one in rows))
    body = []
    for metric, words in quantities.items():
        for group in groups:
            cells = {name: found.get((f"{metric}_{name}", group)) for name in MODALITIES}
            there = {name: one for name, one in cells.items() if one is not None}
            if there:
                values = (estimate(there[name]) if name in there else "" for name in MODALITIES)
                body.append((words, group, _n(there), *values))
    return Table(caption, ("quantity", "clips", "n", "text", "audio", "video"), tuple(body), 4)


def values_table(rows: Sequence[Row], names: Mapping[str, str], caption: str) -> Table:
    """List single values by name and group of clips."""
    body = tuple(
        (names[one["metric"]], one["subset"], str(one["n"]), estimate(one))
        for one in rows
        if one["metric"] in names
    )
    return Table(caption, ("quantity", "clips", "n", "value"), body, 2)


def _n(found: Mapping[Any, Row]) -> str:
    return str(next(iter(found.values()))["n"])


def comparison_table(rows: Sequence[Row], caption: str) -> Table:
    """List the rows of `affectlab.bench.compare.compare`."""
    body = tuple(
        (
            " ".join(one[key] for key in ("subset", "task", "arm") if key in one),
            one["metric"],
            str(one["n"]),
            estimate(one),
            number(one["p"]),
            "" if one["p_holm"] is None else number(one["p_holm"]),
            number(one["a"]),
            number(one["b"]),
        )
        for one in rows
    )
    return Table(caption, ("subset", "metric", "n", "B − A", "p", "p (Holm)", "A", "B"), body, 6)


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
    return f"{number(one['value'])} [{number(one['low'])}, {number(one['high'])}]"


def number(value: float) -> str:
    """Format a value; a dash stands for what is not known."""
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
