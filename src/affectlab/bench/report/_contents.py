"""What a report says and in which order, before it becomes Markdown, HTML or a terminal's lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affectlab.bench.metrics import DEFINITIONS, Row
from affectlab.bench.report.runs import model_of
from affectlab.bench.report.tables import (
    Table,
    baselines_table,
    estimate,
    failures_table,
    modalities_table,
    profile_table,
    scores_table,
    unparsed_table,
    values_table,
)

if TYPE_CHECKING:
    from affectlab.bench.report._build import Report, RunReport

FULL, BRIEF = ("accuracy", "macro_f1", "mae", "nll"), ("accuracy", "macro_f1")
SIDE_BY_SIDE = ("accuracy", "macro_f1", "mae")
CONTRIBUTIONS = {
    "drop": "probability drop",
    "shapley": "Shapley value, probability",
    "shapley_accuracy": "Shapley value, accuracy",
}
ATTENTION = {"share": "attention share", "aei": "attention efficiency (AEI)"}
SINGLE_VALUES = {
    "shapley_empty": "probability, nothing shown",
    "shapley_full": "probability, everything shown",
    "shapley_accuracy_empty": "accuracy, nothing shown",
    "shapley_accuracy_full": "accuracy, everything shown",
    "mdi_T_V": "dominance (MDI) of text over video",
    "mdi_T_A": "dominance (MDI) of text over audio",
    "mdi_A_V": "dominance (MDI) of audio over video",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One run, or all side by side: facts, tables and notes; `run` is its place, None for all."""

    title: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    run: int | None


@dataclass(frozen=True, slots=True)
class Contents:
    title: str
    notes: tuple[str, ...]
    parts: tuple[Part, ...]


def contents_of(report: Report, *, brief: bool = False) -> Contents:
    """Put together what a report says; `brief` leaves out what a terminal has no room for."""
    benchmark = report.runs[0].run.benchmark
    parts = [_run_part(one, place, brief=brief) for place, one in enumerate(report.runs)]
    if len(parts) > 1:
        parts.insert(0, _overview(report))
    metrics = {row["metric"] for row in report.rows}
    definitions = [f"{name}: {words}." for name, words in DEFINITIONS.items() if name in metrics]
    return Contents(f"{benchmark}: {_title(report)}", (*report.notes, *definitions), tuple(parts))


def _title(report: Report) -> str:
    return report.runs[0].name if len(report.runs) == 1 else f"{len(report.runs)} runs side by side"


def _overview(report: Report) -> Part:
    lines: dict[tuple[str, str], dict[str, str]] = {}
    for one in report.runs:
        for row in one.rows:
            if row["method"] == "model" and row["metric"] in SIDE_BY_SIDE:
                lines.setdefault((row["subset"], row["metric"]), {})[one.name] = estimate(row)
    names = tuple(one.name for one in report.runs)
    cells = tuple((*key, *(found.get(name, "–") for name in names)) for key, found in lines.items())
    table = Table("The runs by subset and metric", ("subset", "metric", *names), cells, len(names))
    notes = [
        "Intervals of two runs on the same data may overlap although they differ: `bench compare` pairs them."
    ]
    if len({one.run.about["dataset"]["samples_sha256"] for one in report.runs}) > 1:
        notes.append("The runs are of different data sets: their figures cannot be compared with each other.")
    return Part("Side by side", (), (table,), tuple(notes), None)


def _run_part(one: RunReport, place: int, *, brief: bool) -> Part:
    tables = [
        scores_table(one.rows, "The model by subset, with 95 % intervals"),
        baselines_table(one.rows, BRIEF if brief else FULL, "The model beside baselines"),
    ]
    if one.instrument:
        tables += _instrument_tables(one, one.instrument.rows)[: 3 if brief else None]
    if one.problems.failures:
        tables.append(failures_table(one.problems))
    if one.problems.unparsed:
        tables.append(unparsed_table(one.problems))
    filled = tuple(table for table in tables if table.rows)
    return Part(one.name, tuple(_facts(one)), filled, tuple(one.notes), place)


def _instrument_tables(one: RunReport, rows: Sequence[Row]) -> list[Table]:
    return [
        profile_table(one.profile, "Conflict profile: share of answers that follow each side"),
        modalities_table(rows, CONTRIBUTIONS, "Contribution of each modality"),
        modalities_table(rows, ATTENTION, "Attention of the last prompt token, upper layers"),
        values_table(rows, SINGLE_VALUES, "What contributions add up to, and dominance"),
    ]


def _facts(one: RunReport) -> list[tuple[str, str]]:
    about = one.run.about
    counts = about["counts"]
    return [
        ("model", model_of(one.run)),
        *([("steering", one.run.steering)] if one.run.steering else []),
        ("mode", one.run.mode),
        ("task", f"{about['task']['name']} {about['task']['version']}"),
        ("data", f"{about['dataset'].get('folder', '')} ({str(about['dataset']['samples_sha256'])[:12]})"),
        ("samples", f"{len(one.run.samples)}, of {len(set(one.run.samples.source.tolist()))} sources"),
        ("answered", str(counts.get("answered", 0))),
        ("unparsed", str(counts.get("unparsed", 0))),
        ("failed", str(counts.get("failed", 0))),
    ]
