"""Reports on runs of EmoBench and EQ-Bench: tables for the terminal and Markdown, a page, and the rows."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectlab.bench.empathy import emobench_scores, eqbench_scores
from affectlab.bench.exam.table import ExamRun, read_exam_run
from affectlab.bench.metrics import Row
from affectlab.bench.report import markdown_table, markup, print_table
from affectlab.bench.report._notes import NOT_A_DEVICE
from affectlab.bench.report.runs import manifest_of, names_of
from affectlab.bench.report.tables import Table, estimate, number
from affectlab.errors import BenchError
from affectlab.files import finite, writing

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]|#<>"})


@dataclass(frozen=True, slots=True, eq=False)
class EmpathyReport:
    """Runs of one exam side by side.

    Parameters
    ----------
    title
        The exam, and the model's name where there is one run.
    rows, baselines
        What was measured of the models, and of what knows nothing.
    tables
        For people.
    notes
        How to read them.
    manifest
        What the report was made of.
    """

    title: str
    rows: list[Row]
    baselines: list[Row]
    tables: list[Table]
    notes: list[str]
    manifest: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``bench report --json`` prints."""
        about = {"command": "bench report", "manifest": self.manifest}
        return {**about, "rows": self.rows, "baselines": self.baselines}

    def to_markdown(self) -> str:
        """Return the tables and notes."""
        notes = "\n".join(f"- {_escaped(note)}" for note in self.notes)
        tables = "\n".join(markdown_table(table) for table in self.tables)
        return f"# {_escaped(self.title)}\n\n{tables}\n## How to read the numbers\n\n{notes}\n"

    def to_html(self) -> str:
        """Return the page, which needs nothing from anywhere else."""
        head = markup.element(
            "header", markup.element("h1", self.title), markup.element("p", NOT_A_DEVICE, kind="device")
        )
        manifest = markup.folded("What this report was made of", markup.listing(self.manifest))
        body = markup.element(
            "main",
            markup.section("Scores", *map(markup.table, self.tables)),
            markup.section("How to read the numbers", markup.bullets(self.notes)),
            markup.section("Manifest", manifest),
        )
        return markup.document(self.title, head, body)

    def print(self) -> None:
        """Show the tables in the terminal."""
        from rich.console import Console
        from rich.markup import escape

        console = Console()
        console.print(escape(self.title), style="bold")
        for table in self.tables:
            print_table(table, console)

    def write(self, out: Path) -> tuple[Path, ...]:
        """Write ``report.html``, ``report.md`` and ``report.json`` into `out`.

        Raises
        ------
        DiskFull, RecordingError
            If a file cannot be written.
        """
        content = json.dumps(finite(self.to_json()), indent=1, ensure_ascii=False, allow_nan=False)
        texts = {
            "report.html": self.to_html(),
            "report.md": self.to_markdown(),
            "report.json": content + "\n",
        }
        for name, text in texts.items():
            with writing(out / name) as temporary:
                temporary.write_text(text, encoding="utf-8")
        return tuple(out / name for name in texts)


@dataclass(frozen=True, slots=True)
class _Exam:
    """How one exam is measured and shown."""

    name: str
    rows: Callable[..., list[Row]]
    baselines: Callable[..., list[Row]]
    tables: Callable[[Sequence[Row], Sequence[Row]], list[Table]]
    notes: tuple[str, ...]


def make_emobench_report(folders: Sequence[Path], *, seed: int = 0, resamples: int = 2000) -> EmpathyReport:
    """Measure runs of EmoBench: see `affectlab.bench.report.make_report`."""
    notes = (
        "Options are asked in several cyclic orders; every order counts as an answer.",
        *_definitions(emobench_scores.METRICS),
        *_definitions(emobench_scores.BASELINES),
    )
    exam = _Exam(
        "EmoBench", emobench_scores.emobench_rows, emobench_scores.emobench_baselines, _emobench_tables, notes
    )
    return _report(exam, folders, seed=seed, resamples=resamples)


def make_eqbench_report(folders: Sequence[Path], *, seed: int = 0, resamples: int = 2000) -> EmpathyReport:
    """Measure runs of EQ-Bench v2: see `affectlab.bench.report.make_report`."""
    notes = (
        *_definitions(eqbench_scores.METRICS),
        "Answers are greedy and asked once; the benchmark's own pipeline asks again, at higher temperatures, "
        "where an answer cannot be read.",
        "constant-N gives every emotion the intensity N; random is the expectation of whole numbers from 0 "
        "to 10 drawn evenly.",
    )
    exam = _Exam(
        "EQ-Bench v2", eqbench_scores.eqbench_rows, eqbench_scores.eqbench_baselines, _eqbench_tables, notes
    )
    return _report(exam, folders, seed=seed, resamples=resamples)


def _report(exam: _Exam, folders: Sequence[Path], *, seed: int, resamples: int) -> EmpathyReport:
    if not folders:
        raise BenchError("no run to report on; give the folder of one or several")
    runs = [read_exam_run(folder) for folder in folders]
    names = names_of(runs)
    rows: list[Row] = []
    floors: list[Row] = []
    for run, name in zip(runs, names, strict=True):
        rows += [{"run": name, **one} for one in exam.rows(run, resamples=resamples, seed=seed)]
        floors += [{"run": name, **one} for one in exam.baselines(run, resamples=resamples, seed=seed)]
    title = f"{exam.name}: {names[0] if len(names) == 1 else f'{len(names)} runs'}"
    notes = [
        f"Intervals: 95 % percentile bootstrap over whole scenarios, {resamples} resamples, seed {seed}; a "
        "scenario and its translation are drawn together.",
        "Failed questions are out of every metric; an answer that cannot be read is wrong, or has no score.",
        *exam.notes,
        *_unfinished(runs, names),
    ]
    manifest = manifest_of(runs, seed=seed, resamples=resamples)
    return EmpathyReport(title, rows, floors, exam.tables(rows, floors), notes, manifest)


def _emobench_tables(rows: Sequence[Row], floors: Sequence[Row]) -> list[Table]:
    whole = [one for one in [*rows, *floors] if "against" not in one]
    tables = []
    for task, metrics in (("EA", ("accuracy",)), ("EU", ("joint", "emotion", "cause"))):
        found = [one for one in whole if one["task"] == task]
        by_language = [one for one in found if one["category"] == emobench_scores.ALL]
        tables.append(_table(f"{task} by language", by_language, ("arm", "method", "subset"), metrics))
        parts = [one for one in found if one["category"] != emobench_scores.ALL and one["method"] == "model"]
        tables.append(_table(f"{task} by category", parts, ("arm", "subset", "category"), metrics))
    steady = [one for one in whole if one["category"] == emobench_scores.ALL and one["method"] == "model"]
    keys = ("task", "arm", "subset")
    tables.append(_table("How steady the answers are", steady, keys, ("consistency", "parse_rate")))
    tables.append(_contrast_table([one for one in rows if "against" in one]))
    return [table for table in tables if table.rows]


def _eqbench_tables(rows: Sequence[Row], floors: Sequence[Row]) -> list[Table]:
    names = tuple(eqbench_scores.METRICS)
    everything = [*rows, *floors]
    return [
        _table("Scores", everything, ("arm", "method"), names[:3]),
        _table("How much could be read", rows, ("arm",), names[3:]),
    ]


def _table(caption: str, rows: Sequence[Row], keys: Sequence[str], metrics: Sequence[str]) -> Table:
    """Put the metrics of each combination of `keys` in one line, with the run where there are several."""
    found = [one for one in rows if one["metric"] in metrics]
    keys = (*(("run",) if len({one["run"] for one in found}) > 1 else ()), *keys)
    lines: dict[tuple[str, ...], dict[str, Row]] = {}
    for one in found:
        lines.setdefault(tuple(str(one.get(key, "")) for key in keys), {})[one["metric"]] = one
    there = [metric for metric in metrics if any(metric in cells for cells in lines.values())]
    body = tuple(
        (*about, str(next(iter(cells.values()))["n"]), *(_cell(cells.get(metric)) for metric in there))
        for about, cells in lines.items()
    )
    return Table(caption, (*keys, "n", *there), body, len(there) + 1)


def _contrast_table(rows: Sequence[Row]) -> Table:
    body = tuple(
        (one["run"], one["task"], one["metric"], str(one["n"]), _cell(one), number(one["p"])) for one in rows
    )
    head = ("run", "task", "metric", "n", "cot − base", "p")
    return Table("Thinking first, against answering at once", head, body, 3)


def _cell(found: Row | None) -> str:
    if found is None or not math.isfinite(found["value"]):
        return "–"
    return estimate(found) if math.isfinite(found["low"]) else number(found["value"])


def _definitions(named: Mapping[str, str]) -> list[str]:
    return [f"{metric}: {words}." for metric, words in named.items()]


def _unfinished(runs: Sequence[ExamRun], names: Sequence[str]) -> list[str]:
    pairs = zip(runs, names, strict=True)
    return [f"{name} was stopped before its end." for run, name in pairs if not run.complete]


def _escaped(words: str) -> str:
    return " ".join(words.split()).translate(_SPECIAL)
