"""HTML in small, safe pieces."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any


class Html(str):
    """Text that is markup already and is not escaped again."""

    __slots__ = ()


def text(value: object) -> Html:
    """Escape `value` for HTML; numbers are shown with a true minus sign."""
    if isinstance(value, Html):
        return value
    if isinstance(value, float):
        return Html(number(value))
    return Html(html.escape(str(value)))


def number(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """Format a number for reading, with a dash for what is not known."""
    if math.isnan(value):
        return "–"
    return f"{value:{'+' if signed else ''}.{digits}f}".replace("-", "−")


def clock(seconds: float) -> str:
    """Format session seconds as minutes and seconds, with hours where there are some."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def point(values: Sequence[float]) -> str:
    """Format a point of the plane."""
    return f"{number(values[0], signed=True)} / {number(values[1], signed=True)}"


def join(parts: Iterable[object]) -> Html:
    return Html("\n".join(text(part) for part in parts))


def section(identity: str, title: str, *parts: object) -> Html:
    """Build a section with a heading; parts that are empty are left out."""
    body = join(part for part in parts if part)
    return Html(
        f'<section id="{identity}" aria-labelledby="{identity}-h"><h2 id="{identity}-h">{text(title)}</h2>'
        f"\n{body}\n</section>"
    )


def paragraph(content: object, kind: str = "") -> Html:
    return Html(f'<p class="{kind}">{text(content)}</p>' if kind else f"<p>{text(content)}</p>")


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: int = 0) -> Html:
    """Build a table; its last `numbers` columns are aligned as numbers."""
    first_number = len(head) - numbers
    kinds = [' class="n"' if column >= first_number else "" for column in range(len(head))]
    headings = "".join(
        f'<th scope="col"{kind}>{text(name)}</th>' for name, kind in zip(head, kinds, strict=True)
    )
    body = "\n".join(
        "<tr>"
        + "".join(f"<td{kind}>{text(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    return Html(
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(caption)}"><table>'
        f"<caption>{text(caption)}</caption><thead><tr>{headings}</tr></thead>\n<tbody>\n{body}\n</tbody>"
        "</table></div>"
    )


def facts(pairs: Iterable[tuple[str, object]]) -> Html:
    """Build a list of names and values."""
    items = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in pairs)
    return Html(f'<dl class="facts">{items}</dl>')


def legend(entries: Iterable[tuple[str, str]]) -> Html:
    """Build a legend of (CSS class of the swatch, words)."""
    items = "".join(
        f'<li><i class="{kind}" aria-hidden="true"></i>{text(words)}</li>' for kind, words in entries
    )
    return Html(f'<ul class="legend">{items}</ul>')


def listing(content: Any) -> Html:
    """Show JSON as it is."""
    shown = html.escape(json.dumps(content, indent=2, ensure_ascii=False))
    return Html(f'<pre tabindex="0">{shown}</pre>')
