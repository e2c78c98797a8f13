"""Figures of a report on AICA runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.aica.metrics import OVERALL
from affectlab.bench.aica.rated import model_rating
from affectlab.bench.drawing import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    SOFT,
    Picture,
    drawing,
    light_grid,
)
from affectlab.bench.exam.table import ExamRun

Row = dict[str, Any]

_MARKS = ((BLUE, "o"), (ORANGE, "^"), (GREEN, "s"), (PURPLE, "D"), (SKY, "v"), (GREY, "P"))
_WRITTEN_CELLS = 72


def arms_picture(rows: Sequence[Row], name: str) -> Picture | None:
    """Draw macro F1 of every arm on every corpus, with intervals; None where there is none."""
    own = [row for row in rows if row["task"] == "eu" and row["metric"] == "macro_f1"]
    if not own:
        return None
    arms = list(dict.fromkeys(row["arm"] for row in own))
    corpora = list(dict.fromkeys(row["subset"] for row in own))
    step = 0.8 / len(arms)
    with drawing(
        name, 0.8 + 0.2 * math.ceil(len(arms) / 3) + len(corpora) * max(0.4, 0.13 * len(arms))
    ) as canvas:
        axes = canvas.axes()
        for place, arm in enumerate(arms):
            colour, marker = _MARKS[place % len(_MARKS)]
            for row in (row for row in own if row["arm"] == arm):
                y = corpora.index(row["subset"]) - 0.4 + step * (place + 0.5)
                if math.isfinite(row["low"]):
                    axes.hlines(y, row["low"], row["high"], color=colour, linewidth=1.6, alpha=0.75)
                axes.plot(row["value"], y, marker, color=colour, markersize=5)
            filled = "none" if place >= len(_MARKS) else colour
            axes.plot([], [], marker, color=colour, markerfacecolor=filled, label=arm)
        for boundary in range(1, len(corpora)):
            axes.axhline(boundary - 0.5, color=SOFT, linewidth=0.4)
        axes.set_yticks(range(len(corpora)), corpora)
        axes.set(xlim=(-0.02, 1.02), ylim=(len(corpora) - 0.5, -0.5), xlabel="macro F1, 95 % interval")
        light_grid(axes)
        canvas.figure.legend(loc="outside upper center", ncols=3, handletextpad=0.3, columnspacing=1.2)
        values = ", ".join(f"{row['arm']} {row['value']:.2f}" for row in own if row["subset"] == OVERALL)
        return canvas.picture(
            f"Macro F1 by corpus and arm with 95 % intervals. Over all: {values}.",
            "Macro F1 by corpus and arm. Whiskers are 95 % intervals over whole sources.",
        )


def differences_picture(rows: Sequence[Row], name: str) -> Picture | None:
    """Draw paired differences of arms over all corpora, with intervals; None where there is none."""
    if not rows:
        return None
    words = [f"{row['arm']} − {row['than']}" for row in rows]
    with drawing(name, 0.9 + 0.34 * len(rows)) as canvas:
        axes = canvas.axes()
        axes.axvline(0, color=INK, linewidth=1)
        for place, row in enumerate(rows):
            clear = row["p_holm"] is not None and row["p_holm"] < 0.05
            colour = (BLUE if row["value"] > 0 else ORANGE) if clear else GREY
            if math.isfinite(row["low"]):
                axes.hlines(place, row["low"], row["high"], color=colour, linewidth=2)
            axes.plot(row["value"], place, "o", color=colour, markerfacecolor=colour if clear else "white")
        axes.set_yticks(range(len(rows)), words)
        axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel=f"difference in {rows[0]['metric']}, 95 % interval")
        light_grid(axes)
        values = ", ".join(f"{word} {row['value']:+.2f}" for word, row in zip(words, rows, strict=True))
        return canvas.picture(
            f"Paired differences between arms: {values}.",
            "Paired differences between arms over all corpora. Filled: p (Holm) below 0.05.",
        )


def ratings_picture(run: ExamRun, name: str) -> Picture | None:
    """Draw the model's ratings against people's means, one panel a scale; None if there are none."""
    panels: dict[str, list[tuple[float, float]]] = {}
    ends: dict[str, tuple[float, float]] = {}
    for row in run.select(task="intensity"):
        value, facts = model_rating(row), row["details"]
        if row["status"] != "failed" and math.isfinite(value):
            parts = (row["subset"], facts["dimension"], facts["population"], row["arm"])
            panel = " ".join(one for one in parts if one and one != "basic")
            panels.setdefault(panel, []).append((facts["mean"], value))
            ends[panel] = facts["low"], facts["high"]
    if not panels:
        return None
    lines = math.ceil(len(panels) / 2)
    with drawing(name, 0.3 + 2.0 * lines) as canvas:
        for place, (panel, points) in enumerate(panels.items()):
            axes = canvas.figure.add_subplot(lines, 2, place + 1)
            people, model = np.array(points).T
            axes.plot(ends[panel], ends[panel], "--", color=SOFT, linewidth=1)
            axes.scatter(people, model, s=7, color=BLUE, alpha=0.35, linewidths=0)
            axes.set_title(panel, fontsize=9)
            axes.set(xlim=ends[panel], ylim=ends[panel], xlabel="people", ylabel="model")
        words = ", ".join(f"{panel} ({len(points)} images)" for panel, points in panels.items())
        return canvas.picture(
            f"The model's ratings against people's mean ratings: {words}.",
            "The model's ratings against people's means on the published scales; on the line they agree.",
        )


def confusion_picture(labels: Sequence[str], counts: NDArray[np.float64], where: str, name: str) -> Picture:
    """Draw the share of each answer among the images of each true label; in `counts` unparsed come last."""
    columns = [*labels, "unparsed"] if counts[:, -1].any() else list(labels)
    counts = counts[:, : len(columns)]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 0.3 * len(labels) + 1.7
    with drawing(name, side, max(4.0, side)) as canvas:
        axes = canvas.axes()
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        if shares.size <= _WRITTEN_CELLS:
            for (i, j), share in np.ndenumerate(shares):
                if share >= 0.005:
                    colour = "white" if share > 0.55 else INK
                    percent = f"{100 * share:.0f}"
                    axes.text(j, i, percent, ha="center", va="center", color=colour, fontsize=8.5)
        axes.set_xticks(range(len(columns)), columns, rotation=90)
        axes.set_yticks(range(len(labels)), labels)
        axes.set(xlabel="answer", ylabel="true label")
        axes.tick_params(length=0)
        canvas.figure.colorbar(image, label="share of the true label", fraction=0.05)
        hits = ", ".join(f"{label} {shares[i, i]:.2f}" for i, label in enumerate(labels))
        return canvas.picture(
            f"Confusion matrix of {where}: share answered right by true label: {hits}.",
            f"Confusions, {where}: percent of each true label, {int(counts.sum())} images.",
        )
