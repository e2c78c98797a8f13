"""Whether the machine keeps up: latency per stage, sound level and dose, counts."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from affectlab.session.latency import TARGET_MS
from affectlab.studio.desk import Desk
from affectlab.studio.frame import text
from affectlab.studio.panels.panel import facts, panel

KEYS = ("peak", "RMS", "processor", "underruns sent", "underruns heard", "samples recorded", "dose")


class MachinePanel:
    """Table of latencies and a row of figures."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: dict[str, Any] = {}
        with panel("Timing and sound", ""):
            scroll = 'tabindex=0 role=region aria-label="Latency per stage"'
            with ui.element("div").classes("scroll").props(scroll), ui.element("table").classes("tight"):
                with ui.element("thead"), ui.element("tr"):
                    for head in ("stage", "p50", "p99", "target"):
                        text("th", head, "" if head == "stage" else "number").props("scope=col")
                self._rows = ui.element("tbody")
            self._values = facts(*KEYS)

    def refresh(self) -> None:
        """Show the session's status."""
        session = self._desk.session
        if session is None:
            return
        status = session.status()
        if status["latency_ms"] != self._shown:
            self._shown = status["latency_ms"]
            self._rows.clear()
            with self._rows:
                for stage, figures in self._shown.items():
                    _row(stage, figures)
        for key, value in counts(status, self._desk.page_audio, self._desk.hub.dropped).items():
            self._values[key].say(value)


def counts(status: dict[str, Any], page: dict[str, Any], dropped: int) -> dict[str, str]:
    """Return the figures beside the table.

    Parameters
    ----------
    status
        What the session says of itself.
    page
        The listener's own counters, empty while nobody listens.
    dropped
        Blocks dropped on the way because a connection was too slow.
    """
    audio, dose = status["audio"], status["dose"]
    heard = f"{page['underruns']:.0f}, {dropped} dropped" if "underruns" in page else "nobody listens"
    return {
        "peak": _dbfs(audio["peak_dbfs"]),
        "RMS": _dbfs(audio["rms_dbfs"]),
        "dose": f"{dose['percent']:.2g} % of a week, {dose['basis']}",
        "underruns sent": f"{status['underruns']}",
        "underruns heard": heard,
        "samples recorded": f"{status['samples_recorded']} of {status['samples_in']}",
        "processor": f"{100 * status['cpu_share']:.0f} % of a core",
    }


def _row(stage: str, figures: dict[str, float]) -> None:
    target = TARGET_MS.get(stage)
    with ui.element("tr"):
        text("td", stage.replace("_", " "))
        text("td", _ms(figures["p50"]), "number")
        text("td", _ms(figures["p99"]), "number")
        if target is None:
            text("td", "-", "number")
        else:
            missed = figures["p99"] > target
            text("td", f"{target:g} ms{', missed' if missed else ''}", "number")


def _ms(value: float) -> str:
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"


def _dbfs(value: float | None) -> str:
    return "-" if value is None or value < -119 else f"{value:.1f} dBFS".replace("-", "\u2212")
