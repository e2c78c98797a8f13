"""The course of a training: one line of JSON for each step, and a picture of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from affectlab.errors import CounselError
from affectlab.files import finite, translated, writing

METRICS = "metrics.jsonl"
Entry = dict[str, float]

_SHOWN = (
    "loss",
    "rewards/",
    "reward",
    "accuracy",
    "mean_token_accuracy",
    "eval_loss",
    "completions/mean_length",
)
_HIDDEN = ("/std",)
_PER_ROW = 2
_SMOOTH = 20


class Curve:
    """``metrics.jsonl`` of a run: a line more at every step, cut back when a run goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def cut(self, step: int) -> None:
        """Forget what was logged after `step`."""
        kept = [entry for entry in self.read() if entry["step"] <= step]
        with writing(self._path) as temporary:
            temporary.write_text("".join(_line(entry) for entry in kept), encoding="utf-8")

    def add(self, entry: Mapping[str, Any]) -> None:
        """Append one entry."""
        with translated(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(_line(entry))

    def read(self) -> list[Entry]:
        """Return all entries; a last line that was cut off by a kill is left out.

        Raises
        ------
        CounselError
            If a line before the last is not JSON.
        """
        if not self._path.is_file():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        entries = []
        for number, line in enumerate(lines, 1):
            try:
                entries.append(json.loads(line))
            except ValueError:
                if number < len(lines):
                    raise CounselError(f"{self._path}, line {number} is not JSON; remove it") from None
        return entries


def draw_curve(entries: Sequence[Entry], folder: Path, title: str) -> tuple[Path, ...]:
    """Draw every metric over the steps into ``curve.svg`` and ``curve.png``.

    Thin lines are the steps, thick ones their running mean over 20 (ours).

    Returns
    -------
    tuple of Path
        The files; none where nothing was logged.
    """
    from affectlab.bench.drawing import drawing

    names = _drawn(entries)
    if not names:
        return ()
    rows = math.ceil(len(names) / _PER_ROW)
    with drawing("curve", 0.5 + 1.8 * rows, width=7.0) as canvas:
        panels = canvas.figure.subplots(rows, _PER_ROW, squeeze=False).ravel()
        for axes, name in zip(panels, names, strict=False):
            _panel(axes, entries, name)
        for axes in panels[len(names) :]:
            axes.set_axis_off()
        canvas.figure.suptitle(title)
        files = (folder / "curve.svg", folder / "curve.png")
        for file in files:
            with writing(file) as temporary:
                canvas.figure.savefig(temporary, dpi=120)
    return files


def _drawn(entries: Iterable[Entry]) -> list[str]:
    names = dict.fromkeys(name for entry in entries for name in entry)
    return [name for name in names if name.startswith(_SHOWN) and not name.endswith(_HIDDEN)]


def _panel(axes: Any, entries: Sequence[Entry], name: str) -> None:
    from affectlab.bench.drawing import BLUE, GREY, light_grid

    points = [(entry["step"], entry[name]) for entry in entries if entry.get(name) is not None]
    steps, values = zip(*points, strict=True) if points else ((), ())
    means = [
        sum(part) / len(part)
        for end in range(len(values))
        if (part := values[max(0, end - _SMOOTH) : end + 1])
    ]
    axes.plot(steps, values, color=GREY, linewidth=0.7)
    axes.plot(steps, means, color=BLUE, linewidth=1.8)
    axes.set_title(name)
    axes.set_xlabel("step")
    axes.xaxis.get_major_locator().set_params(integer=True)
    light_grid(axes, "y")


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(finite(dict(entry)), ensure_ascii=False) + "\n"
