"""Puts the report of a session together."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from affectlab.files import writing
from affectlab.session.recording import Recording
from affectlab.session.report._affect import affect_section
from affectlab.session.report._html import Html, join, paragraph, text
from affectlab.session.report._machine import (
    figures_section,
    latency_section,
    notices_section,
    origin_section,
    page_section,
    phases_section,
)
from affectlab.session.report._response import decisions_section, plan_section, planning_section
from affectlab.session.report._signal import signal_section
from affectlab.session.report._sound import music_section, sound_section

REPORT_FILE = "report.html"
NOT_A_DEVICE = "Research software, not a medical device."


def write_report(folder: Path, out: Path | None = None, *, unblind: bool = False) -> Path:
    """Write the report of a session as one HTML file that needs nothing from anywhere else.

    Parameters
    ----------
    folder
        A session's folder; short, empty and interrupted sessions are reported as far as they went.
    out
        Where to write; ``report.html`` in the session's folder by default.
    unblind
        Whether to show the experiment's arm and everything that tells it (decisions and their reasons).

    Returns
    -------
    path
        Where the report was written.

    Raises
    ------
    UnreadableFile
        If `folder` is not a session, or a file in it is damaged before its end.
    DiskFull, RecordingError
        If the report cannot be written.
    """
    page = render(Recording.load(folder), unblind=unblind)
    path = folder / REPORT_FILE if out is None else out
    with writing(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def render(recording: Recording, *, unblind: bool) -> str:
    """Return the report as HTML."""
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    title = text(f"Session {recording.session_id}")
    sections = [
        figures_section(recording),
        affect_section(recording),
        signal_section(recording),
        plan_section(recording, unblind=unblind),
        planning_section(recording),
        decisions_section(recording, unblind=unblind),
        music_section(recording),
        sound_section(recording),
        latency_section(recording),
        phases_section(recording),
        notices_section(recording),
        page_section(recording),
        origin_section(recording, unblind=unblind),
    ]
    return join(
        [
            Html('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html(
                f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>"
            ),
            paragraph(_subtitle(recording, unblind), "subtitle"),
            paragraph(NOT_A_DEVICE, "device"),
            _condition(recording),
            Html("</header>\n<main>"),
            *sections,
            Html(f"</main>\n<footer>{text(_origin(recording))}</footer>\n</body>\n</html>\n"),
        ]
    )


def _subtitle(recording: Recording, unblind: bool) -> str:
    config = recording.config
    parts = [f"Began {recording.manifest.get('started', 'at an unknown time')}"]
    parts += [f"{key} {config[key]}" for key in ("goal", "source", "decoder", "planner") if key in config]
    arm = config.get("arm", "unknown") if unblind else "hidden"
    return " · ".join([*parts, f"arm {arm}"])


def _condition(recording: Recording) -> Html:
    """Say plainly what is missing from the recording."""
    lines = []
    if recording.interrupted:
        lines.append(
            "This session was interrupted: it has no summary, and its last half second may be missing."
        )
    if recording.cut_lines:
        lines.append(
            f"{recording.cut_lines} event lines were cut off at the end of their files and left out."
        )
    return join(paragraph(line, "warning") for line in lines)


def _origin(recording: Recording) -> str:
    version = recording.manifest.get("affectlab", "of unknown version")
    return f"affectlab {version} · {NOT_A_DEVICE}"
