"""What an evaluation leaves on disk: JSON for programs, Markdown and drawings for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from affectlab.decoding.evaluation.diagrams import dots_of_people, lines_over, reliability_diagram
from affectlab.decoding.evaluation.evaluate import Evaluation, looks
from affectlab.decoding.evaluation.inner import balanced_weights
from affectlab.decoding.evaluation.metrics import reliability
from affectlab.decoding.evaluation.rows import COMPARED, Row, shown_name
from affectlab.files import write_json, writing

FORMAT = "affectlab evaluation 1"

SHOWN = ("balanced_accuracy", "auc", "ccc", "ece", "brier", "coverage68", "coverage95")
"""Metrics of the table that is read first; the others are in the JSON."""

BRIEF = ("balanced_accuracy", "ccc", "auc", "ece")
"""Metrics of the table on a terminal."""


def write_report(found: Evaluation, out: Path, manifest: Mapping[str, Any]) -> list[Path]:
    """Write ``evaluation.json``, ``evaluation.md`` and the drawings; return their paths.

    Raises
    ------
    DiskFull, RecordingError
        If a file cannot be written.
    """
    drawings = dict(_drawings(found))
    for name, drawing in drawings.items():
        _write(out / name, drawing)
    write_json(out / "evaluation.json", _clean(to_json(found, manifest)))
    _write(out / "evaluation.md", in_words(found, list(drawings)))
    return [out / name for name in ("evaluation.json", "evaluation.md", *drawings)]


def to_json(found: Evaluation, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that was found, ready for JSON."""
    return {
        "command": "decode evaluate",
        "format": FORMAT,
        "manifest": dict(manifest),
        "facts": found.facts,
        "notes": found.notes,
        "rows": found.rows,
    }


def main_rows(found: Evaluation) -> list[Row]:
    """Return the rows of the evaluation itself: no curves, controls, single people or differences."""
    beside = {"curve", "control", "subject", "against"}
    return [row for row in found.rows if not beside & row.keys()]


def table_of(
    rows: Sequence[Row],
    target: str,
    metrics: Sequence[str] = SHOWN,
    write: Callable[[Mapping[str, Any]], str] | None = None,
) -> list[Row]:
    """Return one line a method with its figures as text, methods in the order of the rows.

    Parameters
    ----------
    rows, target, metrics
        What is shown.
    write
        From a row to its text; `figure` when None.
    """
    write = write or figure
    lines: dict[str, Row] = {}
    for row in rows:
        if row["target"] != target or row["metric"] not in metrics:
            continue
        line = lines.setdefault(row["method"], {"method": row["method"]})
        line[row["metric"]] = write(row)
        if row["metric"] == "balanced_accuracy" and "p" in row:
            line["p"] = p_value(row["p"])
    return list(lines.values())


def figure(row: Mapping[str, Any]) -> str:
    """Return value and interval as text."""
    if not math.isfinite(row["value"]):
        return "–"
    return f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


def brief(row: Mapping[str, Any]) -> str:
    """Return a row as short text for narrow places, its interval only where methods are told apart by it."""
    if row["metric"] in COMPARED and math.isfinite(row["value"]):
        return f"{row['value']:.3f} ({row['low']:.2f} to {row['high']:.2f})"
    return f"{row['value']:.3f}"


def p_value(p: float) -> str:
    """Return a p value as text."""
    return f"{p:.4f}" if p >= 0.0005 else "<.0005"


def in_words(found: Evaluation, drawings: Sequence[str]) -> str:
    """Return the report as Markdown."""
    facts = found.facts
    parts = [f"# {facts['dataset']}, {facts['protocol']}", *(f"> {note}" for note in found.notes)]
    parts.append("\n".join(f"- {name}: {value}" for name, value in about(facts).items()))
    for target in facts["targets"]:
        parts += [f"## {target}", _markdown(table_of(main_rows(found), target))]
        parts += [f"### {title}\n\n{_markdown(rows)}" for title, rows in side_tables(found, target)]
    parts += [f"![{name.removesuffix('.svg')}]({name})" for name in drawings]
    return "\n\n".join(parts) + "\n"


def about(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what was judged, in words."""
    words = {
        "data": f"{facts['people']} people, {facts['recordings']} recordings, {facts['windows']} windows of "
        f"{facts['window_seconds']:g} s every {facts['step_seconds']:g} s, {facts['windows_set_aside']} of "
        "them set aside",
        "EEG": f"{len(facts['channels'])} channels at {facts['sfreq']:g} Hz",
        "protocol": f"{facts['protocol']}: {facts['protocol_about']}",
        "checked apart": ", ".join(facts["checked_apart"]) or "NOTHING",
        "known beforehand": f"{facts['baseline_seconds']:g} s of rest of {facts['people_with_baseline']} "
        "people",
    }
    for target, one in facts["targets"].items():
        states = ", ".join(f"{name or 'unnamed'} {count}" for name, count in one["states"].items())
        words[target] = f"{one['high_share']:.1%} of windows high ({states}), {one['folds']} folds"
    return words


def side_tables(found: Evaluation, target: str) -> Iterator[tuple[str, list[Row]]]:
    """Yield title and lines of what else was measured, where it was."""
    rows = [row for row in found.rows if row["target"] == target]
    differences = [row for row in rows if "against" in row]
    yield from _filled("default minus others", [_difference(row) for row in differences])
    for kind, name, by in (
        ("curve", "calibration", ("own", "seconds")),
        ("curve", "channels", ("channels", "montage")),
        ("control", "artefacts", ("signals",)),
        ("control", "drift", ("labels",)),
    ):
        chosen = [row for row in rows if row.get(kind) == name]
        shifts = [row for row in chosen if row["metric"].startswith("shift_")]
        yield from _filled(f"{kind}: {name}, shift of the belief", _side(shifts, ()))
        yield from _filled(f"{kind}: {name}", _side([row for row in chosen if row not in shifts], by))


def _filled(title: str, lines: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    if lines:
        yield title, lines


def _difference(row: Row) -> Row:
    metric = row["metric"].removeprefix("difference_")
    told = {"against": row["against"], "metric": metric, "difference": figure(row)}
    return told | {"p": p_value(row["p"]), "p (Holm)": p_value(row["p_holm"])}


def _side(rows: Sequence[Row], by: tuple[str, ...]) -> list[Row]:
    lines: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = (*(row.get(name, "") for name in by), row["method"])
        line = lines.setdefault(key, {name: row.get(name, "") for name in by} | {"method": row["method"]})
        line[row["metric"]] = figure(row)
    return list(lines.values())


def _markdown(rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, ["---"] * len(names), *([str(row.get(name, "")) for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _drawings(found: Evaluation) -> Iterator[tuple[str, str]]:
    for target in found.facts["targets"]:
        rows = [row for row in found.rows if row["target"] == target]
        beliefs = {shown_name(name): one for (axis, name), one in found.beliefs.items() if axis == target}
        diagrams = {
            name: reliability(one.judged.high, one.judged.label > 0, balanced_weights(one.judged.label))
            for name, one in beliefs.items()
            if looks(name)
        }
        yield f"reliability-{target}.svg", reliability_diagram(diagrams)
        single = [row for row in rows if "subject" in row and row["metric"] == "balanced_accuracy"]
        yield f"people-{target}.svg", dots_of_people(single)
        for name, axis, words in (
            ("calibration", "seconds", "seconds of the person's own data"),
            ("channels", "channels", "electrodes"),
        ):
            for own, points in _curves(found, rows, name):
                stem = f"{name}-{own}" if own else name
                yield f"{stem}-{target}.svg", lines_over(points, axis, words)


def _curves(found: Evaluation, rows: Sequence[Row], name: str) -> Iterator[tuple[str, list[Row]]]:
    points = [row for row in rows if row.get("curve") == name and row["metric"] == "balanced_accuracy"]
    if points and name == "channels":
        everything = {"channels": len(found.facts["channels"])}
        points += [everything | row for row in main_rows(found) if row["metric"] == "balanced_accuracy"]
    kinds = dict.fromkeys(row.get("own", "") for row in points if "curve" in row)
    for kind in kinds:
        yield str(kind).split(",")[0], [row for row in points if row.get("own", "") == kind]


def _write(path: Path, text: str) -> None:
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _clean(content: Any) -> Any:
    """Replace what JSON has no word for, not a number, by null."""
    if isinstance(content, Mapping):
        return {name: _clean(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_clean(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
