"""Figures of a persona report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
from affectlab.bench.metrics import Row
from affectlab.bench.persona.intervals import Array
from affectlab.bench.persona.sensitivity import Sweep

_LINES = (ORANGE, GREEN, PURPLE, "#B8860B", BLUE, SKY, GREY)
"""Colours of the emotions, in the order of the labels; of arms, in theirs."""

_MARKERS = ("o", "s", "D")

_DRAWN = ("majority", "own-base-rate", "event-majority-oracle", "traits-by-event", "human-split-half")
"""Floors and ceilings that a figure has room for; tables have all."""


def scores_picture(rows: Sequence[Row], floors: Sequence[Row], name: str) -> Picture:
    """Top-1 of each arm with its interval, floors and ceilings as lines behind."""
    arms = [one["arm"] for one in rows]
    with drawing(name, 1.2 + 0.3 * len(arms), 5.2) as canvas:
        axes = canvas.axes()
        drawn = [one for one in floors if one["method"] in _DRAWN]
        for one, colour in zip(drawn, (GREY, SKY, GREEN, PURPLE, ORANGE), strict=False):
            label = f"{one['method']} {one['value']:.2f}"
            axes.axvline(one["value"], color=colour, linestyle="--", linewidth=1.2, label=label)
        places = np.arange(len(arms))
        values = [one["value"] for one in rows]
        axes.hlines(places, [one["low"] for one in rows], [one["high"] for one in rows], color=BLUE)
        axes.plot(values, places, "o", color=BLUE, markersize=5)
        axes.set_yticks(places, arms)
        axes.set(ylim=(len(arms) - 0.5, -0.5), xlabel="Top-1, 95 % interval")
        light_grid(axes)
        if drawn:
            canvas.figure.legend(loc="outside lower center", ncols=2)
        spoken = ", ".join(f"{arm} {value:.2f}" for arm, value in zip(arms, values, strict=True))
        return canvas.picture(
            f"Top-1 by condition: {spoken}.",
            "Top-1 by condition. Lines are floors and ceilings on the same events.",
        )


def illusion_picture(rows: Sequence[Row], name: str) -> Picture | None:
    """How large each arm's shift is against how much of it readers bear out; None where nothing shifts."""
    shift = {one["arm"]: one for one in rows if one["metric"] == "appraisal_shift"}
    known = [one for one in rows if one["metric"] == "borne_out" and np.isfinite(one["value"])]
    if not known:
        return None
    with drawing(name, 4.4, 5.2) as canvas:
        axes = canvas.axes()
        axes.axhspan(0, 1, color=GREY, alpha=0.10, linewidth=0)
        for level, words in ((1, "all borne out"), (0, "nothing borne out")):
            axes.axhline(level, color=SOFT, linewidth=0.8)
            axes.annotate(words, (1, level), xycoords=("axes fraction", "data"), ha="right", va="bottom")
        for place, one in enumerate(known):
            colour, marker = _LINES[place % len(_LINES)], _MARKERS[place // len(_LINES) % len(_MARKERS)]
            at = shift[one["arm"]]
            axes.vlines(at["value"], one["low"], one["high"], color=colour, alpha=0.4)
            axes.hlines(one["value"], at["low"], at["high"], color=colour, alpha=0.4)
            axes.plot([at["value"]], [one["value"]], marker, color=colour, markersize=5, label=one["arm"])
        human = next(one for one in rows if one["metric"] == "human_shift")["value"]
        low = min(-0.1, *(one["value"] for one in known)) - 0.1
        high = max(1.1, *(one["value"] for one in known)) + 0.2
        axes.set(ylim=(max(low, -3), min(high, 4)), xlabel=f"appraisal shift (readers' own: {human:.2f})")
        axes.set_xlim(left=0)
        axes.set_ylabel("share of the shift borne out")
        light_grid(axes, "y")
        canvas.figure.legend(loc="outside lower center", ncols=3)
        spoken = ", ".join(f"{one['arm']} {one['value']:.2f}" for one in known)
        return canvas.picture(
            f"Share of the appraisal shift that readers bear out: {spoken}.",
            "A model that knows its readers is at 1, one that acts out a stereotype at 0, farther right the "
            "more it acts. Shuffled profiles are at 0 on average.",
        )


def sweep_picture(sweep: Sweep, labels: Sequence[str], name: str) -> Picture:
    """Mean probability of each emotion while one trait is swept."""
    curve = sweep.curve
    with drawing(name, 3.4, 5.2) as canvas:
        axes = canvas.axes()
        for place, label in enumerate(labels):
            colour = _LINES[place % len(_LINES)]
            axes.plot(sweep.values, curve[:, place], "o-", color=colour, label=label, markersize=3.5)
        axes.set(xlabel=f"{sweep.trait} told", ylim=(0, None))
        axes.set_ylabel("mean probability")
        light_grid(axes, "y")
        canvas.figure.legend(loc="outside right upper")
        change = ", ".join(f"{label} {curve[-1, k] - curve[0, k]:+.2f}" for k, label in enumerate(labels))
        return canvas.picture(
            f"Sweep of {sweep.trait} under {sweep.arm}, change from lowest to highest: {change}.",
            f"Condition {sweep.arm}: only {sweep.trait} changes, over {len(sweep.sources)} events.",
        )


def slopes_picture(
    found: Sequence[tuple[str, Array]], human: Array, labels: Sequence[str], trait: str, name: str
) -> Picture:
    """How probabilities of emotions change with a trait across units, humans beside arms."""
    with drawing(name, 0.9 + 0.42 * len(labels), 5.2) as canvas:
        axes = canvas.axes()
        places = np.arange(len(labels))
        axes.axvline(0, color=SOFT, linewidth=0.8)
        axes.plot(human / 10, places, "D", color=INK, markersize=6, label="readers")
        for step, (arm, slopes) in enumerate(found):
            colour = (BLUE, ORANGE, GREEN, PURPLE, SKY, GREY)[step % 6]
            offset = 0.12 * (step - len(found) / 2 + 0.5)
            axes.plot(slopes / 10, places + offset, "o", color=colour, markersize=4, label=arm)
        axes.set_yticks(places, labels)
        axes.set(ylim=(len(labels) - 0.5, -0.5), xlabel=f"change of probability per 0.1 of {trait}")
        light_grid(axes)
        canvas.figure.legend(loc="outside lower center", ncols=3)
        return canvas.picture(
            f"Change of each emotion's probability with {trait} across readers, humans and model.",
            f"Across the readers or groups there are, other traits not held fixed: where dots lie by the "
            f"diamonds, the model follows {trait} as readers do.",
        )
