"""Quality of the EEG: which channel could be trusted when, and what was wrong."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np

from affectlab.session.recording import Recording
from affectlab.session.report._html import Html, legend, number, paragraph, section, table
from affectlab.session.report._svg import Axes, Values, drawing, label, panel, rectangle

_ROW = 18.0
_COLUMNS = 240
_LEVELS = (0.2, 0.4, 0.6, 0.8)
_WORDS = (
    "unusable, below 0.2",
    "poor, 0.2 to 0.4",
    "doubtful, 0.4 to 0.6",
    "fair, 0.6 to 0.8",
    "clean, 0.8 and more",
)
_MAX_REASONS = 12


def signal_section(recording: Recording) -> Html:
    """Show the quality of every channel over time, and the commonest reasons."""
    if not recording.records["quality"]:
        return section("signal", "Signal quality", paragraph("No window of EEG was judged."))
    channels, scores = quality_scores(recording)
    return section(
        "signal",
        "Signal quality",
        paragraph(_in_words(recording, channels, scores)),
        legend((f"q{level}", words) for level, words in reversed(list(enumerate(_WORDS)))),
        _heat_map(recording, channels, scores),
        _reasons(recording),
    )


def quality_scores(recording: Recording) -> tuple[tuple[str, ...], Values]:
    """Return channels and their scores, shape (n_windows, n_channels), NaN where there is none."""
    records = recording.records["quality"]
    channels = tuple(dict.fromkeys(channel for record in records for channel in record["scores"]))
    scores = [[record["scores"].get(channel, np.nan) for channel in channels] for record in records]
    return channels, np.array(scores, dtype=float).reshape(len(records), len(channels))


def _in_words(recording: Recording, channels: tuple[str, ...], scores: Values) -> str:
    usable = recording.column("states", "usable_share")
    share = f" On average {np.nanmean(usable):.0%} of the channels were usable." if len(usable) else ""
    if not channels:
        return f"{len(scores)} windows were judged, without channels.{share}"
    worst = int(np.nanargmin(np.nanmean(scores, axis=0)))
    mean = number(float(np.nanmean(scores[:, worst])))
    return (
        f"{len(scores)} windows, {len(channels)} channels; the worst is {channels[worst]} with {mean}.{share}"
    )


def _heat_map(recording: Recording, channels: tuple[str, ...], scores: Values) -> Html:
    times = recording.column("quality", "time")
    axes = panel((0.0, max(recording.duration, 1.0)), (0, 1), 6, max(len(channels), 1) * _ROW)
    edges, binned = _binned(times, scores, axes.x[1])
    marks = _cells(axes, edges, binned)
    names = [label(axes.across[0] - 8, 6 + row * _ROW + 13, name, "end") for row, name in enumerate(channels)]
    frame = rectangle("frame", axes.across[0], 6, axes.across[1] - axes.across[0], axes.down[1] - 6)
    return drawing(
        f"Quality of {len(channels)} channels over time; the table below names what was wrong",
        axes.down[1] + 24,
        axes.time_axis(),
        marks,
        *names,
        frame,
    )


def _binned(times: Values, scores: Values, end: float) -> tuple[Values, Values]:
    """Average windows into columns no narrower than the time between windows."""
    apart = float(np.median(np.diff(times))) if len(times) > 1 else end
    columns = int(np.clip(end / max(apart, 1e-3), 1, _COLUMNS))
    edges = np.linspace(0, end, columns + 1)
    column = np.clip(np.searchsorted(edges, times, side="left") - 1, 0, columns - 1)
    known = np.isfinite(scores)
    total = np.zeros((columns, scores.shape[1]))
    count = np.zeros_like(total)
    np.add.at(total, column, np.where(known, scores, 0))
    np.add.at(count, column, known)
    return edges, np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _cells(axes: Axes, edges: Values, scores: Values) -> str:
    """Draw the cells of each level as one path, equal neighbours as one rectangle."""
    outlines: dict[int, list[str]] = {}
    left = axes.px(edges)
    for row in range(scores.shape[1]):
        levels = np.where(np.isfinite(scores[:, row]), np.digitize(scores[:, row], _LEVELS), -1)
        changes = np.flatnonzero(np.diff(levels, prepend=-2, append=-2))
        for first, last in pairwise(changes.tolist()):
            x, width = left[first], left[last] - left[first]
            cell = f"M{x:.1f} {6 + row * _ROW:g}h{width:.1f}v{_ROW - 1:g}h-{width:.1f}z"
            outlines.setdefault(int(levels[first]), []).append(cell)
    return "".join(
        f'<path class="q{level}" d="{"".join(o)}"/>' for level, o in outlines.items() if level >= 0
    )


def _reasons(recording: Recording) -> Html | str:
    records = recording.records["quality"]
    windows: Counter[str] = Counter()
    channels: dict[str, Counter[str]] = {}
    for record in records:
        named = {reason for reasons in record["reasons"].values() for reason in reasons}
        windows.update(named)
        for channel, reasons in record["reasons"].items():
            for reason in reasons:
                channels.setdefault(reason, Counter())[channel] += 1
    rows = [
        (
            reason,
            ", ".join(name for name, _ in channels[reason].most_common(6)),
            count,
            f"{count / len(records):.0%}",
        )
        for reason, count in windows.most_common(_MAX_REASONS)
    ]
    if not rows:
        return paragraph("Nothing was wrong with any channel.")
    return table(
        "Commonest reasons for a low score",
        ("What", "Channels, worst first", "Windows", "Share"),
        rows,
        numbers=2,
    )
