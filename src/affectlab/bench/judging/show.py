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


def judged_tables(rows: Sequence[Row]) -> list[Table]:
    """Show what the judge made of the answers, all corpora together, a table for each task and criterion.

    Each corpus is in ``judging.json``.
    """
    parts: dict[str, dict[str, dict[str, Row]]] = {}
    for row in rows:
        if row["subset"] == "all":
            lines = parts.setdefault(f"{row['task']}: {row['criterion']}", {})
            lines.setdefault(_who(row), {})[row["metric"]] = row
    return [_table(caption, lines) for caption, lines in parts.items()]


def _who(row: Row) -> str:
    if row["method"] is None:
        return "judge and people" if row["against"] == "people" else "judge"
    return f"{row['method']} against {row['against']}" if row["against"] else str(row["method"])


def _table(caption: str, lines: Mapping[str, Mapping[str, Row]]) -> Table:
    metrics = list(dict.fromkeys(metric for found in lines.values() for metric in found))
    body = tuple(
        (
            who,
            str(max(row["n"] for row in found.values())),
            *(_figure(found[one]) if one in found else _NONE for one in metrics),
        )
        for who, found in lines.items()
    )
    return Table(f"Judged, all corpora, {caption}", ("method", "n", *metrics), body, len(metrics) + 1)


def _figure(row: Row) -> str:
    if row["value"] is None:
        return _NONE
    known = {name: float("nan") if row[name] is None else row[name] for name in ("value", "low", "high")}
    return estimate({**row, **known})
