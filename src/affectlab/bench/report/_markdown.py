"""A report as Markdown."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from affectlab.bench.report._contents import Contents, contents_of
from affectlab.bench.report.tables import Table

if TYPE_CHECKING:
    from affectlab.bench.report._build import Report

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]|#"})


def to_markdown(report: Report) -> str:
    """Return the tables and notes of a report; figures are in the HTML."""
    return "\n".join(_lines(contents_of(report))) + "\n"


def _lines(contents: Contents) -> Iterator[str]:
    yield f"# {markdown_text(contents.title)}\n"
    yield "\n".join(f"- {markdown_text(note)}" for note in contents.notes) + "\n"
    for part in contents.parts:
        yield f"## {markdown_text(part.title)}\n"
        for name, value in part.facts:
            yield f"- {markdown_text(name)}: {markdown_text(value)}"
        yield ""
        for table in part.tables:
            yield markdown_table(table)
        yield "\n".join(f"- {markdown_text(note)}" for note in part.notes) + "\n"


def markdown_table(table: Table) -> str:
    """Return a table with its caption."""
    left = len(table.head) - table.numbers
    rule = ["---"] * left + ["---:"] * table.numbers
    lines = [table.head, rule, *table.rows]
    body = "\n".join(
        "| " + " | ".join(cell if line is rule else markdown_text(cell) for cell in line) + " |"
        for line in lines
    )
    return f"**{markdown_text(table.caption)}**\n\n{body}\n"


def markdown_text(words: str) -> str:
    """Keep what users and models wrote from being taken for Markdown or HTML."""
    return html.escape(" ".join(words.split()), quote=False).translate(_SPECIAL)
