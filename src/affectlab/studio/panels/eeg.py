"""Live EEG: the last conditioned window of every channel, and how far each channel can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np
from nicegui import ui

from affectlab.signals.window import ChannelQuality, Window
from affectlab.studio.desk import Desk
from affectlab.studio.frame import text
from affectlab.studio.panels.panel import panel

POINTS = 250
"""Points per trace: enough for 30 Hz over four seconds, few enough to send twice a second."""

SPACING_UV = 60.0
"""Microvolts between neighbouring traces."""

COLOURS = {"good": "#2f8f86", "fair": "#c9820a", "poor": "#cf4a3f"}


class EegPanel:
    """Traces coloured by quality; the worst channels are named with what is wrong."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: Window | None = None
        self._channels: tuple[str, ...] = ()
        self._said: list[str] | None = None
        with panel("EEG", "span-7") as self._note:
            self._chart = (
                ui.echart(_options(()))
                .classes("chart-eeg")
                .props('role=img aria-label="EEG traces, one per channel; their quality is listed below"')
            )
            self._list = ui.element("ul").classes("quality").props('aria-label="Quality per channel"')
        self._note.say("waiting for a session")

    def refresh(self) -> None:
        """Draw the newest window, if there is one that was not drawn yet."""
        window = self._desk.view.window
        if window is None or window is self._shown:
            return
        self._shown = window
        if window.channels != self._channels:
            self._channels = window.channels
            self._chart.options.clear()
            self._chart.options.update(_options(window.channels))
            self._chart.update()
        self._chart.run_chart_method("setOption", {"series": traces(window)}, {"lazyUpdate": True})
        usable = int(np.sum(window.usable >= 0.5))
        self._note.say(
            f"{usable} of {len(window.channels)} channels usable, {window.sfreq:g} Hz, "
            f"{SPACING_UV:g} \u00b5V per row"
        )
        self._show_quality(window.quality)

    def _show_quality(self, quality: tuple[ChannelQuality, ...]) -> None:
        wanting = sorted((one for one in quality if one.score < 0.8), key=lambda one: one.score)
        words = [in_words(one) for one in wanting]
        if words == self._said:
            return
        self._said = words
        self._list.clear()
        with self._list:
            if not wanting:
                text("li", f"all {len(quality)} channels clean", "chip")
            for one, line in zip(wanting, words, strict=True):
                text("li", line, "chip").props(f"data-grade={grade(one.score)}")


def in_words(quality: ChannelQuality) -> str:
    """Say how far a channel can be trusted and why not further."""
    reasons = [reason.removeprefix(f"{quality.channel}: ") for reason in quality.reasons]
    return f"{quality.channel} {quality.score:.2f} {', '.join(reasons)}".strip()


def grade(score: float) -> str:
    """Return a quality score in words: good from 0.8, fair from 0.5, poor below."""
    return "good" if score >= 0.8 else "fair" if score >= 0.5 else "poor"


def traces(window: Window) -> list[dict[str, Any]]:
    """Return one chart series per channel: the window thinned to `POINTS`, one row per channel."""
    picked = np.linspace(0, window.data.shape[1] - 1, POINTS).astype(int)
    rows = np.arange(len(window.channels))[:, None]
    lines = np.round(rows - np.clip(window.data[:, picked] / SPACING_UV, -1.5, 1.5), 3)
    return [
        {"id": channel, "data": line.tolist(), "lineStyle": {"color": COLOURS[grade(quality.score)]}}
        for channel, line, quality in zip(window.channels, lines, window.quality, strict=True)
    ]


def _options(channels: tuple[str, ...]) -> dict[str, Any]:
    names = list(channels)
    return {
        "animation": False,
        "grid": {"left": 44, "right": 8, "top": 4, "bottom": 24},
        "xAxis": {
            "type": "category",
            "data": [f"{value:.1f}" for value in np.linspace(-4, 0, POINTS)],
            "boundaryGap": False,
            "axisTick": {"show": False},
            "axisLine": {"onZero": False},
            "axisLabel": {
                ":interval": f"(i) => i % {POINTS // 4} === 0 || i === {POINTS - 1}",
                ":formatter": "(v) => Number(v) === 0 ? 'now' : Math.round(v) + ' s'",
                "fontSize": 11,
                "hideOverlap": False,
            },
        },
        "yAxis": {
            "type": "value",
            "inverse": True,
            "min": -1,
            "max": max(1, len(names)),
            "interval": 1,
            "splitLine": {"show": False},
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {
                ":formatter": f"(v) => ({names!r})[v] ?? ''",
                "fontSize": 10 if len(names) > 20 else 11,
            },
        },
        "series": [
            {
                "id": name,
                "type": "line",
                "showSymbol": False,
                "silent": True,
                "data": [],
                "lineStyle": {"width": 1},
            }
            for name in names
        ],
    }
