"""``affectlab music train``: a corpus to a composer that the live loop can run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from affectlab.music.learned.net.job import ComposerTraining, TrainedComposer

app = typer.Typer()


@app.command()
def train(
    corpus: Annotated[Path | None, typer.Option(help="Folder made by music corpus.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the finished composer.")] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder of the checkpoints (NAME.work beside --out).")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same weights on the same machine (0).")
    ] = None,
    threads: Annotated[int | None, typer.Option(help="Of the matrix products (2).")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Train the backbone, then its controller, and export both.

    Ctrl-C ends it after the update under way; the same command goes on from there.
    """
    from affectlab.config import load
    from affectlab.music.learned.net.job import ComposerTraining

    flags = {"corpus": corpus, "out": out, "work": work, "seed": seed, "threads": threads}
    _show(_trained(load(ComposerTraining, file=config, flags=flags)), as_json=as_json)


def _trained(settings: ComposerTraining) -> TrainedComposer:
    import threading

    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import learning
    from affectlab.music.learned.corpus.build import Interrupted
    from affectlab.music.learned.net.job import train_composer

    stop = threading.Event()
    with setting_on_signals(stop) as caught:
        try:
            with learning("reading the corpus") as begin:
                return train_composer(settings, stop=stop, stages=begin)
        except Interrupted as end:
            typer.echo("stopped; the same command goes on from there", err=True)
            raise typer.Exit(128 + caught[0]) from end


def _show(trained: TrainedComposer, *, as_json: bool) -> None:
    from affectlab.cli.output import print_json, print_rows

    if as_json:
        print_json(
            {
                "command": "music train",
                "manifest": trained.manifest,
                "rows": trained.rows,
                "folder": str(trained.folder),
            }
        )
        return
    print_rows("Nats per token of the validation pieces", trained.rows)
    typer.echo(trained.folder)
