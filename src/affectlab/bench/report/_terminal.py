"""A report in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from affectlab.bench.metrics import Row
from affectlab.bench.report._contents import contents_of
from affectlab.bench.report.tables import Table, comparison_table

if TYPE_CHECKING:
    from rich.console import Console

    from affectlab.bench.report._build import Report

_GAP = 2


def show(report: Report, console: Console | None = None) -> None:
    """Print the main tables and the notes of every run; the rest is in the files."""
    from rich.console import Console
    from rich.markup import escape
    from rich.rule import Rule

    console = console or Console()
    contents = contents_of(report, brief=True)
    for part in contents.parts:
        console.print(Rule(escape(part.title), align="left"))
        for table in part.tables:
            print_table(table, console)
        for note in part.notes:
            console.print(escape(note), style="dim")
    console.print(escape(contents.notes[0]), style="bold")


def show_comparison(rows: Sequence[Row], title: str, console: Console | None = None) -> None:
    """Print the rows of `affectlab.bench.compare.compare`, and what limits them."""
    from rich.console import Console
    from rich.markup import escape

    console = console or Console()
    print_table(comparison_table(rows, title), console)
    for note in dict.fromkeys(one["note"] for one in rows if "note" in one):
        console.print(escape(note), style="dim")
    console.print("p (Holm) is adjusted for looking at accuracy on every subset.", style="dim")


def print_table(table: Table, console: Console) -> None:
    """Print a table, in pieces where the terminal is too narrow for it."""
    from rich.markup import escape
    from rich.table import Table as RichTable

    for place, columns in enumerate(pieces(table, console.width)):
        title = f"{table.caption}{', continued' if place else ''}"
        shown = RichTable(title=escape(title), title_justify="left", box=None, padding=(0, _GAP, 0, 0))
        for column in columns:
            number = column >= len(table.head) - table.numbers
            shown.add_column(
                escape(table.head[column]), justify="right" if number else "left", no_wrap=number
            )
        for row in table.rows:
            shown.add_row(*(escape(row[column]) for column in columns))
        console.print(shown)
        console.print()


def pieces(table: Table, width: int) -> list[list[int]]:
    """Split the columns of a table so that no number is cut: every piece begins with the columns of words."""
    words = len(table.head) - table.numbers
    widths = [
        max(len(line[column]) for line in (table.head, *table.rows)) + _GAP
        for column in range(len(table.head))
    ]
    names = list(range(words))
    # Words may wrap where they would leave numbers no room.
    taken = min(sum(widths[:words]), width // 2)
    found, room = [list(names)], width - taken
    for column in range(words, len(table.head)):
        if widths[column] > room and len(found[-1]) > words:
            found.append(list(names))
            room = width - taken
        found[-1].append(column)
        room -= widths[column]
    return found
