"""A study at a glance: what each steering gains in conflicts, and what it costs where modalities agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from affectlab.bench.drawing import BLUE, GREY, INK, ORANGE, Picture, drawing, light_grid
from affectlab.bench.metrics import Row
from affectlab.bench.steering.study import ArmResult
from affectlab.bench.steering.tuning import row_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS: Mapping[str, str] = {"chase": BLUE, "control": GREY, "rival": ORANGE}
_SIDES = (("conflict", "accuracy"), ("aligned", "macro_f1"))
_POINTS = 100


def study_picture(arms: Sequence[ArmResult]) -> Picture:
    """Draw the paired differences of every arm to the model left alone, with 95 % intervals."""
    steered = [one for one in arms if one.differences]
    with drawing("study", 0.8 + 0.24 * len(steered), width=6.4) as canvas:
        sides = canvas.figure.subplots(1, len(_SIDES), sharey=True)
        for axes, (subset, metric) in zip(sides, _SIDES, strict=True):
            _draw(axes, steered, subset, metric)
        sides[0].set_yticks(range(len(steered)), [one.arm.name for one in steered])
        sides[0].set_ylim(len(steered) - 0.5, -0.5)
        gains = ", ".join(
            f"{one.arm.name} {_POINTS * _row(one, *_SIDES[0])['value']:+.1f}" for one in steered
        )
        return canvas.picture(
            f"Points of accuracy gained in conflicts by each steering: {gains}.",
            "Differences to the model left alone, in points. Whiskers are 95 % intervals over whole sources.",
        )


def _draw(axes: Axes, arms: Sequence[ArmResult], subset: str, metric: str) -> None:
    for place, one in enumerate(arms):
        row, colour = _row(one, subset, metric), _COLOURS[one.arm.role]
        axes.hlines(place, _POINTS * row["low"], _POINTS * row["high"], color=colour, linewidth=1.6)
        axes.plot(_POINTS * row["value"], place, "o", color=colour, markersize=5)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlabel(f"{subset}: {metric.replace('_', '-')}, points")
    light_grid(axes)


def _row(one: ArmResult, subset: str, metric: str) -> Row:
    return row_of(one.differences, subset, metric)
