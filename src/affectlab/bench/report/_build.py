"""Puts a report together from run folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from affectlab.bench.emomm.clips import clips_of, shows_everything
from affectlab.bench.emomm.profile import human_rows
from affectlab.bench.emomm.unimodal import UNIMODAL_NOTE, unimodal_methods
from affectlab.bench.emomm.vcc import Fingerprint, fingerprint
from affectlab.bench.majority import majority
from affectlab.bench.metrics import Answers, Row, method_rows, scale_of
from affectlab.bench.registry import benchmark, benchmark_of
from affectlab.bench.report._notes import INSTRUMENT_NOTES, general_notes, run_notes
from affectlab.bench.report._problems import Problems, problems_of
from affectlab.bench.report.runs import manifest_of, names_of
from affectlab.bench.results import Run, read_run
from affectlab.bench.run_about import RUN
from affectlab.bench.subsets import scheme_of
from affectlab.errors import BenchError
from affectlab.files import finite, writing

if TYPE_CHECKING:
    from rich.console import Console

HTML_FILE, MARKDOWN_FILE, ROWS_FILE = "report.html", "report.md", "report.json"


@dataclass(frozen=True, slots=True, eq=False)
class RunReport:
    """Everything measured on one run.

    Parameters
    ----------
    name
        Tells it from the others in the report.
    rows
        Metrics of the model and the baselines by subset.
    instrument
        EmoMM's instrument; None for other benchmarks, or where only some modalities were shown.
    problems, notes
        What went wrong, and what to know when reading the numbers.
    """

    name: str
    run: Run
    rows: list[Row]
    instrument: Fingerprint | None
    problems: Problems
    notes: list[str]

    @property
    def profile(self) -> list[Row]:
        """The conflict profile with human viewers beside it."""
        found = self.instrument.select("follows_") if self.instrument else []
        return [*found, *human_rows()] if found else []


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Runs side by side.

    Parameters
    ----------
    runs
        In the order given.
    seed, resamples
        Of the bootstrap.
    manifest
        What the report was made of, the runs' own manifests inside.
    notes
        What holds for all runs.
    """

    runs: tuple[RunReport, ...]
    seed: int
    resamples: int
    manifest: dict[str, Any]
    notes: list[str]

    @property
    def rows(self) -> list[Row]:
        """What each model did, by ``run``, ``subset`` and ``metric``, and what the instrument read."""
        return [row for row in self._measured() if row["method"] == "model"]

    @property
    def baselines(self) -> list[Row]:
        """The same metrics of the baselines, by ``run``, ``method``, ``subset`` and ``metric``."""
        return [row for row in self._measured() if row["method"] != "model"]

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``bench report --json`` prints."""
        content = {"manifest": self.manifest, "rows": self.rows, "baselines": self.baselines}
        return {"command": "bench report", **content}

    def _measured(self) -> list[Row]:
        return [
            {"run": one.name, **row}
            for one in self.runs
            for row in (*one.rows, *(one.instrument.rows if one.instrument else ()))
        ]

    def to_markdown(self) -> str:
        from affectlab.bench.report._markdown import to_markdown

        return to_markdown(self)

    def to_html(self) -> str:
        """Return one page that needs nothing from anywhere else, with figures.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        """
        from affectlab.bench.report._page import to_html

        return to_html(self)

    def print(self, console: Console | None = None) -> None:
        """Show the main tables in the terminal."""
        from affectlab.bench.report._terminal import show

        show(self, console)

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write ``report.html``, ``report.md`` and ``report.json`` into `folder` and return their paths.

        Raises
        ------
        DiskFull, RecordingError
            If a file cannot be written; older ones stay as they were.
        """
        texts = {
            HTML_FILE: self.to_html(),
            MARKDOWN_FILE: self.to_markdown(),
            ROWS_FILE: json.dumps(finite(self.to_json()), indent=1, ensure_ascii=False, allow_nan=False)
            + "\n",
        }
        for name, text in texts.items():
            with writing(folder / name) as temporary:
                temporary.write_text(text, encoding="utf-8")
        return tuple(folder / name for name in texts)


class WrittenReport(Protocol):
    """What ``bench report`` makes of runs, whatever the benchmark."""

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``bench report --json`` prints."""
        ...

    def print(self) -> None:
        """Show the tables in the terminal."""
        ...

    def write(self, out: Path) -> tuple[Path, ...]:
        """Write ``report.html``, ``report.md`` and ``report.json`` into `out`, and what belongs to them."""
        ...


def report_on(folders: Sequence[Path], *, seed: int = 0, resamples: int = 2000) -> WrittenReport:
    """Measure runs as their benchmark measures them: see `make_report`."""
    for folder in folders:
        if not (folder / RUN).is_file():
            raise BenchError(
                f"{folder} holds no run (no {RUN}); make one: "
                f"affectlab bench run BENCHMARK --data DIR --model MODEL --out {folder}"
            )
    kinds = {benchmark_of(folder) for folder in folders}
    if len(kinds) > 1:
        raise BenchError(
            f"the runs are of different benchmarks ({', '.join(sorted(kinds))}); report on each by itself"
        )
    if len(kinds) == 1 and (of := benchmark(kinds.pop())).report:
        found: WrittenReport = of.reporter()(folders, seed=seed, resamples=resamples)
        return found
    return make_report(folders, seed=seed, resamples=resamples)


def make_report(folders: Sequence[Path], *, seed: int = 0, resamples: int = 2000) -> Report:
    """Measure runs: metrics, baselines, and for EmoMM the instrument, all with clustered intervals.

    Parameters
    ----------
    folders
        Of finished runs, one or several, of the same benchmark.
    seed, resamples
        Of the bootstrap.

    Raises
    ------
    BenchError
        If a folder holds no finished run, none is given, or the runs are of different benchmarks.
    InvalidData
        If `resamples` is below 1.
    """
    if not folders:
        raise BenchError("no run to report on; give the folder of one or several")
    runs = [read_run(folder) for folder in folders]
    if len(kinds := sorted({run.benchmark for run in runs})) > 1:
        raise BenchError(
            f"the runs are of different benchmarks ({', '.join(kinds)}); report on each by itself"
        )
    names = names_of(runs)
    reports = tuple(
        _report(run, name, seed=seed, resamples=resamples) for run, name in zip(runs, names, strict=True)
    )
    return Report(
        reports,
        seed,
        resamples,
        manifest_of(runs, seed=seed, resamples=resamples),
        general_notes(resamples, seed),
    )


def write_report(
    folders: Sequence[Path], out: Path, *, seed: int = 0, resamples: int = 2000
) -> tuple[Path, ...]:
    """Make a report and write it into the folder `out`: see `make_report` and `Report.write`."""
    return make_report(folders, seed=seed, resamples=resamples).write(out)


def _report(run: Run, name: str, *, seed: int, resamples: int) -> RunReport:
    notes = run_notes(run)
    methods = {"model": Answers.of(run.samples)}
    instrument = None
    if run.benchmark == "emomm" and shows_everything(run):
        methods |= unimodal_methods(run.samples, clips_of(run))
        instrument = fingerprint(run, resamples=resamples, seed=seed)
        notes += [UNIMODAL_NOTE[0].upper() + UNIMODAL_NOTE[1:] + ".", *INSTRUMENT_NOTES]
    elif run.benchmark == "emomm":
        notes.append("Only some modalities were shown, so the instrument has nothing to compare.")
    rows = _metric_rows(run, methods, seed=seed, resamples=resamples)
    return RunReport(name, run, rows, instrument, problems_of(run.samples), notes)


def _metric_rows(run: Run, methods: dict[str, Answers], *, seed: int, resamples: int) -> list[Row]:
    scale = scale_of(run)
    rows: list[Row] = []
    for subset, members in scheme_of(run.benchmark).rows(run.samples.subset).items():
        samples = run.samples.take(members)
        here = {name: answers.take(members) for name, answers in methods.items()}
        ordered = {"model": here.pop("model"), "majority": majority(samples, scale.n_labels), **here}
        rows += method_rows(samples, ordered, scale, subset=subset, resamples=resamples, seed=seed)
    return rows
