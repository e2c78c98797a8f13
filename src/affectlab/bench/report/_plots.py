"""Figures any benchmark has: accuracy by subset, confusions, calibration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.drawing import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    SOFT,
    WIDTH,
    Picture,
    drawing,
    light_grid,
)
from affectlab.bench.metrics import CALIBRATION_BINS, PRIMARY, Row
from affectlab.bench.results import UNPARSED, Samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_METHODS = {
    "model": (BLUE, "o"),
    "majority": (GREY, "|"),
    "text alone": (SKY, "s"),
    "audio alone": (ORANGE, "^"),
    "video alone": (GREEN, "v"),
    "late fusion": (PURPLE, "D"),
}
_LEGEND_LETTERS, _LABEL_LETTERS = 44, 34  # that fit beside each other across a figure
_RUNS = ((BLUE, "o"), (ORANGE, "^"), (GREEN, "s"), (PURPLE, "D"), (SKY, "v"), (GREY, "P"))


def accuracy_picture(rows: Sequence[Row], name: str) -> Picture:
    """Accuracy of each method on each subset, with intervals."""
    series = {method: [one for one in rows if one["method"] == method] for method in _METHODS}
    marks = {method: _METHODS[method] for method, found in series.items() if found}
    return _dots({method: series[method] for method in marks}, marks, name, "Methods")


def runs_picture(runs: Mapping[str, Sequence[Row]], name: str) -> Picture:
    """Accuracy of several runs on each subset, with intervals."""
    series = {run: [one for one in rows if one["method"] == "model"] for run, rows in runs.items()}
    marks = {run: _RUNS[index % len(_RUNS)] for index, run in enumerate(series)}
    return _dots(series, marks, name, "Runs")


def _dots(
    series: Mapping[str, Sequence[Row]], marks: Mapping[str, tuple[str, str]], name: str, what: str
) -> Picture:
    """One point with its interval for each series and subset, subsets from top to bottom."""
    accuracy = {
        key: {one["subset"]: one for one in rows if one["metric"] == PRIMARY} for key, rows in series.items()
    }
    subsets = list(dict.fromkeys(subset for found in accuracy.values() for subset in found))
    step = 0.8 / max(len(series), 1)
    legend_columns = max(1, min(3, _LEGEND_LETTERS // max(map(len, series))))
    legend_height = 0.2 * math.ceil(len(series) / legend_columns)
    with drawing(name, 0.6 + legend_height + len(subsets) * max(0.42, 0.13 * len(series))) as canvas:
        axes = canvas.axes()
        for place, (key, found) in enumerate(accuracy.items()):
            colour, marker = marks[key]
            here = [
                (subsets.index(subset) - 0.4 + step * (place + 0.5), one) for subset, one in found.items()
            ]
            _whiskers(axes, here, colour)
            x, y = [one["value"] for _, one in here], [at for at, _ in here]
            size = 7 if place == 0 else 5
            axes.plot(
                x,
                y,
                marker,
                color=colour,
                markersize=size,
                markeredgewidth=2 if marker == "|" else 0.5,
                label=key,
            )
        for boundary in range(1, len(subsets)):
            axes.axhline(boundary - 0.5, color=SOFT, linewidth=0.4)
        axes.set_yticks(range(len(subsets)), [subset.replace("_", "\n") for subset in subsets])
        axes.set(xlim=(-0.02, 1.02), ylim=(len(subsets) - 0.5, -0.5), xlabel="accuracy, 95 % interval")
        axes.set_ylabel("subset")
        light_grid(axes)
        canvas.figure.legend(
            loc="outside upper center", ncols=legend_columns, handletextpad=0.3, columnspacing=1.2
        )
        first = next(iter(accuracy))
        values = ", ".join(f"{subset} {one['value']:.2f}" for subset, one in accuracy[first].items())
        return canvas.picture(
            f"{what}: accuracy by subset with 95 % intervals. {first}: {values}.",
            "Accuracy by subset. Whiskers are 95 % intervals over whole sources.",
        )


def _whiskers(axes: Axes, points: Sequence[tuple[float, Row]], colour: str) -> None:
    known = [(at, one) for at, one in points if np.isfinite([one["low"], one["high"]]).all()]
    axes.hlines(
        [at for at, _ in known],
        [one["low"] for _, one in known],
        [one["high"] for _, one in known],
        color=colour,
        linewidth=1.6,
        alpha=0.75,
    )


def confusion_picture(samples: Samples, labels: Sequence[str], subset: str, name: str) -> Picture:
    """Share of each answer among the samples of each true label, with counts."""
    asked = samples.take(~samples.failed)
    k = len(labels)
    answers = np.where(asked.prediction == UNPARSED, k, asked.prediction)
    counts = np.zeros((k, k + 1))
    np.add.at(counts, (asked.truth, answers), 1)
    columns = [*labels, "no label"] if counts[:, k].any() else list(labels)
    counts = counts[:, : len(columns)]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with drawing(name, 0.55 * k + 1.5) as canvas:
        axes = canvas.axes()
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        if k * len(columns) <= 100:
            _write_cells(axes, shares, counts)
        axes.set_xticks(
            range(len(columns)), columns, rotation=90 if sum(map(len, columns)) > _LABEL_LETTERS else 0
        )
        axes.set_yticks(range(k), labels)
        axes.set(xlabel="answer", ylabel="true label")
        axes.tick_params(length=0)
        canvas.figure.colorbar(image, label="share of the true label", fraction=0.06)
        hits = ", ".join(f"{label} {shares[i, i]:.2f}" for i, label in enumerate(labels))
        return canvas.picture(
            f"Confusion matrix of {subset}: share answered right by true label: {hits}.",
            f"Confusions on {subset}: share of each true label, number of samples below it.",
        )


def _write_cells(axes: Axes, shares: NDArray[np.float64], counts: NDArray[np.float64]) -> None:
    for (i, j), share in np.ndenumerate(shares):
        colour = "white" if share > 0.55 else INK
        axes.text(
            j, i, f"{share:.2f}\n{counts[i, j]:.0f}", ha="center", va="center", color=colour, fontsize=8.5
        )


def calibration_picture(samples: Samples, subset: str, name: str) -> Picture | None:
    """Accuracy against confidence of the top label; None where there are no probabilities."""
    known = samples.take(~samples.failed & samples.has_probabilities)
    if not len(known):
        return None
    probabilities = np.exp(known.log_probabilities)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == known.truth
    bins = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1)
    counts = np.bincount(bins, minlength=CALIBRATION_BINS)
    there = counts > 0
    mean, hits = (
        np.bincount(bins, weights=values, minlength=CALIBRATION_BINS)[there] / counts[there]
        for values in (confidence, right.astype(float))
    )
    with drawing(name, 3.6, WIDTH) as canvas:
        axes = canvas.axes()
        axes.plot([0, 1], [0, 1], "--", color=SOFT, linewidth=1, label="as sure as right")
        axes.plot(mean, hits, "-", color=BLUE, linewidth=1.2)
        sizes = 15 + 160 * counts[there] / counts.max()
        axes.scatter(mean, hits, s=sizes, color=BLUE, alpha=0.75, label="answers (area: how many)", zorder=3)
        axes.set(xlim=(0, 1), ylim=(-0.03, 1.03), xlabel="confidence in the top label", ylabel="share right")
        light_grid(axes)
        axes.legend(loc="upper left")
        return canvas.picture(
            f"Calibration on {subset}: confidence {confidence.mean():.2f}, share right {right.mean():.2f}.",
            f"Calibration on {subset}. Below the line the model is surer than it is right.",
        )
