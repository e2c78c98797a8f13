"""Charts in SVG, drawn by hand: small, sharp, and coloured by the page's own style sheet."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.session.report._html import Html, clock, number

Values = NDArray[np.float64]

WIDTH = 960.0
_LEFT, _RIGHT = 64.0, 24.0
_MAX_POINTS = 1_500
_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600)


@dataclass(frozen=True, slots=True)
class Axes:
    """A rectangle of the drawing with the data ranges it shows, all as (low, high)."""

    x: tuple[float, float]
    y: tuple[float, float]
    across: tuple[float, float]
    down: tuple[float, float]

    def px(self, values: Any) -> Values:
        share = (np.asarray(values, dtype=float) - self.x[0]) / (self.x[1] - self.x[0])
        return np.asarray(self.across[0] + share * (self.across[1] - self.across[0]))

    def py(self, values: Any) -> Values:
        share = (np.asarray(values, dtype=float) - self.y[0]) / (self.y[1] - self.y[0])
        return np.asarray(self.down[1] - share * (self.down[1] - self.down[0]))

    def line(self, kind: str, x: Values, y: Values) -> str:
        """Draw a line, broken where a value is missing."""
        x, y = thinned(x, y)
        return _path(kind, self._points(x, y))

    def steps(self, kind: str, x: Values, y: Values, end: float) -> str:
        """Draw values that hold until the next one, the last one until `end`."""
        if not len(x):
            return ""
        corners = np.repeat(np.append(x, max(end, x[-1])), 2)[1:-1]
        return _path(kind, self._points(corners, np.repeat(y, 2)))

    def band(self, kind: str, x: Values, low: Values, high: Values) -> str:
        """Fill between two lines, within the axes."""
        x, low, high = thinned(x, np.maximum(low, self.y[0]), np.minimum(high, self.y[1]))
        if len(x) < 2:
            return ""
        outline = self._points(np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]))
        return _path(kind, f"{outline}z")

    def dots(self, kind: str, x: Values, y: Values, radius: float) -> str:
        """Draw a dot at every point, as one path of tiny strokes with round caps."""
        x, y = thinned(x, y)
        marks = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in self._finite(x, y))
        return f'<path class="{kind} dots" stroke-width="{2 * radius:g}" d="{marks}"/>' if marks else ""

    def diamonds(self, kind: str, x: Values, y: Values) -> str:
        marks = "".join(f"M{a:.1f} {b - 5:.1f}l5 5l-5 5l-5-5z" for a, b in self._finite(x, y))
        return _path(kind, marks)

    def time_axis(self) -> str:
        """Draw lines up from round times and label them in minutes and seconds."""
        labels = (
            label(float(self.px(tick)), self.down[1] + 16, clock(tick), "middle")
            for tick in time_ticks(*self.x)
        )
        return self.time_grid() + "".join(labels)

    def time_grid(self) -> str:
        """Draw lines up from round times."""
        ticks = self.px(time_ticks(*self.x)).tolist()
        return _path("grid", "".join(f"M{x:.1f} {self.down[0]:g}V{self.down[1]:g}" for x in ticks))

    def value_axis(self, ticks: Sequence[float], name: str, digits: int = 0) -> str:
        """Draw lines across at `ticks`, labelled at the left, and the axis's name."""
        left, right = self.across
        parts = []
        for tick in ticks:
            y = float(self.py(tick))
            parts.append(f'<path class="{"zero" if tick == 0 else "grid"}" d="M{left:g} {y:.1f}H{right:g}"/>')
            parts.append(label(left - 8, y + 4, number(tick, digits), "end"))
        middle = (self.down[0] + self.down[1]) / 2
        parts.append(
            f'<text class="name" text-anchor="middle" transform="translate(14 {middle:.0f})rotate(-90)">'
            f"{html.escape(name)}</text>"
        )
        return "".join(parts)

    def _points(self, x: Values, y: Values) -> str:
        parts, pen = [], "M"
        for a, b in zip(self.px(x).tolist(), self.py(y).tolist(), strict=True):
            if math.isfinite(a) and math.isfinite(b):
                parts.append(f"{pen}{a:.1f} {b:.1f}")
                pen = "L"
            else:
                pen = "M"
        return "".join(parts)

    def _finite(self, x: Values, y: Values) -> list[tuple[float, float]]:
        pairs = zip(self.px(x).tolist(), self.py(y).tolist(), strict=True)
        return [(a, b) for a, b in pairs if math.isfinite(a) and math.isfinite(b)]


def panel(times: tuple[float, float], values: tuple[float, float], top: float, height: float) -> Axes:
    """Return the axes of a panel as wide as the page, `top` units from the top of the drawing."""
    return Axes(times, values, (_LEFT, WIDTH - _RIGHT), (top, top + height))


def drawing(name: str, height: float, *parts: str, width: float = WIDTH, caption: str = "") -> Html:
    """Wrap a drawing as a figure; `name` is read out to those who cannot see it."""
    words = html.escape(name, quote=True)
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return Html(
        f'<figure><svg role="img" aria-label="{words}" viewBox="0 0 {width:g} {height:g}" '
        f'style="max-width:{width:g}px">{"".join(parts)}</svg>{below}</figure>'
    )


def label(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<text{shown} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def rectangle(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}"/>'


def thinned(x: Values, *others: Values) -> tuple[Values, ...]:
    """Keep every n-th point so that no line has more than 1,500."""
    stride = max(1, math.ceil(len(x) / _MAX_POINTS))
    return tuple(values[::stride] for values in (x, *others))


def time_ticks(low: float, high: float) -> list[float]:
    """Return round times within a range, at most nine."""
    step = next((s for s in _TIME_STEPS if (high - low) / s <= 8), _TIME_STEPS[-1])
    return [float(tick) for tick in np.arange(math.ceil(low / step) * step, high + 1e-9, step)]


def _path(kind: str, outline: str) -> str:
    return f'<path class="{kind}" d="{outline}"/>' if outline else ""
