"""``affectlab bench build emobench, eqbench``: the data sets of the exams on empathy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from affectlab.bench.empathy.summary import BuildSummary

Out = Annotated[Path, typer.Option(help="Folder of the data set.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def emobench(
    files: Annotated[Path, typer.Option(help="Folder with EA.jsonl and EU.jsonl.")],
    out: Out,
    as_json: Json = False,
) -> None:
    """Make EmoBench from its two files: 400 scenarios in English and Chinese."""
    from affectlab.bench.empathy.emobench_build import build_emobench

    _show(build_emobench(files, out), as_json=as_json)


def eqbench(
    files: Annotated[Path, typer.Option(help="The file eq_bench_v2_questions_171.json.")],
    out: Out,
    as_json: Json = False,
) -> None:
    """Make EQ-Bench v2 from its file: 171 questions about dialogues."""
    from affectlab.bench.empathy.eqbench_build import build_eqbench

    _show(build_eqbench(files, out), as_json=as_json)


def _show(summary: BuildSummary, *, as_json: bool) -> None:
    from affectlab.bench.dataset import read_info
    from affectlab.cli.output import print_json, print_rows

    rows = summary.rows()
    if as_json:
        manifest = dict(read_info(summary.folder).manifest)
        print_json({"command": f"bench build {summary.benchmark}", "manifest": manifest, "rows": rows})
        return
    shown = [{name: value for name, value in row.items() if name not in {"low", "high", "n"}} for row in rows]
    print_rows(str(summary.folder), shown)
    typer.echo(
        f"next: affectlab bench run {summary.benchmark} --data {summary.folder} --model MODEL --out DIR"
    )
