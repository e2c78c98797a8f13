"""What every panel is: a titled section, and small ways to fill it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from affectlab.studio.frame import Text, text


@contextmanager
def panel(title: str, span: str, note: str = "") -> Iterator[Text]:
    """Lay out a section with a heading; yields the small text beside the heading."""
    name = f"p-{title.lower().replace(' ', '-')}"
    with ui.element("section").classes(f"panel {span}").props(f"aria-labelledby={name}"):
        with ui.element("div").classes("head"):
            text("h2", title).props(f"id={name}")
            beside = text("span", note, "small")
        yield beside


def fact(key: str, value: str = "-") -> Text:
    """Show a named value; returns the text of the value."""
    with ui.element("div").classes("fact"):
        text("span", key, "key")
        return text("span", value, "value")


def facts(*keys: str) -> dict[str, Text]:
    """Show a row of named values; returns their texts by key."""
    with ui.element("div").classes("facts"):
        return {key: fact(key) for key in keys}


def entry(time: float, head: str, body: str) -> None:
    """Show one line of a log."""
    with ui.element("li"):
        text("time", clock(time))
        with ui.element("div"):
            text("b", head)
            text("span", f" {body}")


def clock(seconds: float) -> str:
    """Return session seconds as minutes and seconds."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def signed(value: float) -> str:
    """Return a coordinate of the plane with its sign, two decimals."""
    # Adding zero turns a rounded -0.0 into 0.0.
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "\u2212")
