"""Figures of an evaluation as tables, for the terminal and as a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affectlab.bench.report import markup
from affectlab.bench.report._notes import NOT_A_DEVICE
from affectlab.bench.report.tables import Table, estimate, number
from affectlab.files import writing

Row = Mapping[str, Any]

_KEYS = ("arm", "method", "against", "criterion", "condition", "target", "subset")
NO_CLAIM = (
    "Figures of research software: what a model, a reward model or lay readers say of answers. They are no "
    "evidence that an answer helps anybody."
)


def tables_of(rows: Sequence[Row], *, widest: int = 4) -> list[Table]:
    """Group rows that are about the same kinds of things, a few metrics to a table."""
    kinds: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        kinds.setdefault(tuple(key for key in _KEYS if row.get(key) is not None), []).append(row)
    tables = []
    for keys, found in kinds.items():
        metrics = list(dict.fromkeys(str(row["metric"]) for row in found))
        starts = range(0, len(metrics), widest)
        tables += [_table(keys, found, metrics[start : start + widest]) for start in starts]
    return tables


def write_page(path: Path, title: str, rows: Sequence[Row], notes: Sequence[str], manifest: Row) -> None:
    """Write a page that needs nothing from anywhere else.

    Raises
    ------
    DiskFull, RecordingError
        If it cannot be written.
    """
    head = markup.element(
        "header", markup.element("h1", title), markup.element("p", NOT_A_DEVICE, kind="device")
    )
    made_of = markup.folded("What this report was made of", markup.listing(manifest))
    body = markup.element(
        "main",
        markup.section("Figures", *map(markup.table, tables_of(rows))),
        markup.section("How to read the numbers", markup.bullets([NO_CLAIM, *notes])),
        markup.section("Manifest", made_of),
    )
    with writing(path) as temporary:
        temporary.write_text(markup.document(title, head, body), encoding="utf-8")


def definitions(rows: Sequence[Row], *named: Mapping[str, str]) -> list[str]:
    """Say what each metric that occurs is."""
    there = {row["metric"] for row in rows}
    known = {metric: words for one in named for metric, words in one.items()}
    return [f"{metric}: {words}." for metric, words in known.items() if metric in there]


def _table(keys: Sequence[str], rows: Sequence[Row], metrics: Sequence[str]) -> Table:
    lines: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in rows:
        if row["metric"] in metrics:
            lines.setdefault(tuple(str(row[key]) for key in keys), {})[row["metric"]] = row
    body = tuple(
        (*about, str(max(row["n"] for row in cells.values())), *(_cell(cells.get(one)) for one in metrics))
        for about, cells in lines.items()
    )
    return Table(", ".join(metrics), (*keys, "n", *metrics), body, len(metrics) + 1)


def _cell(row: Row | None) -> str:
    if row is None or row["value"] is None or not math.isfinite(row["value"]):
        return "–"
    known = all(row[end] is not None and math.isfinite(row[end]) for end in ("low", "high"))
    return estimate(dict(row)) if known else number(row["value"])
