"""HTML in small pieces, each escaped once."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from affectlab.bench.drawing import Picture
from affectlab.bench.report.tables import Table


class Markup(str):
    """HTML already; not escaped again."""

    __slots__ = ()


def text(value: object) -> Markup:
    return value if isinstance(value, Markup) else Markup(html.escape(str(value)))


def element(name: str, *content: object, **attributes: str) -> Markup:
    """Build an element; `kind` stands for the attribute class, underscores for hyphens."""
    named = {"class" if key == "kind" else key.replace("_", "-"): value for key, value in attributes.items()}
    shown = "".join(f' {key}="{html.escape(value, quote=True)}"' for key, value in named.items())
    return Markup(f"<{name}{shown}>{''.join(text(part) for part in content)}</{name}>")


def document(title: str, *body: object) -> str:
    """Return a whole page in the house style that needs nothing from anywhere else."""
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    head = element(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", title),
        element("style", Markup(style)),
    )
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n{element("body", *body)}\n</html>\n'


def section(title: str, *content: object) -> Markup:
    return element("section", element("h2", title), *content)


def bullets(lines: Iterable[str]) -> Markup:
    return element("ul", *(element("li", line) for line in lines))


def facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    return element(
        "dl",
        *(element("div", element("dt", name), element("dd", value)) for name, value in pairs),
        kind="facts",
    )


def table(content: Table) -> Markup:
    """Build a table that scrolls sideways by itself on a narrow screen."""
    first_number = len(content.head) - content.numbers
    kinds = ["n" if place >= first_number else "w" for place in range(len(content.head))]
    head = element(
        "tr",
        *(
            element("th", name, scope="col", kind=kind)
            for name, kind in zip(content.head, kinds, strict=True)
        ),
    )
    body = [
        element("tr", *(element("td", cell, kind=kind) for cell, kind in zip(row, kinds, strict=True)))
        for row in content.rows
    ]
    whole = element(
        "table", element("caption", content.caption), element("thead", head), element("tbody", *body)
    )
    return element("div", whole, kind="scroll", tabindex="0", role="region", aria_label=content.caption)


def figure(picture: Picture) -> Markup:
    return element("figure", Markup(picture.svg), element("figcaption", picture.caption))


def folded(title: str, *content: object) -> Markup:
    return element("details", element("summary", title), *content)


def listing(content: Any) -> Markup:
    return element("pre", json.dumps(content, indent=2, ensure_ascii=False, default=str), tabindex="0")
