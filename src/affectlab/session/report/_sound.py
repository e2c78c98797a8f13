"""What was played: the music as realised, and how loud the sound was."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import numpy as np

from affectlab.errors import AudioError
from affectlab.session.recording import Recording
from affectlab.session.report._html import Html, legend, number, paragraph, section, table
from affectlab.session.report._svg import Axes, Values, drawing, label, panel, rectangle

_TOP, _HEIGHT, _GAP = 10.0, 84.0, 18.0
_STRIP = 22.0
_MAX_RUNS = 60
_FLOOR_DBFS = -60.0


def music_section(recording: Recording) -> Html:
    """Show tempo, density, dynamics, affect and musical facts of every beat over time."""
    if not recording.records["music"]:
        return section("music", "Music", paragraph("No music was played."))
    return section(
        "music",
        "Music as realised",
        paragraph(_in_words(recording)),
        legend([("valence", "valence written"), ("arousal", "arousal written"), ("asked", "asked for")]),
        _curves(recording),
        _fact_strips(recording),
        _fact_table(recording),
    )


def _in_words(recording: Recording) -> str:
    beats = recording.records["music"]
    tempo = recording.column("music", "tempo_bpm")
    notes = int(recording.column("music", "notes").sum())
    return (
        f"{len(beats)} beats, {notes} notes; tempo between {number(float(tempo.min()), 0)} and "
        f"{number(float(tempo.max()), 0)} bpm, {number(float(tempo[-1]), 0)} at the end."
    )


def _curves(recording: Recording) -> Html:
    times = recording.column("music", "time")
    span = (0.0, max(recording.duration, 1.0))
    tempo = recording.column("music", "tempo_bpm")
    low, high = 10 * np.floor(tempo.min() / 10 - 0.5), 10 * np.ceil(tempo.max() / 10 + 0.5)
    panels = [
        panel(span, limits, _TOP + index * (_HEIGHT + _GAP), _HEIGHT)
        for index, limits in enumerate(((-1.0, 1.0), (float(low), float(high)), (0.0, 1.0), (0.0, 1.0)))
    ]
    affect, tempi, density, dynamics = panels
    parts = [
        *(axes.time_grid() for axes in panels[:-1]),
        dynamics.time_axis(),
        affect.value_axis((-1, 0, 1), "affect"),
        *(affect.steps("asked", *_asked(recording, index), recording.duration) for index in range(2)),
        *(affect.line(name, times, recording.column("music", name)) for name in ("valence", "arousal")),
        tempi.value_axis((low, (low + high) / 2, high), "bpm"),
        tempi.line("tempo", times, tempo),
        density.value_axis((0, 0.5, 1), "density", 1),
        density.line("tempo", times, recording.column("music", "density")),
        dynamics.value_axis((0, 0.5, 1), "dynamics", 1),
        dynamics.line("tempo", times, recording.column("music", "dynamics")),
    ]
    return drawing(
        "Valence and arousal of the music, tempo, density and dynamics over time",
        dynamics.down[1] + 24,
        *parts,
    )


def _asked(recording: Recording, index: int) -> tuple[Values, Values]:
    points = recording.column("controls", "music").reshape(-1, 2)
    return recording.column("controls", "time"), points[:, index]


def _runs(recording: Recording, name: str) -> list[tuple[str, float]]:
    """Return the values of a musical fact with the time each one began."""
    told = [
        (str(beat["facts"][name]), beat["time"])
        for beat in recording.records["music"]
        if name in beat["facts"]
    ]
    return [(value, next(beats)[1]) for value, beats in groupby(told, key=lambda pair: pair[0])]


def _fact_names(recording: Recording) -> list[str]:
    return list(dict.fromkeys(name for beat in recording.records["music"] for name in beat["facts"]))


def _fact_strips(recording: Recording) -> Html | str:
    """Draw those facts that change rarely enough to be read as strips along the time axis."""
    strips = {
        name: runs for name in _fact_names(recording) if len(runs := _runs(recording, name)) <= _MAX_RUNS
    }
    if not strips:
        return ""
    height = len(strips) * (_STRIP + 4)
    axes = panel((0.0, max(recording.duration, 1.0)), (0, 1), 4, height)
    parts = [
        _strip(axes, 4 + row * (_STRIP + 4), name, runs) for row, (name, runs) in enumerate(strips.items())
    ]
    shown = ", ".join(strips)
    return drawing(f"Musical facts over time: {shown}", height + 28, axes.time_axis(), *parts)


def _strip(axes: Axes, top: float, name: str, runs: list[tuple[str, float]]) -> str:
    starts = axes.px([time for _, time in runs])
    ends = np.append(starts[1:], axes.across[1])
    parts = [label(axes.across[0] - 8, top + 15, name[:9], "end")]
    for index, ((value, _), left, right) in enumerate(zip(runs, starts, ends, strict=True)):
        parts.append(rectangle("strip odd" if index % 2 else "strip", left, top, right - left - 1, _STRIP))
        if 7 * len(value) + 8 < right - left:
            parts.append(label(left + 5, top + 15, value, kind="fact"))
    return "".join(parts)


def _fact_table(recording: Recording) -> Html | str:
    rows = []
    for name in _fact_names(recording):
        values = Counter(
            str(beat["facts"][name]) for beat in recording.records["music"] if name in beat["facts"]
        )
        shown = ", ".join(f"{value} ({count / values.total():.0%})" for value, count in values.most_common(6))
        rows.append((name, len(values), shown))
    if not rows:
        return ""
    return table("Musical facts, by share of beats", ("Fact", "Values", "Commonest"), rows)


def sound_section(recording: Recording) -> Html:
    """Show the level of the recorded sound over time."""
    try:
        levels = recording.audio_levels()
    except AudioError as error:
        return section("sound", "Sound", paragraph(str(error)))
    if levels is None or not len(levels.rms):
        return section("sound", "Sound", paragraph("No sound was recorded."))
    rms, peak = decibels(levels.rms), decibels(levels.peak)
    times = np.asarray((np.arange(len(rms)) + 0.5) * levels.step, dtype=np.float64)
    axes = panel((0.0, max(recording.duration, len(rms) * levels.step)), (_FLOOR_DBFS, 0.0), _TOP, 150)
    return section(
        "sound",
        "Sound",
        paragraph(_loudness(levels.rms, levels.peak, levels.step)),
        legend([("rms", "level (RMS of one second)"), ("peak", "peak")]),
        drawing(
            "Level of the sound over time in dB below full scale",
            190,
            axes.time_axis(),
            axes.value_axis((-60, -40, -20, 0), "dBFS"),
            axes.line("peak", times, np.maximum(peak, _FLOOR_DBFS)),
            axes.line("rms", times, np.maximum(rms, _FLOOR_DBFS)),
        ),
        paragraph("Levels are digital. Sound pressure at the ear depends on the level check.", "note"),
    )


def decibels(amplitude: Values) -> Values:
    """Return dB below full scale, −120 for silence."""
    return np.asarray(20 * np.log10(np.maximum(amplitude, 1e-6)))


def _loudness(rms: Values, peak: Values, step: float) -> str:
    whole = float(decibels(np.sqrt(np.mean(rms**2, keepdims=True)))[0])
    top = float(decibels(peak.max(keepdims=True))[0])
    return (
        f"{number(len(rms) * step, 0)} s of sound, {number(whole, 1)} dBFS RMS over all, "
        f"peak {number(top, 1)} dBFS."
    )
