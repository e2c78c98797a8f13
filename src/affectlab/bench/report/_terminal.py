"""A report in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affectlab.bench.report._contents import contents_of

if TYPE_CHECKING:
    from rich.console import Console

    from affectlab.bench.report._build import Report
    from affectlab.bench.report._tables import Table


def show(report: Report, console: Console | None = None) -> None:
    """Print the tables and the notes of every run."""
    from rich.console import Console
    from rich.markup import escape
    from rich.rule import Rule

    console = console or Console()
    contents = contents_of(report)
    for part in contents.parts:
        console.print(Rule(escape(part.title), align="left"))
        for table in part.tables:
            _print(table, console)
        for note in part.notes:
            console.print(escape(note), style="dim")
    console.print(escape(contents.notes[0]), style="bold")


def _print(table: Table, console: Console) -> None:
    from rich.markup import escape
    from rich.table import Table as RichTable

    shown = RichTable(title=escape(table.caption), title_justify="left", box=None, padding=(0, 2, 0, 0))
    first_number = len(table.head) - table.numbers
    for place, name in enumerate(table.head):
        shown.add_column(escape(name), justify="right" if place >= first_number else "left")
    for row in table.rows:
        shown.add_row(*map(escape, row))
    console.print(shown)
    console.print()
