"""Figures of the EmoMM instrument: conflict profile, contributions, attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from affectlab.affect import Interval
from affectlab.bench.drawing import (
    GREY,
    INK,
    MODALITY_COLOURS,
    MODALITY_NAMES,
    PURPLE,
    SKY,
    SOFT,
    Picture,
    drawing,
    light_grid,
)
from affectlab.bench.emomm.attention import AttentionProfile, first_upper
from affectlab.bench.metrics import Row
from affectlab.models import MODALITIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = {
    "odd_T": "text against\naudio and video",
    "odd_A": "audio against\ntext and video",
    "odd_V": "video against\ntext and audio",
    "all_differ": "all three\ndiffer",
    "T_vs_A": "text against\naudio",
    "T_vs_V": "text against\nvideo",
    "A_vs_V": "audio against\nvideo",
}
_SIDES = {"pair": SKY, "odd": PURPLE, **MODALITY_COLOURS, "none": GREY}
_SIDE_NAMES = {"pair": "the two", "odd": "the one", **MODALITY_NAMES, "none": "neither"}
_GROUP_STYLES = {"aligned": ("--", 0.10, "o"), "conflict": ("-", 0.22, "s")}


def profile_picture(rows: Sequence[Row], name: str) -> Picture:
    """Whose side answers take, by kind of conflict, human viewers below where they are known."""
    kinds = list(dict.fromkeys((one["method"], one["subset"]) for one in rows))
    with drawing(name, 1.0 + 0.62 * len(kinds)) as canvas:
        axes = canvas.axes()
        spoken = []
        for place, (method, kind) in enumerate(kinds):
            parts = [one for one in rows if (one["method"], one["subset"]) == (method, kind)]
            _stack(axes, place, parts)
            shares = ", ".join(f"{_side(one)} {one['value']:.2f}" for one in parts)
            spoken.append(f"{_title(method, kind)}: {shares}".replace("\n", " "))
        axes.set_yticks(range(len(kinds)), [_title(*kind) for kind in kinds])
        axes.set(xlim=(0, 1), ylim=(len(kinds) - 0.5, -0.5), xlabel="share of answers that follow …")
        axes.set_ylabel("conflict")
        light_grid(axes)
        handles, names = axes.get_legend_handles_labels()
        once = dict(zip(names, handles, strict=True))
        canvas.figure.legend(
            list(once.values()), list(once), loc="outside upper center", ncols=3, columnspacing=1.2
        )
        return canvas.picture(
            f"Conflict resolution profile. {'; '.join(spoken)}.",
            "Whose side answers take when modalities disagree; whiskers: 95 % interval of the first share.",
        )


def _stack(axes: Axes, place: int, parts: Sequence[Row]) -> None:
    left = 0.0
    for one in parts:
        side = one["metric"].removeprefix("follows_")
        label = _SIDE_NAMES[side]
        axes.barh(place, one["value"], left=left, height=0.62, color=_SIDES[side], label=label)
        if one["value"] >= 0.12:
            middle = left + one["value"] / 2
            axes.text(
                middle,
                place,
                f"{one['value']:.0%}",
                ha="center",
                va="center",
                color=_letters(side),
                fontsize=9,
            )
        left += one["value"]
    first = parts[0]
    if np.isfinite([first["low"], first["high"]]).all():
        axes.hlines(place + 0.36, first["low"], first["high"], color="black", linewidth=1.4)


def _letters(side: str) -> str:
    """Return the colour of letters on a bar: dark on the light colours."""
    return INK if side in {"pair", "odd"} else "white"


def _side(one: Row) -> str:
    return _SIDE_NAMES[one["metric"].removeprefix("follows_")]


def _title(method: str, kind: str) -> str:
    return _KINDS[kind] if method == "model" else f"{method}:\n{_KINDS[kind]}"


def contribution_picture(rows: Sequence[Row], metric: str, words: str, name: str) -> Picture:
    """Draw a value for each modality, aligned and conflict clips side by side, with intervals.

    Parameters
    ----------
    metric
        Beginning of the metrics' names: "shapley", "shapley_accuracy" or "drop".
    words
        What the value is, for the axis.
    """
    found = {(one["subset"], one["metric"]): one for one in rows}
    groups = [group for group in _GROUP_STYLES if (group, f"{metric}_T") in found]
    with drawing(name, 3.2) as canvas:
        axes = canvas.axes()
        spoken = []
        for place, group in enumerate(groups):
            for bit, modality in enumerate(MODALITIES):
                one = found[group, f"{metric}_{modality}"]
                at = bit + (place - (len(groups) - 1) / 2) * 0.38
                hatch = "" if group == "conflict" else "///"
                colour = MODALITY_COLOURS[modality]
                fill = colour if group == "conflict" else "white"
                axes.bar(at, one["value"], width=0.34, color=fill, edgecolor=colour, hatch=hatch)
                axes.vlines(at, one["low"], one["high"], color="black", linewidth=1.4)
                spoken.append(f"{MODALITY_NAMES[modality]} on {group} clips {one['value']:.2f}")
        axes.axhline(0, color=SOFT, linewidth=0.8)
        axes.set_xticks(range(3), [MODALITY_NAMES[modality] for modality in MODALITIES])
        axes.set(xlabel="modality", ylabel=words)
        light_grid(axes, "y")
        _group_legend(axes, groups)
        return canvas.picture(
            f"{words} by modality: {', '.join(spoken)}.",
            f"{words[0].upper()}{words[1:]}, with 95 % intervals over whole sources.",
        )


def _group_legend(axes: Axes, groups: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(
            facecolor=SOFT if group == "conflict" else "white",
            edgecolor=SOFT,
            hatch="" if group == "conflict" else "///",
            label=f"{group} clips",
        )
        for group in groups
    ]
    axes.legend(handles=patches, loc="best")


def heads_picture(profile: AttentionProfile, group: str, name: str) -> Picture:
    """Attention share of T, A and V by layer and head."""
    layers, heads = profile.heads.shape[:2]
    highest = max(float(profile.heads.max()), 1e-6)
    with drawing(name, min(5.0, 1.5 + 0.22 * layers)) as canvas:
        panels = canvas.figure.subplots(1, 3, sharey=True, squeeze=False)[0]
        for bit, axes in enumerate(panels):
            image = axes.imshow(
                profile.heads[:, :, bit],
                cmap="cividis",
                vmin=0,
                vmax=highest,
                aspect="auto",
                origin="lower",
                interpolation="nearest",
                extent=(0.5, heads + 0.5, 0.5, layers + 0.5),
            )
            axes.set(title=MODALITY_NAMES[MODALITIES[bit]], xlabel="head")
            axes.tick_params(length=0)
        panels[0].set_ylabel("layer, first at the bottom")
        canvas.figure.colorbar(image, ax=list(panels), label="attention share", fraction=0.06)
        means = ", ".join(
            f"{MODALITY_NAMES[modality]} {profile.heads[:, :, bit].mean():.3f}"
            for bit, modality in enumerate(MODALITIES)
        )
        return canvas.picture(
            f"Attention share by layer and head on {group} clips ({profile.n}). Means: {means}.",
            f"Attention share of each modality by layer and head: mean of {profile.n} {group} clips.",
        )


def layers_picture(profiles: Mapping[str, AttentionProfile], quantity: str, words: str, name: str) -> Picture:
    """Attention share or efficiency by layer, conflict and aligned clips, with bands.

    Parameters
    ----------
    quantity
        "shares" or "efficiency".
    words
        What it is, for the axis.
    """
    from matplotlib.ticker import MaxNLocator

    with drawing(name, 3.4) as canvas:
        axes = canvas.axes()
        spoken, layers = [], 1
        for group, (line, opacity, _) in _GROUP_STYLES.items():
            if group not in profiles:
                continue
            table: list[list[Interval]] = getattr(profiles[group], quantity)
            layers = len(table)
            for bit, modality in enumerate(MODALITIES):
                column = [one[bit] for one in table]
                _band(
                    axes,
                    column,
                    MODALITY_COLOURS[modality],
                    line,
                    opacity,
                    f"{MODALITY_NAMES[modality]}, {group}",
                )
                top = float(np.nanmean([one.value for one in column[first_upper(layers) :]] or [np.nan]))
                spoken.append(f"{MODALITY_NAMES[modality]} on {group} clips {top:.2f}")
        axes.axvspan(first_upper(layers) + 0.5, layers + 0.5, color=SOFT, alpha=0.07, linewidth=0)
        if quantity == "efficiency":
            axes.axhline(1, color=SOFT, linewidth=0.8, linestyle=":")
        axes.set(xlim=(0.5, layers + 0.5), xlabel="layer (upper layers shaded)", ylabel=words)
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        light_grid(axes, "y")
        canvas.figure.legend(loc="outside upper center", ncols=2, columnspacing=1.2)
        return canvas.picture(
            f"{words} by layer; mean over upper layers: {', '.join(spoken)}.",
            f"{words[0].upper()}{words[1:]} by layer, bands are 95 % intervals over whole sources.",
        )


def _band(axes: Axes, column: Sequence[Interval], colour: str, line: str, opacity: float, label: str) -> None:
    x = np.arange(1, len(column) + 1)
    axes.plot(x, [one.value for one in column], line, color=colour, linewidth=1.6, label=label)
    axes.fill_between(
        x, [one.low for one in column], [one.high for one in column], color=colour, alpha=opacity, linewidth=0
    )
