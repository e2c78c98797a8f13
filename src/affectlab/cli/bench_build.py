"""``affectlab bench build …``: the data sets of the benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affectlab.cli.bench_build_aica import aica
from affectlab.cli.bench_build_empathy import emobench, eqbench

if TYPE_CHECKING:
    from affectlab.bench.emomm.build import BuildSummary
    from affectlab.bench.persona.build import BuildSummary as PersonaSummary

app = typer.Typer(name="build", help="Make the data set of a benchmark.", no_args_is_help=True)
app.command()(aica)
app.command()(emobench)
app.command()(eqbench)

Out = Annotated[Path, typer.Option(help="Folder of the data set.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@app.command()
def emomm(
    out: Out,
    synthetic: Annotated[int, typer.Option(min=0, help="Clips of EmoMM-Synth to make.")] = 0,
    sims: Annotated[Path | None, typer.Option(help="Folder of CH-SIMS v2.")] = None,
    mosi: Annotated[Path | None, typer.Option(help="Folder of CMU-MOSI.")] = None,
    mosi_unimodal: Annotated[
        Path | None, typer.Option(help="CSV with labels of MOSI's single modalities: clip, T, A, V.")
    ] = None,
    crema_d: Annotated[Path | None, typer.Option(help="Folder of CREMA-D.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw, the split and synthetic clips.")] = 0,
    config: Annotated[
        Path | None, typer.Option(help="TOML file with the rules the paper leaves open.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make EmoMM from its sources, or from synthetic clips with known truth."""
    from affectlab.bench.emomm.build import EmoMMSources, build_emomm
    from affectlab.bench.emomm.rules import EmoMMRules
    from affectlab.cli.progress import counting
    from affectlab.config import load

    sources = EmoMMSources(sims, mosi, mosi_unimodal, crema_d, synthetic)
    with counting("files") as progress:
        summary = build_emomm(sources, out, rules=load(EmoMMRules, file=config), seed=seed, progress=progress)
    _show(summary, as_json=as_json)


@app.command()
def persona(
    out: Out,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Make readers and events up.")] = False,
    effect: Annotated[float, typer.Option(help="Size of the trait effect (0: none).")] = 0.0,
    events: Annotated[int, typer.Option(help="Events to make up.")] = 300,
    readers: Annotated[int, typer.Option(help="Readers to make up.")] = 36,
    files: Annotated[
        str | None, typer.Option(help="Folder with the published files, or CRIS-Yang/Persona-E2-Dataset.")
    ] = None,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Accept the licence of the files; needed once.")
    ] = False,
    language: Annotated[str, typer.Option(help="Language of the events: en or zh.")] = "en",
    seed: Annotated[int, typer.Option(min=0, help="Of the split and of what is made up.")] = 0,
    as_json: Json = False,
) -> None:
    """Make Persona-E² from its files, or from made-up readers whose trait effect is known."""
    from affectlab.bench.persona.build import build_persona
    from affectlab.bench.persona.synthetic import SyntheticSettings

    settings = SyntheticSettings(effect, seed, events, readers) if synthetic else None
    summary = build_persona(
        out, files=files, synthetic=settings, language=language, accept_licence=accept_licence, seed=seed
    )
    _show_persona(summary, as_json=as_json)


def _show_persona(summary: PersonaSummary, *, as_json: bool) -> None:
    from affectlab.bench.dataset import read_info
    from affectlab.cli.output import print_json, print_pairs

    if as_json:
        manifest = dict(read_info(summary.folder).manifest)
        print_json({"command": "bench build persona", "manifest": manifest, "rows": summary.rows()})
    else:
        pairs = {
            "events": _counts(summary.subsets),
            "split": _counts(summary.splits),
            "readers": f"{summary.readers}, {summary.answers} answers",
            "groups": _counts(summary.groups).replace(" g", " in g"),
            "emotions": _counts(summary.emotions),
            "next": f"affectlab bench divergence {summary.folder}",
        }
        print_pairs(f"{summary.folder}: {summary.level} level", pairs)
    for note in summary.notes:
        typer.echo(note, err=True)


def _show(summary: BuildSummary, *, as_json: bool) -> None:
    from dataclasses import asdict

    from affectlab.bench.dataset import read_info
    from affectlab.cli.output import print_json, print_pairs, print_rows

    if as_json:
        manifest = dict(read_info(summary.folder).manifest)
        print_json({"command": "bench build emomm", "manifest": manifest, "rows": summary.rows()})
        return
    subsets = [
        {"subset": name, "samples": found, "in the paper": "" if published is None else published}
        for name, (found, published) in summary.subsets.items()
    ]
    print_rows(f"{summary.folder}: {sum(summary.clips.values())} clips", subsets)
    pairs = {
        "clips": _counts(summary.clips),
        "split": f"{_counts(summary.splits)}, of {summary.sources} sources",
        "classes": _counts(summary.classes),
    }
    print_pairs("", pairs)
    agreement = [{**asdict(row), "channels": "-".join(row.channels)} for row in summary.agreement]
    print_rows("agreement of channels", agreement)
    for note in summary.notes:
        typer.echo(note, err=True)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())
