"""Drawings in SVG: calibration, people, curves; small, sharp, and readable without a program of ours."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from affectlab.decoding.evaluation.metrics import Reliability

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")
"""Told apart by people with any common colour vision (Okabe and Ito 2008)."""

_WIDTH, _HEIGHT = 720.0, 420.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 60.0, 190.0, 20.0, 50.0
_STYLE = "font:13px system-ui,sans-serif"


@dataclass(frozen=True, slots=True)
class Axes:
    """A square of the drawing with the data ranges it shows, as (low, high)."""

    x: tuple[float, float]
    y: tuple[float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point lies in the drawing."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0] or 1.0)
        up = (y - self.y[0]) / (self.y[1] - self.y[0] or 1.0)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
        )

    def line(self, points: Sequence[tuple[float, float]], colour: str, dashed: bool = False) -> str:
        placed = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.place(*point) for point in points))
        dash = ' stroke-dasharray="4 4"' if dashed else ""
        return f'<polyline points="{placed}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'

    def dot(self, point: tuple[float, float], colour: str, told: str = "") -> str:
        x, y = self.place(*point)
        title = f"<title>{html.escape(told)}</title>" if told else ""
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}" fill-opacity=".8">{title}</circle>'

    def bar(self, x: float, low: float, high: float, colour: str) -> str:
        """Draw an interval."""
        (across, bottom), (_, top) = self.place(x, low), self.place(x, high)
        return f'<path d="M{across:.1f} {bottom:.1f}V{top:.1f}" stroke="{colour}" stroke-width="1.5"/>'

    def frame(self, name_x: str, name_y: str, ticks_x: Mapping[float, str], ticks_y: Sequence[float]) -> str:
        parts = []
        for tick in ticks_y:
            (left, y), (right, _) = self.place(self.x[0], tick), self.place(self.x[1], tick)
            parts.append(f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="#ddd"/>')
            parts.append(_text(left - 8, y + 4, f"{tick:g}", "end"))
        for tick, told in ticks_x.items():
            x, bottom = self.place(tick, self.y[0])
            parts.append(_text(x, bottom + 18, told, "middle"))
        middle = _LEFT + (_WIDTH - _LEFT - _RIGHT) / 2
        parts.append(_text(middle, _HEIGHT - 8, name_x, "middle"))
        parts.append(
            f'<text transform="translate(16 {_HEIGHT / 2:.0f})rotate(-90)" text-anchor="middle">'
            f"{html.escape(name_y)}</text>"
        )
        return "".join(parts)


def reliability_diagram(diagrams: Mapping[str, Reliability]) -> str:
    """Draw what was the case against what was said, one line a method; calibrated lies on the diagonal."""
    axes = Axes((0.0, 1.0), (0.0, 1.0))
    ticks = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    parts = [axes.frame("stated P(high)", "share that was high", {t: f"{t:g}" for t in ticks}, ticks)]
    parts.append(axes.line([(0, 0), (1, 1)], "#888", dashed=True))
    for colour, one in zip(_colours(len(diagrams)), diagrams.values(), strict=True):
        points = list(zip(one.said.tolist(), one.found.tolist(), strict=True))
        parts += [axes.line(points, colour), *(axes.dot(point, colour) for point in points)]
    return _drawing("Reliability of stated probabilities", [*parts, _legend(list(diagrams))])


def dots_of_people(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw each person's balanced accuracy, one column a method."""
    methods = list(dict.fromkeys(row["method"] for row in rows))
    axes = Axes((-0.5, len(methods) - 0.5), (0.0, 1.0))
    names = {float(place): str(place + 1) for place in range(len(methods))}
    parts = [axes.frame("method", "balanced accuracy of each person", names, [0, 0.25, 0.5, 0.75, 1])]
    for place, (method, colour) in enumerate(zip(methods, _colours(len(methods)), strict=True)):
        own = [row for row in rows if row["method"] == method and row["value"] == row["value"]]
        for number, row in enumerate(own):
            # Beside each other, so that people of one value are all seen.
            aside = (number / max(len(own) - 1, 1) - 0.5) * 0.6
            parts.append(
                axes.dot((place + aside, row["value"]), colour, f"{row['subject']} {row['value']:.2f}")
            )
    legend = _legend([f"{number + 1} {method}" for number, method in enumerate(methods)])
    return _drawing("Balanced accuracy of each person", [*parts, legend])


def lines_over(rows: Sequence[Mapping[str, Any]], axis: str, words: str) -> str:
    """Draw balanced accuracy with its interval against what a curve varies, one line a method."""
    methods = list(dict.fromkeys(row["method"] for row in rows))
    values = sorted({float(row[axis]) for row in rows if axis in row})
    axes = Axes((values[0], values[-1]), (0.3, 1.0))
    ticks = {value: f"{value:g}" for value in values}
    parts = [axes.frame(words, "balanced accuracy", ticks, [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])]
    for number, (method, colour) in enumerate(zip(methods, _colours(len(methods)), strict=True)):
        own = sorted(
            (row for row in rows if row["method"] == method and axis in row), key=lambda row: row[axis]
        )
        shift = (number - len(methods) / 2) * 0.004 * (values[-1] - values[0])
        points = [(row[axis] + shift, row["value"]) for row in own]
        bars = (axes.bar(row[axis] + shift, max(row["low"], 0.3), row["high"], colour) for row in own)
        parts += [axes.line(points, colour), *bars]
    return _drawing(f"Balanced accuracy over {words}", [*parts, _legend(methods)])


def _drawing(name: str, parts: Sequence[str]) -> str:
    words = html.escape(name, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{words}" '
        f'viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" style="{_STYLE}">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _legend(names: Sequence[str]) -> str:
    parts = []
    for number, (name, colour) in enumerate(zip(names, _colours(len(names)), strict=True)):
        y = _TOP + 14 + 20 * number
        parts.append(
            f'<rect x="{_WIDTH - _RIGHT + 14:g}" y="{y - 10:g}" width="12" height="12" fill="{colour}"/>'
        )
        parts.append(_text(_WIDTH - _RIGHT + 32, y, name, "start"))
    return "".join(parts)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def _colours(count: int) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(count)]
