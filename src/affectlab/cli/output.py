"""Printing: JSON for programs on stdout, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from affectlab.files import finite

if TYPE_CHECKING:
    from affectlab.doctor import Finding

_WIDE = 400
_MARKS = {"ok": "[green]✓[/]", "lack": "[yellow]–[/]", "fault": "[red]✗[/]"}


def print_json(content: Mapping[str, Any]) -> None:
    """Print exactly one JSON object on stdout; what is not a finite number becomes null."""
    sys.stdout.write(json.dumps(finite(content), ensure_ascii=False, allow_nan=False) + "\n")


def print_report(findings: Iterable[Finding]) -> None:
    """Print what the doctor found, one line a finding, with what to do about each lack."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), show_header=False)
    for finding in findings:
        table.add_row(_MARKS[finding.state], escape(finding.what), escape(finding.found))
        if finding.remedy:
            table.add_row("", "", f"[dim]→ {escape(finding.remedy)}[/]")
    Console().print(table)


def print_pairs(title: str, pairs: Mapping[str, str]) -> None:
    """Print a titled list of names and values."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        box=None, padding=(0, 2, 0, 0), show_header=False, title=escape(title), title_justify="left"
    )
    for name, value in pairs.items():
        table.add_row(name, escape(value))
    Console().print(table)


def print_rows(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print measured rows as a table, with their intervals."""
    from rich.console import Console
    from rich.table import Table

    names = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(title=title, title_justify="left", box=None)
    for name in names:
        # A name cut off at the edge of a narrow terminal tells nothing.
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name, "")) for name in names))
    # A file or a pipe has no edge.
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
