"""``affectlab decode train``: a data set to a decoder that the live loop can run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.decoding.net.job import Trained

app = typer.Typer()


@app.command()
def train(
    path: Annotated[
        Path, typer.Option(help="Epochs made by decode prepare, or the data set in its official layout.")
    ],
    out: Annotated[Path, typer.Option(help="NAME.onnx to write; NAME.json comes to lie beside it.")],
    dataset: Annotated[
        str | None, typer.Option(help="Name of the data set, where --path is not prepared yet.")
    ] = None,
    baseline_seconds: Annotated[
        float | None, typer.Option(help="Seconds of rest known of everybody beforehand (60).")
    ] = None,
    axes: Annotated[
        str | None, typer.Option(help="Axes to learn, comma-separated (valence,arousal).")
    ] = None,
    folds: Annotated[int | None, typer.Option(help="Networks, each stopped on people not seen (4).")] = None,
    epochs: Annotated[int | None, typer.Option(help="Most passes per network (6).")] = None,
    width: Annotated[int | None, typer.Option(help="Numbers per token and electrode (32).")] = None,
    layers: Annotated[int | None, typer.Option(help="Layers of the temporal Transformer (1).")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same weights (0).")] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder of finished networks (NAME.work beside --out).")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Train the Transformer-GNN and export it; cut off, the same command goes on to the same weights."""
    from affectlab.cli.progress import counting
    from affectlab.config import load
    from affectlab.decoding.net.job import TrainSettings, train_decoder

    flags = {
        "path": path,
        "out": out,
        "dataset": dataset,
        "baseline_seconds": baseline_seconds,
        "axes": None if axes is None else axes.split(","),
        "seed": seed,
        "work": work,
        "network": _given(width=width, layers=layers),
        "training": _given(folds=folds, epochs=epochs),
    }
    settings = load(TrainSettings, file=config, flags=flags)
    with counting("training") as progress:
        trained = train_decoder(settings, progress=progress)
    _show(trained, as_json=as_json)


def _given(**values: Any) -> dict[str, Any] | None:
    return {name: value for name, value in values.items() if value is not None} or None


def _show(trained: Trained, *, as_json: bool) -> None:
    from affectlab.cli.output import print_json, print_rows

    if as_json:
        print_json(
            {
                "command": "decode train",
                "manifest": trained.manifest,
                "rows": trained.rows,
                "files": [str(file) for file in trained.files],
            }
        )
        return
    print_rows("Held-out people of the inner folds", trained.rows)
    for file in trained.files:
        typer.echo(file)
