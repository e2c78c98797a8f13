"""Puts a report on AICA runs together from their folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectlab.bench.aica.metrics import aica_rows
from affectlab.bench.aica.report._arms import arm_differences
from affectlab.bench.aica.report._board import Standing, standings
from affectlab.bench.aica.report._contents import book_of
from affectlab.bench.aica.report._judged import Judged, judged_rows, read_judged
from affectlab.bench.exam.table import ExamRun, read_exam_run
from affectlab.bench.report.runs import manifest_of, names_of
from affectlab.errors import BenchError
from affectlab.files import finite, writing

if TYPE_CHECKING:
    from rich.console import Console

    from affectlab.bench.report.chapters import Book

HTML, MARKDOWN, ROWS, GALLERY = "report.html", "report.md", "report.json", "gallery.html"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """Everything measured on one run.

    Parameters
    ----------
    name
        Tells it from the others in the report.
    rows
        Metrics as of `aica_rows`, and the judge's ratings.
    differences
        Arms against each other: see `arm_differences`.
    judged
        Ratings of its texts.
    lines
        Its lines of the leaderboard.
    """

    name: str
    run: ExamRun
    rows: list[Row]
    differences: list[Row]
    judged: Judged
    lines: list[Standing]


@dataclass(frozen=True, eq=False)
class AicaReport:
    """Runs of AICA-Bench side by side.

    Parameters
    ----------
    runs
        In the order given.
    seed, resamples
        Of the bootstrap.
    manifest
        What the report was made of, the runs' own manifests inside.
    """

    runs: tuple[Reported, ...]
    seed: int
    resamples: int
    manifest: dict[str, Any]

    @property
    def rows(self) -> list[Row]:
        """Every figure by ``run``, ``subset``, ``task``, ``arm`` and ``metric``, the overall ones last."""
        measured = [{"run": one.name, **row} for one in self.runs for row in one.rows]
        return [*measured, *(line.to_row() for one in self.runs for line in one.lines)]

    @property
    def differences(self) -> list[Row]:
        """Arms against each other, by ``run``, ``task``, ``arm`` and ``than``."""
        return [{"run": one.name, **row} for one in self.runs for row in one.differences]

    @cached_property
    def book(self) -> Book:
        return book_of(self)

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``bench report --json`` prints."""
        content = {"manifest": self.manifest, "rows": self.rows, "differences": self.differences}
        return {"command": "bench report", **content}

    def print(self, console: Console | None = None) -> None:
        """Show the leaderboard and the main tables of each run in the terminal."""
        self.book.print(console)

    def write(self, out: Path) -> tuple[Path, ...]:
        """Write ``report.html``, ``report.md``, ``report.json`` and ``gallery.html`` into `out`.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        DiskFull, RecordingError
            If a file cannot be written; older ones stay as they were.
        """
        from affectlab.bench.aica.report._gallery import gallery_page

        rows = json.dumps(finite(self.to_json()), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        texts = {
            HTML: self.book.to_html(),
            MARKDOWN: self.book.to_markdown(),
            ROWS: rows,
            GALLERY: gallery_page([(one.name, one.run, one.judged) for one in self.runs], out),
        }
        for name, text in texts.items():
            with writing(out / name) as temporary:
                temporary.write_text(text, encoding="utf-8")
        return tuple(out / name for name in texts)


def make_aica_report(folders: Sequence[Path], *, seed: int = 0, resamples: int = 2000) -> AicaReport:
    """Measure runs of AICA-Bench: every metric with a clustered interval, arms paired with each other.

    Parameters
    ----------
    folders
        Of finished runs, one or several.
    seed, resamples
        Of the bootstrap.

    Raises
    ------
    BenchError
        If a folder holds no finished run of this benchmark, or none is given.
    InvalidData
        If `resamples` is below 1.
    """
    if not folders:
        raise BenchError("no run to report on; give the folder of one or several")
    runs = [read_exam_run(folder) for folder in folders]
    for run in runs:
        if run.benchmark != "aica":
            raise BenchError(f"{run.folder} is a run of {run.benchmark}; report on it by itself")
        if not run.rows:
            raise BenchError(f"{run.folder} holds no answers; start the same command again to go on")
    reported = tuple(
        _reported(name, run, folders, seed=seed, resamples=resamples)
        for name, run in zip(names_of(runs), runs, strict=True)
    )
    return AicaReport(reported, seed, resamples, manifest_of(runs, seed=seed, resamples=resamples))


def _reported(name: str, run: ExamRun, folders: Sequence[Path], *, seed: int, resamples: int) -> Reported:
    judged = read_judged(run, folders)
    rows = [
        *aica_rows(run, resamples=resamples, seed=seed),
        *judged_rows(run, judged, resamples=resamples, seed=seed),
    ]
    differences = arm_differences(run, judged, resamples=resamples, seed=seed)
    return Reported(name, run, rows, differences, judged, standings(name, rows))
