"""How the session ran: key figures, latency, notices, what people did, and what it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affectlab.session.recording import Recording
from affectlab.session.report._html import (
    Html,
    clock,
    facts,
    join,
    listing,
    number,
    paragraph,
    section,
    table,
)
from affectlab.session.report._response import HIDDEN

_ARM_KEYS = frozenset({"arm", "sham_from"})
_MAX_ROWS = 500


def figures_section(recording: Recording) -> Html:
    """Show the figures one looks at first."""
    summary = recording.summary or {}
    pairs: list[tuple[str, object]] = [
        ("Duration", clock(recording.duration)),
        ("Windows decoded", len(recording.records["states"])),
        ("Decisions", len(recording.records["controls"])),
    ]
    if "samples_recorded" in summary:
        pairs.append(("EEG samples", _share(summary)))
    if isinstance(stage := (summary.get("latency_ms") or {}).get("sample_to_control"), dict):
        pairs.append(("Sample → control, p99", f"{number(float(stage['p99']), 1)} ms"))
    if "underruns" in summary:
        pairs.append(("Underruns", summary["underruns"]))
    if summary.get("fallbacks"):
        pairs.append(("Beats by the rules, in the learned composer's place", summary["fallbacks"]))
    if "dose" in summary:
        pairs.append(("Sound dose", _plainly(summary["dose"])))
    return section("figures", "At a glance", facts(pairs))


def _share(summary: Mapping[str, Any]) -> str:
    recorded, arrived = summary["samples_recorded"], summary.get("samples_in")
    return f"{recorded:,} of {arrived:,}" if isinstance(arrived, int) else f"{recorded:,}"


def latency_section(recording: Recording) -> Html:
    """Show latency per stage, over the session and in its worst stretch."""
    whole = (recording.summary or {}).get("latency_ms") or {}
    stretches: dict[str, list[dict[str, float]]] = {}
    for record in recording.records["latency"]:
        for stage, found in record["stages"].items():
            stretches.setdefault(stage, []).append(found)
    rows = [
        _latency_row(stage, whole.get(stage, {}), stretches.get(stage, []))
        for stage in {**whole, **stretches}
    ]
    if not rows:
        return section("latency", "Latency", paragraph("No latency was measured."))
    head = ("Stage", "p50", "p99", "Median of stretches, p50", "Worst stretch, p99", "Stretches")
    return section("latency", "Latency", table("Latency per stage, milliseconds", head, rows, numbers=5))


def _latency_row(
    stage: str, whole: Mapping[str, float], stretches: list[dict[str, float]]
) -> tuple[object, ...]:
    unknown = float("nan")
    middle = float(np.median([found["p50"] for found in stretches])) if stretches else unknown
    worst = max((found["p99"] for found in stretches), default=unknown)
    values = (whole.get("p50", unknown), whole.get("p99", unknown), middle, worst)
    return (stage.replace("_", " "), *(number(float(value), 1) for value in values), len(stretches))


def notices_section(recording: Recording) -> Html:
    """Show what people were told about signal, music and machine."""
    rows = [
        (clock(record["time"]), record["kind"], record["text"]) for record in recording.records["notices"]
    ]
    if not rows:
        return section("notices", "Notices", paragraph("There was nothing to tell."))
    return section("notices", "Notices", _long_table("What people were told", ("Time", "Kind", "Text"), rows))


def page_section(recording: Recording) -> Html:
    """Show what people did: ratings, markers, buttons, level checks."""
    rows = [(clock(r["time"]), r["kind"], _plainly(r["data"])) for r in recording.records["page"]]
    if not rows:
        return section("page", "Ratings and actions", paragraph("Nobody rated or did anything on a page."))
    return section("page", "Ratings and actions", _long_table("On the pages", ("Time", "Kind", "What"), rows))


def phases_section(recording: Recording) -> Html:
    """Show the phases of the session."""
    rows = [(clock(r["time"]), r["phase"], r["reason"]) for r in recording.records["phases"]]
    if not rows:
        return section("phases", "Phases", paragraph("The session did not get as far as its first phase."))
    return section("phases", "Phases", table("Phases of the session", ("Begins", "Phase", "Reason"), rows))


def origin_section(recording: Recording, *, unblind: bool) -> Html:
    """Show the manifest and the summary as they are, without the arm unless unblinded."""
    shown = [("Manifest", recording.manifest), ("Summary", recording.summary)]
    parts = [
        join(
            [
                Html(f"<details><summary>{name}</summary>"),
                listing(_visible(content, unblind)),
                Html("</details>"),
            ]
        )
        for name, content in shown
        if content is not None
    ]
    note = "" if unblind else paragraph(f"The arm: {HIDDEN[0].lower()}{HIDDEN[1:]}", "note")
    return section("origin", "What it was made of", *parts, note)


def _visible(content: Any, unblind: bool) -> Any:
    if unblind:
        return content
    if isinstance(content, Mapping):
        return {
            key: "hidden" if key in _ARM_KEYS else _visible(value, unblind) for key, value in content.items()
        }
    return [_visible(item, unblind) for item in content] if isinstance(content, list) else content


def _long_table(caption: str, head: tuple[str, ...], rows: Sequence[Sequence[object]]) -> Html:
    shown = table(caption, head, rows[:_MAX_ROWS])
    if len(rows) <= _MAX_ROWS:
        return shown
    return join(
        [shown, paragraph(f"The first {_MAX_ROWS} of {len(rows)}; all are in the session's folder.", "note")]
    )


def _plainly(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plainly(item)}" for key, item in value.items())
    return number(value) if isinstance(value, float) else str(value)
