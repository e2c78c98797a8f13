"""Reports on persona runs: tables for the terminal and Markdown, rows as JSON, pages as HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectlab.bench.exam.table import read_exam_run
from affectlab.bench.metrics import Row
from affectlab.bench.persona.contents import definitions, tables_of
from affectlab.bench.persona.measured import MeasuredRun, measured_run
from affectlab.bench.persona.predictions import persona_run
from affectlab.bench.report import markdown_table, print_table
from affectlab.bench.report.runs import manifest_of, names_of
from affectlab.errors import BenchError
from affectlab.files import finite, writing

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]|#<>"})


@dataclass(frozen=True, slots=True, eq=False)
class PersonaReport:
    """Persona runs side by side.

    Parameters
    ----------
    runs
        In the order given.
    manifest
        What the report was made of.
    notes
        What holds for all runs.
    """

    runs: tuple[MeasuredRun, ...]
    manifest: dict[str, Any]
    notes: list[str]

    @property
    def title(self) -> str:
        """The model's name, or how many runs there are."""
        return f"persona: {self.runs[0].name if len(self.runs) == 1 else f'{len(self.runs)} runs'}"

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``bench report --json`` prints."""
        rows: list[Row] = [row for one in self.runs for row in one.rows]
        floors: list[Row] = [row for one in self.runs for row in one.baselines]
        return {"command": "bench report", "manifest": self.manifest, "rows": rows, "baselines": floors}

    def to_markdown(self) -> str:
        """Return the tables and notes."""
        lines = [f"# {_escaped(self.title)}\n"]
        for one in self.runs:
            lines.append(f"## {_escaped(one.name)}\n")
            lines += [markdown_table(table) for table in tables_of(one)]
            lines += [f"- {_escaped(note)}" for note in one.notes]
        lines.append("\n## How to read the numbers\n")
        lines += [f"- {_escaped(note)}" for note in [*self.notes, *definitions(self.runs[0])]]
        return "\n".join(lines) + "\n"

    def print(self) -> None:
        """Show the main tables in the terminal."""
        from rich.console import Console
        from rich.markup import escape

        console = Console()
        for one in self.runs:
            console.print(escape(one.name), style="bold")
            for table in tables_of(one, brief=True):
                print_table(table, console)
            for note in one.notes:
                console.print(escape(note), style="dim")

    def write(self, out: Path) -> tuple[Path, ...]:
        """Write the overview, a page for each trait and event, the Markdown and the rows.

        Raises
        ------
        DiskFull, RecordingError
            If a file cannot be written.
        MissingExtra
            If matplotlib is not installed.
        """
        from affectlab.bench.persona import pages
        from affectlab.prompting.persona import TRAITS

        content = json.dumps(finite(self.to_json()), indent=1, ensure_ascii=False, allow_nan=False)
        texts = {
            "report.html": pages.overview(self.title, self.runs, self.notes, self.manifest),
            "report.md": self.to_markdown(),
            "report.json": content + "\n",
        }
        for trait in TRAITS:
            _write(out / pages.trait_file(trait), pages.trait_page(trait, self.runs))
        for place, name in enumerate(pages.event_names(self.runs)):
            _write(out / pages.event_file(place), pages.event_page(name, self.runs))
        for name, text in texts.items():
            _write(out / name, text)
        return (*(out / name for name in texts), out / pages.PAGES)


def make_persona_report(folders: Sequence[Path], *, seed: int = 0, resamples: int = 2000) -> PersonaReport:
    """Measure persona runs: scores, our measures, differences, sweeps, floors and ceilings.

    Parameters
    ----------
    folders
        Of finished runs.
    seed, resamples
        Of the bootstraps.

    Raises
    ------
    BenchError
        If a folder holds no finished run, none is given, or a run predicts nobody's emotion.
    InvalidData
        If `resamples` is below 1.
    """
    if not folders:
        raise BenchError("no run to report on; give the folder of one or several")
    read = [persona_run(read_exam_run(folder)) for folder in folders]
    names = names_of([one.run for one in read])
    runs = tuple(
        measured_run(one, name, resamples=resamples, seed=seed) for one, name in zip(read, names, strict=True)
    )
    manifest = manifest_of([one.run for one in read], seed=seed, resamples=resamples)
    return PersonaReport(runs, manifest, _notes(resamples, seed))


def _notes(resamples: int, seed: int) -> list[str]:
    return [
        f"Intervals: 95 % percentile bootstrap, {resamples} resamples, seed {seed}, once over whole events "
        "and once over whole readers or groups; the wider of the two is shown, and rows say which (cluster).",
        "p of borne_out: profiles are handed to other readers, the same in every event (999 times); how "
        "often the share borne out is at least as large. p (Holm) is adjusted for all pairs of a metric.",
        "Appraisal shift, alignment, illusion and sensitivity are our definitions; none is published.",
        "Failed questions are out of every metric; an answer that names no emotion is wrong.",
    ]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _escaped(words: str) -> str:
    return " ".join(words.split()).translate(_SPECIAL)
