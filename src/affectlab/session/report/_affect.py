"""Affect over time and on the plane."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np

from affectlab.session.recording import Recording
from affectlab.session.report._html import Html, facts, join, legend, number, paragraph, point, section
from affectlab.session.report._svg import Axes, Values, drawing, label, panel, rectangle

_AXES = ("valence", "arousal")
_PANEL_HEIGHT = 190.0
_Z95 = 1.959964
_CHI2_95 = 5.991465
"""95 % quantile of chi-square with two degrees of freedom: the squared radius of the plane's ellipse."""
_TRAIL_PIECES = 12
_PLANE_SIZE = 440.0


def affect_section(recording: Recording) -> Html:
    """Show belief, decoded points, targets, ratings and truth over time and on the plane."""
    if not recording.records["states"]:
        return section("affect", "Affect", paragraph("No window of EEG was decoded."))
    simulated = bool(np.isfinite(recording.column("states", "truth")).any())
    return section(
        "affect",
        "Affect",
        paragraph(unsaid(recording)),
        _legend(simulated),
        _over_time(recording),
        Html(f'<div class="beside">{_plane(recording)}{_change(recording)}</div>'),
    )


def unsaid(recording: Recording) -> str:
    """Say how often the decoder had nothing or little to say, and why."""
    reasons = [str(record.get("reason") or "") for record in recording.records["states"]]
    counts = Counter(filter(None, reasons)).most_common()
    if not counts:
        return "Every window was decoded in full."
    shares = "; ".join(f"{reason} ({count / len(reasons):.0%} of the windows)" for reason, count in counts)
    return f"Where the decoder said nothing, or little, the belief rests on what holds for anybody: {shares}."


def _legend(simulated: bool) -> Html:
    entries = [
        ("belief", "belief, with 68 % and 95 % bands"),
        ("decoded", "decoded window"),
        ("desired", "desired by the plan (e*)"),
        ("next", "next target (ẽ)"),
        ("rating", "self-report"),
    ]
    return legend([*entries, ("truth", "truth of the simulated listener")] if simulated else entries)


def _over_time(recording: Recording) -> Html:
    times = (0.0, max(recording.duration, 1.0))
    tops = [26 + index * (_PANEL_HEIGHT + 16) for index in range(2)]
    panels = [panel(times, (-1, 1), top, _PANEL_HEIGHT) for top in tops]
    parts = [_phases(recording, panels), panels[0].time_grid(), panels[1].time_axis()]
    for index, axes in enumerate(panels):
        parts += [axes.value_axis((-1, -0.5, 0, 0.5, 1), _AXES[index], 1), _curves(recording, axes, index)]
    return drawing(
        "Valence and arousal over time: belief with its bands, decoded windows, targets and self-reports",
        tops[1] + _PANEL_HEIGHT + 24,
        *parts,
    )


def _curves(recording: Recording, axes: Axes, index: int) -> str:
    times = recording.column("states", "time")
    mean = recording.column("states", "belief_mean")[:, index]
    sd = np.sqrt(recording.column("states", "belief_covariance")[:, 2 * index])
    truth = recording.column("states", "truth")
    rated, ratings = _ratings(recording)
    parts = [
        axes.band("band95", times, mean - _Z95 * sd, mean + _Z95 * sd),
        axes.band("band68", times, mean - sd, mean + sd),
        axes.dots("decoded", times, recording.column("states", "decoded_mean")[:, index], 1.6),
        axes.line("truth", times, truth[:, index]) if truth.ndim == 2 else "",
        *_targets(recording, axes, index),
        axes.line("belief", times, mean),
        axes.diamonds("rating", rated, ratings[:, index]),
    ]
    return "".join(parts)


def _targets(recording: Recording, axes: Axes, index: int) -> list[str]:
    if not recording.records["controls"]:
        return []
    times = recording.column("controls", "time")
    return [
        axes.steps(kind, times, recording.column("controls", key)[:, index], recording.duration)
        for kind, key in (("desired", "desired"), ("next", "next_target"))
    ]


def _ratings(recording: Recording) -> tuple[Values, Values]:
    """Return times, shape (n,), and points, shape (n, 2), of the self-reports."""
    found = [
        (record["time"], record["data"]["valence"], record["data"]["arousal"])
        for record in recording.records["page"]
        if all(isinstance(record["data"].get(axis), int | float) for axis in _AXES)
    ]
    table = np.array(found, dtype=float).reshape(-1, 3)
    return table[:, 0], table[:, 1:]


def _phases(recording: Recording, panels: list[Axes]) -> str:
    phases = recording.records["phases"]
    ends = [record["time"] for record in phases[1:]] + [recording.duration]
    parts = []
    for index, (record, end) in enumerate(zip(phases, ends, strict=True)):
        x, right = panels[0].px([record["time"], max(end, record["time"])]).tolist()
        if right - x < 1:
            continue
        kind = "phase odd" if index % 2 else "phase"
        parts += [rectangle(kind, x, axes.down[0], right - x, _PANEL_HEIGHT) for axes in panels]
        parts.append(label(x + 4, 18, str(record["phase"]), kind="phasename"))
    return "".join(parts)


def _plane(recording: Recording) -> Html:
    edge = _PLANE_SIZE - 20
    axes = Axes((-1, 1), (-1, 1), (20, edge), (20, edge))
    mean = recording.column("states", "belief_mean")
    rated, ratings = _ratings(recording)
    desired = recording.column("controls", "desired").reshape(-1, 2)
    parts = [
        rectangle("frame", 20, 20, edge - 20, edge - 20),
        f'<path class="zero" d="M20 {_PLANE_SIZE / 2:g}H{edge:g}M{_PLANE_SIZE / 2:g} 20V{edge:g}"/>',
        _corners(edge),
        _ellipse(axes, recording),
        *_trail(axes, mean),
        axes.diamonds("target", desired[-1:, 0], desired[-1:, 1]),
        axes.diamonds("rating", ratings[:, 0], ratings[:, 1]) if len(rated) else "",
        _end(axes, mean[0], "start", "start"),
        _end(axes, mean[-1], "finish", "end"),
    ]
    return drawing(
        f"Valence-arousal plane: the belief went from {point(mean[0])} to {point(mean[-1])}",
        _PLANE_SIZE,
        *parts,
        width=_PLANE_SIZE,
    )


def _corners(edge: float) -> str:
    words = [
        (28, 38, "tense", "start"),
        (edge - 8, 38, "excited", "end"),
        (28, edge - 10, "sad", "start"),
        (edge - 8, edge - 10, "calm", "end"),
    ]
    middle = _PLANE_SIZE / 2
    return "".join(label(x, y, word, anchor, "corner") for x, y, word, anchor in words) + (
        label(edge, middle - 6, "valence", "end") + label(middle + 6, 32, "arousal")
    )


def _trail(axes: Axes, mean: Values) -> list[str]:
    """Draw the way of the belief, fainter the longer ago."""
    bounds = np.linspace(0, len(mean) - 1, min(_TRAIL_PIECES, max(len(mean) - 1, 1)) + 1).round().astype(int)
    pieces = [mean[first : last + 1] for first, last in pairwise(bounds.tolist())]
    return [
        f'<g opacity="{0.2 + 0.8 * (index + 1) / len(pieces):.2f}">'
        f"{axes.line('belief', piece[:, 0], piece[:, 1])}</g>"
        for index, piece in enumerate(pieces)
    ]


def _ellipse(axes: Axes, recording: Recording) -> str:
    """Draw where the last belief lies with 95 % probability."""
    last = recording.beliefs()[-1]
    variances, directions = np.linalg.eigh(last.covariance)
    turn = np.linspace(0, 2 * np.pi, 73)
    circle = np.stack([np.cos(turn), np.sin(turn)]) * np.sqrt(_CHI2_95 * variances)[:, None]
    x, y = np.clip(last.mean[:, None] + directions @ circle, -1, 1)
    return axes.line("ellipse", x, y)


def _end(axes: Axes, at: Values, kind: str, word: str) -> str:
    x, y = float(axes.px(at[0])), float(axes.py(at[1]))
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="5.5"/>' + label(
        x + 9, y - 7, word, kind="strong"
    )


def _change(recording: Recording) -> Html:
    """Put the change into numbers, from the end of rest to the end."""
    states = recording.records["states"]
    first = next((i for i, state in enumerate(states) if not state["resting"]), 0)
    beliefs = recording.beliefs()
    start, end = beliefs[first], beliefs[-1]
    rows: list[tuple[str, object]] = [
        ("Belief when the music began", f"{point(start.mean.tolist())}  (sd {_sd(start.sd)})"),
        ("Belief at the end", f"{point(end.mean.tolist())}  (sd {_sd(end.sd)})"),
        ("Change", point((end.mean - start.mean).tolist())),
    ]
    if recording.records["controls"]:
        goal = np.array(recording.records["controls"][-1]["desired"], dtype=float)
        rows += [
            ("Desired at the end (e*)", point(goal.tolist())),
            ("Distance to it, start → end", f"{_distance(start.mean, goal)} → {_distance(end.mean, goal)}"),
        ]
    note = "Valence / arousal. The belief comes from the decoder that steers the session: no outcome measure."
    return join([Html("<div>"), facts(rows), paragraph(note, "note"), Html("</div>")])


def _sd(sd: Values) -> str:
    return f"{number(float(sd[0]))} / {number(float(sd[1]))}"


def _distance(one: Values, other: Values) -> str:
    return number(math.dist(one.tolist(), other.tolist()))
