"""A report in chapters, once for the terminal, Markdown and HTML, whatever the benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from affectlab.bench.drawing import Picture
from affectlab.bench.report import markup as h
from affectlab.bench.report._markdown import markdown_table, markdown_text
from affectlab.bench.report._notes import NOT_A_DEVICE
from affectlab.bench.report._terminal import print_table
from affectlab.bench.report.tables import Table

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of a report; empty tables are left out.

    Parameters
    ----------
    title
        Its heading.
    facts
        Name and value, in a row above everything else.
    tables
        The first comes before the figures.
    pictures
        Draws its figures; called for HTML only.
    notes
        What to know when reading it.
    brief
        How many of the tables a terminal shows.
    links
        Address, relative to the report, and words.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: Callable[[], Iterable[Picture]] = tuple
    notes: tuple[str, ...] = ()
    brief: int = 0
    links: tuple[tuple[str, str], ...] = ()

    @property
    def filled(self) -> tuple[Table, ...]:
        return tuple(table for table in self.tables if table.rows)


@dataclass(frozen=True, slots=True)
class Book:
    """A whole report.

    Parameters
    ----------
    title, chapters
        What it says.
    notes
        How to read the numbers.
    manifest
        What it was made of.
    """

    title: str
    chapters: Sequence[Chapter]
    notes: Sequence[str]
    manifest: dict[str, Any]

    def to_html(self) -> str:
        """Return one page that needs nothing from anywhere else."""
        return h.document(
            self.title,
            h.element("header", h.element("h1", self.title), h.element("p", NOT_A_DEVICE, kind="device")),
            h.element(
                "main",
                *map(_section, self.chapters),
                h.section("How to read the numbers", h.bullets(self.notes)),
                h.section("Manifest", h.folded("What this report was made of", h.listing(self.manifest))),
            ),
        )

    def to_markdown(self) -> str:
        """Return tables and notes; figures are in the HTML."""
        return "\n".join(self._markdown()) + "\n"

    def print(self, console: Console | None = None) -> None:
        """Show the first tables of each chapter in the terminal."""
        from rich.console import Console
        from rich.markup import escape
        from rich.rule import Rule

        console = console or Console()
        for chapter in self.chapters:
            if not chapter.filled[: chapter.brief]:
                continue
            console.print(Rule(escape(chapter.title), align="left"))
            for table in chapter.filled[: chapter.brief]:
                print_table(table, console)
            for note in chapter.notes:
                console.print(escape(note), style="dim")
        console.print(NOT_A_DEVICE, style="bold")

    def _markdown(self) -> Iterator[str]:
        yield f"# {markdown_text(self.title)}\n"
        yield f"- {NOT_A_DEVICE}"
        for chapter in self.chapters:
            yield f"\n## {markdown_text(chapter.title)}\n"
            yield from (f"- {markdown_text(name)}: {markdown_text(value)}" for name, value in chapter.facts)
            yield from (f"- [{markdown_text(words)}]({address})" for address, words in chapter.links)
            yield ""
            yield from map(markdown_table, chapter.filled)
            yield from (f"- {markdown_text(note)}" for note in chapter.notes)
        yield "\n## How to read the numbers\n"
        yield from (f"- {markdown_text(note)}" for note in self.notes)


def _section(chapter: Chapter) -> h.Markup:
    pictures = list(chapter.pictures())
    first, rest = chapter.filled[:1], chapter.filled[1:]
    return h.section(
        chapter.title,
        h.facts(chapter.facts) if chapter.facts else "",
        *(h.element("p", h.element("a", words, href=address)) for address, words in chapter.links),
        *map(h.table, first),
        h.element("div", *map(h.figure, pictures), kind="figures") if pictures else "",
        *map(h.table, rest),
        h.bullets(chapter.notes) if chapter.notes else "",
    )
