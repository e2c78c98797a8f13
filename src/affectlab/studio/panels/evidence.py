"""The entry of the knowledge base that a plan cites, opened: claim, evidence, population, source."""

from __future__ import annotations

from nicegui import ui

from affectlab.planning.knowledge import KnowledgeEntry, Source
from affectlab.planning.knowledge.store import OWN
from affectlab.studio.desk import LookUp
from affectlab.studio.frame import button, text
from affectlab.studio.panels.panel import fact
from affectlab.studio.panels.plan_form import WORDS


class EntryDialog:
    """A dialog that shows one entry at a time.

    Parameters
    ----------
    look_up
        Returns the entry of a name, None where there is none.
    """

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        with ui.element("dialog").props("id=entry-dialog aria-labelledby=entry-head").classes("wide"):
            self._head = text("h2", "").props("id=entry-head")
            self._body = ui.element("div").classes("stacked")
            with ui.element("div").classes("row"):
                button("Close").on(
                    "click", js_handler="() => document.getElementById('entry-dialog').close()"
                )

    def open(self, name: str) -> None:
        """Show the entry called `name`."""
        entry = self._look_up(name)
        self._head.say(name)
        self._body.clear()
        with self._body:
            if entry is None:
                text("p", "The knowledge base has no entry of this name any more.", "notice")
            else:
                _show(entry)
        ui.run_javascript("document.getElementById('entry-dialog').showModal()")


def _show(entry: KnowledgeEntry) -> None:
    text("p", entry.claim)
    with ui.element("div").classes("facts"):
        fact("evidence", entry.evidence.level.replace("-", " "))
        fact("from", "your own entries" if entry.id.startswith(OWN) else "shipped with affectlab")
        fact("population", entry.population)
    if entry.evidence.note:
        text("p", entry.evidence.note, "small")
    text("h3", "What it implies")
    with ui.element("ul").classes("lines"):
        for one in entry.implies:
            when = f", {one.when}" if one.when else ""
            text("li", f"{WORDS[one.field]}: {one.direction.replace('_', ' ')}{valued(one.value)}{when}")
    text("h3", "Source")
    text("p", cited(entry.source))
    link = ui.element("a").props("target=_blank rel='noopener noreferrer'")
    link.props["href"] = address(entry.source)
    with link:
        text("span", address(entry.source))


def valued(value: float | tuple[float, float] | tuple[str, ...] | None) -> str:
    """Return an implication's value, with a space before it; "" without one."""
    if value is None:
        return ""
    if isinstance(value, float | int):
        return f" {value:g}"
    if len(value) == 2 and not isinstance(value[0], str):
        return f" {value[0]:g} to {value[1]:g}"
    return f" {', '.join(str(one) for one in value)}"


def cited(source: Source) -> str:
    """Return a source as a line of a bibliography."""
    authors = ", ".join(source.authors)
    year = f"({source.year})" if source.year else ""
    head = " ".join(part for part in (authors, year) if part)
    return ". ".join(part.rstrip(".") for part in (head, source.title, source.venue) if part) + "."


def address(source: Source) -> str:
    """Return where a source can be found."""
    return f"https://doi.org/{source.doi}" if source.doi else str(source.url)
