"""The valence-arousal plane: where the person is thought to be, how surely, and where the music leads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from nicegui import ui

from affectlab.decoding.prior import PRIOR_SD
from affectlab.session.events import ControlEvent, Point, StateEvent
from affectlab.studio.desk import Desk
from affectlab.studio.frame import text
from affectlab.studio.panels.panel import panel, signed
from affectlab.studio.view import LiveView

RADIUS = {68: math.sqrt(-2 * math.log(1 - 0.68)), 95: math.sqrt(-2 * math.log(1 - 0.95))}
"""Mahalanobis radius that holds that percentage of a bivariate normal distribution."""

TRAIL_SHOWN = 60


class PlanePanel:
    """Chart of the plane and the same in words."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._drawn: object = None
        with panel("Affect", "span-5") as self._note:
            self._chart = (
                ui.echart(_options())
                .classes("chart-plane")
                .props('role=img aria-label="Valence-arousal plane; the same in words below"')
            )
            self._words = text("p", "No state yet.", "small")

    def refresh(self) -> None:
        """Draw the newest state and decision, if they changed."""
        view = self._desk.view
        now = (view.state, view.decisions[-1:])
        if now == self._drawn:
            return
        self._drawn = now
        self._chart.run_chart_method("setOption", {"series": drawing(view)}, {"lazyUpdate": True})
        self._words.say(in_words(view))
        self._note.say("" if view.state is None else f"decoder {view.state.decoder}")


def ellipse(
    mean: Point, covariance: tuple[float, float, float], percent: int, points: int = 48
) -> list[Point]:
    """Return the closed outline that holds `percent` of a Gaussian belief.

    Parameters
    ----------
    mean
        Valence and arousal.
    covariance
        Variance of valence, covariance, variance of arousal.
    percent
        68 or 95.
    points
        Corners of the outline.
    """
    vv, va, aa = covariance
    values, vectors = np.linalg.eigh(np.array([[vv, va], [va, aa]]))
    angle = np.linspace(0, 2 * np.pi, points)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    outline = vectors @ (np.sqrt(np.maximum(values, 0))[:, None] * circle) * RADIUS[percent]
    return [(round(mean[0] + x, 3), round(mean[1] + y, 3)) for x, y in outline.T.tolist()]


def drawing(view: LiveView) -> list[dict[str, Any]]:
    """Return the data of every chart series, by id."""
    state = view.state
    decision = view.decisions[-1] if view.decisions else None
    return [
        {"id": "decoded 68 %", "data": _decoded(state)},
        {"id": "95 %", "data": _outline(state, 95)},
        {"id": "68 %", "data": _outline(state, 68)},
        {"id": "trail", "data": [_round(past.belief_mean) for past in view.trail[-TRAIL_SHOWN:]]},
        {"id": "decoded", "data": [] if state is None else [_round(state.decoded_mean)]},
        {"id": "belief", "data": [] if state is None else [_round(state.belief_mean)]},
        {"id": "truth", "data": [] if state is None or state.truth is None else [_round(state.truth)]},
        {"id": "plan's target", "data": [] if decision is None else [_round(decision.desired)]},
        {"id": "next target", "data": [] if decision is None else [_round(decision.next_target)]},
        {"id": "music", "data": [] if decision is None else [_round(decision.music)]},
    ]


def in_words(view: LiveView) -> str:
    """Say what the chart shows."""
    if view.state is None:
        return "No state yet."
    (valence, arousal), (vv, _, aa) = view.state.belief_mean, view.state.belief_covariance
    words = (
        f"Valence {signed(valence)} \u00b1 {math.sqrt(vv):.2f}, "
        f"arousal {signed(arousal)} \u00b1 {math.sqrt(aa):.2f} (mean \u00b1 SD)"
    )
    missing = f" {unsaid(view.state)}" if view.state.reason else ""
    return f"{words}.{missing} {_target(view.decisions[-1])}" if view.decisions else f"{words}.{missing}"


def unsaid(state: StateEvent) -> str:
    """Say that the decoder's ellipse is nobody's in particular, and why; "" where nothing is missing."""
    if not state.reason:
        return ""
    vv, _, aa = state.decoded_covariance
    prior = PRIOR_SD**2
    measured = [name for name, variance in (("valence", vv), ("arousal", aa)) if variance < 0.99 * prior]
    said = f"Only {measured[0]} is decoded" if len(measured) == 1 else "Decoded with reserve"
    return f"{said if measured else 'Nothing is decoded'}: {state.reason}."


def _target(decision: ControlEvent) -> str:
    desired, following = decision.desired, decision.next_target
    return (
        f"Plan's target {signed(desired[0])} / {signed(desired[1])}, "
        f"next target {signed(following[0])} / {signed(following[1])}, confidence {decision.confidence:.2f}."
    )


def _outline(state: StateEvent | None, percent: int) -> list[Point]:
    return [] if state is None else ellipse(state.belief_mean, state.belief_covariance, percent)


def _decoded(state: StateEvent | None) -> list[Point]:
    return [] if state is None else ellipse(state.decoded_mean, state.decoded_covariance, 68)


def _round(point: Point) -> Point:
    return (round(point[0], 3), round(point[1], 3))


def _line(name: str, colour: str, width: float, kind: str, opacity: float) -> dict[str, Any]:
    style = {"color": colour, "width": width, "type": kind, "opacity": opacity}
    common = {"id": name, "name": name, "type": "line", "showSymbol": False, "silent": True, "data": []}
    return {**common, "lineStyle": style, "itemStyle": {"color": colour}}


def _mark(name: str, symbol: str, size: int, colour: str, *, hollow: bool = False) -> dict[str, Any]:
    style = {"color": "transparent" if hollow else colour, "borderColor": colour, "borderWidth": 2}
    return {
        "id": name,
        "name": name,
        "type": "scatter",
        "symbol": symbol,
        "symbolSize": size,
        "data": [],
        "itemStyle": style,
        "z": 5,
    }


def _options() -> dict[str, Any]:
    axis = {"type": "value", "min": -1, "max": 1, "interval": 0.5, "nameLocation": "middle", "nameGap": 24}
    return {
        "animation": False,
        "grid": {"left": 48, "right": 12, "top": 10, "bottom": 86},
        "legend": {
            "bottom": 0,
            "itemWidth": 12,
            "itemHeight": 9,
            "itemGap": 12,
            "textStyle": {"fontSize": 11},
            "data": [
                "belief",
                "68 %",
                "95 %",
                "decoded",
                "decoded 68 %",
                "truth",
                "plan's target",
                "next target",
                "music",
            ],
        },
        "xAxis": {**axis, "name": "valence"},
        "yAxis": {**axis, "name": "arousal", "nameGap": 34},
        "series": [
            _line("decoded 68 %", "#7d949b", 1, "dotted", 0.8),
            _line("95 %", "#2f8f86", 1, "dashed", 0.9),
            _line("68 %", "#2f8f86", 1.5, "solid", 1),
            _line("trail", "#7d949b", 1.2, "solid", 0.55),
            _mark("decoded", "circle", 5, "#7d949b"),
            _mark("belief", "circle", 12, "#2f8f86"),
            _mark("truth", "rect", 9, "#8a6fc0", hollow=True),
            _mark("plan's target", "diamond", 15, "#d17a12", hollow=True),
            _mark("next target", "triangle", 12, "#d17a12"),
            _mark("music", "pin", 20, "#4b7fc4"),
        ],
    }
