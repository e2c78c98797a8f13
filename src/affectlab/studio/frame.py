"""What both pages have in common: head, header, the line that says what this is not."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version

from nicegui import ui

DISCLAIMER = "Research software, not a medical device"

_MARK = (
    '<svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">'
    '<rect width="32" height="32" rx="8" fill="currentColor"/>'
    '<path d="M5 17h5l2.5-7 4 13 3.5-9 2 3h5" fill="none" stroke="var(--paper)" stroke-width="2.4"/></svg>'
)
_CONTRAST = (
    '<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><circle cx="12" cy="12" r="8" '
    'fill="none" stroke="currentColor" stroke-width="2"/>'
    '<path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/></svg>'
)


@contextmanager
def frame(place: str, scripts: tuple[str, ...]) -> Iterator[None]:
    """Lay out a page: assets, header; what the block makes goes below it.

    Parameters
    ----------
    place
        Short name of the page, shown in the header; also its CSS scope.
    scripts
        Modules among the assets, in the order they run.
    """
    ui.add_head_html(_head((*scripts, "theme.js")))
    ui.query("body").classes(f"page-{place.lower()}")
    ui.query(".nicegui-content").classes("shell")
    with ui.element("header").classes("top").props("role=banner"):
        markup(_MARK, "mark")
        text("span", "affectlab", "name")
        text("span", place, "place")
        text("span", DISCLAIMER, "disclaimer")
        with (
            ui.element("button")
            .classes("plain icon")
            .props('type=button data-theme aria-label="Switch between light and dark" title="Light or dark"')
        ):
            markup(_CONTRAST)
    with ui.element("div").classes("content"):
        yield


def markup(source: str, classes: str = "") -> ui.html:
    """Show markup of our own making; anything from outside goes through `text`."""
    return ui.html(source, sanitize=False, tag="span").classes(classes)


def text(tag: str, content: str, classes: str = "") -> Text:
    """Show text in an element of the given tag."""
    element = Text(tag)
    element.classes(classes)
    element.say(content)
    return element


class Text(ui.element):
    """An element that holds nothing but text, and sends it to the page only when it changes."""

    said = ""

    def say(self, content: str) -> None:
        if content != self.said:
            self.said = content
            self._text = content
            self.update()


def button(label: str, kind: str = "", **attributes: str) -> ui.element:
    """Make a native button; `kind` is a CSS class (primary, danger, plain)."""
    made = ui.element("button").classes(kind).props("type=button")
    for name, value in attributes.items():
        made.props[name.replace("_", "-")] = value
    with made:
        text("span", label)
    return made


def entry(identifier: str, kind: str, value: str, properties: str = "") -> ui.element:
    """Make a native input that begins with `value`, and from then on keeps what a person puts there.

    As a property Vue would set the value again whenever anything on the page changes; ``^`` makes it an
    attribute, which is only where the input begins.
    """
    made = ui.element("input").props(f"id={identifier} type={kind} {properties}")
    made.props["^value"] = value
    return made


def notice(identifier: str, words: str, kind: str = "") -> ui.element:
    """Make a notice that the page's own script shows and hides."""
    box = ui.element("div").classes(f"notice {kind}").props(f"id={identifier} role=alert hidden")
    with box:
        text("span", words)
    return box


@cache
def _head(scripts: tuple[str, ...]) -> str:
    stamp = html.escape(version("affectlab"))
    modules = "".join(f'<script type="module" src="/assets/{name}?v={stamp}"></script>' for name in scripts)
    return f'<link rel="stylesheet" href="/assets/studio.css?v={stamp}">{modules}'
