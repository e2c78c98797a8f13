"""``affectlab bench divergence, ceilings, consensus, companions``: the human side of Persona-E²."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer()

Data = Annotated[Path, typer.Argument(help="Folder of the data set, made by `bench build persona`.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn.")]
Resamples = Annotated[int, typer.Option(min=1, help="Resamples of the bootstrap.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@app.command()
def divergence(
    data: Data,
    permutations: Annotated[int, typer.Option(min=1, help="Readers handed to other groups so often.")] = 1000,
    resamples: Resamples = 2000,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Say whether groups of readers differ: agreement within minus between, against permuted profiles."""
    from affectlab.bench.dataset import read_dataset
    from affectlab.bench.persona.divergence import divergence_rows

    rows = divergence_rows(read_dataset(data), permutations=permutations, resamples=resamples, seed=seed)
    config = {"data": str(data), "permutations": permutations, "resamples": resamples}
    _show("bench divergence", config, seed, rows, _notes(rows), as_json=as_json)


@app.command()
def ceilings(data: Data, resamples: Resamples = 2000, seed: Seed = 0, as_json: Json = False) -> None:
    """Say what can be had without a model, and how much there is to find in readers' traits."""
    from affectlab.bench.dataset import read_dataset
    from affectlab.bench.persona.ceilings import ceiling_rows

    rows = ceiling_rows(read_dataset(data), resamples=resamples, seed=seed)
    _show("bench ceilings", {"data": str(data), "resamples": resamples}, seed, rows, (), as_json=as_json)


@app.command()
def consensus(data: Data, as_json: Json = False) -> None:
    """Check the printed consensus scores: which compositions of a group give them."""
    from dataclasses import asdict

    from affectlab.bench.dataset import read_dataset
    from affectlab.bench.persona.consensus import consensus_cells, consensus_rows

    cells = consensus_cells(read_dataset(data))
    lost = [asdict(cell) for cell in cells if not cell.compositions]
    notes = [f"{len(lost)} scores are not those of any composition; --json lists them"] if lost else []
    rows = consensus_rows(cells)
    _show("bench consensus", {"data": str(data)}, 0, rows, notes, as_json=as_json, not_reproduced=lost)


@app.command()
def companions(
    emobank: Annotated[Path | None, typer.Option(help="Folder of EmoBank.")] = None,
    empathic: Annotated[Path | None, typer.Option(help="Folder of empathic_reactions.")] = None,
    resamples: Resamples = 2000,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Measure how far readers differ from each other and from writers in two open data sets."""
    from affectlab.bench.persona.companions import emobank_rows, empathic_rows
    from affectlab.errors import BenchError

    if emobank is None and empathic is None:
        raise BenchError("no data given; expected --emobank DIR, --empathic DIR or both")
    rows = empathic_rows(empathic, resamples=resamples, seed=seed) if empathic else []
    notes: tuple[str, ...] = ()
    if emobank:
        more, notes = emobank_rows(emobank, resamples=resamples, seed=seed)
        rows += more
    config = {"emobank": str(emobank), "empathic": str(empathic), "resamples": resamples}
    _show("bench companions", config, seed, rows, notes, as_json=as_json)


def _notes(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(row["note"]) for row in rows if "note" in row))


def _show(
    command: str,
    config: Mapping[str, Any],
    seed: int,
    rows: Sequence[Mapping[str, Any]],
    notes: Iterable[str],
    *,
    as_json: bool,
    **more: Any,
) -> None:
    from affectlab.cli.output import print_json, print_rows
    from affectlab.manifest import make_manifest

    if as_json:
        manifest = make_manifest(command, config, seeds={"draws": seed})
        print_json({"command": command, "manifest": manifest, "rows": rows, **more})
    else:
        print_rows(command, [{name: one for name, one in row.items() if name != "note"} for row in rows])
    for note in notes:
        typer.echo(note, err=True)
