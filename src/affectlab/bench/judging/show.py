"""The figures of a judging as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from affectlab.bench.report.tables import Table, estimate

Row = Mapping[str, Any]

_NONE = "\N{EN DASH}"


def controls_table(rows: Sequence[Row], caption: str) -> Table:
    """Show what the judge made of pairs whose order of merit is known."""
    body = tuple(
        (row["metric"], row.get("against") or _NONE, str(row["n"]), str(row["failed"]), _figure(row))
        for row in rows
    )
    return Table(caption, ("metric", "against", "n", "failed", "value"), body, 3)


def judged_table(rows: Sequence[Row]) -> Table:
    """Show what the judge made of the answers, all corpora together; each corpus is in ``judging.json``."""
    body = tuple(
        (
            row["task"],
            row["criterion"],
            row["method"] or _NONE,
            row["against"] or _NONE,
            row["metric"],
            str(row["n"]),
            str(row["failed"]),
            _figure(row),
        )
        for row in rows
        if row["subset"] == "all"
    )
    head = ("task", "criterion", "method", "against", "metric", "n", "failed", "value")
    return Table("Judged, all corpora", head, body, 3)


def _figure(row: Row) -> str:
    if row["value"] is None:
        return _NONE
    known = {name: float("nan") if row[name] is None else row[name] for name in ("value", "low", "high")}
    return estimate({**row, **known})
