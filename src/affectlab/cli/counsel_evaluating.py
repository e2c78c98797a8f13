"""What the commands of ``counsel evaluate`` share: how models are loaded, interrupts, and showing figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import threading

    from affectlab.models import ModelOptions

Rows = Annotated[
    Path, typer.Option(help="rows.jsonl, or the folder of `counsel data build`; its test split.")
]
Seed = Annotated[int, typer.Option(min=0, help="Of every draw and the bootstrap.")]
Resamples = Annotated[int, typer.Option(min=1, help="Resamples of the bootstrap.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def options_of(
    dtype: str | None, device: str | None, batch: int | None, context: int | None, base_url: str | None
) -> ModelOptions:
    """Return how models are loaded."""
    from affectlab.config import load
    from affectlab.models import ModelOptions

    given = {"dtype": dtype, "device": device, "batch_size": batch, "context": context, "base_url": base_url}
    flags = {name: value for name, value in given.items() if value is not None}
    return load(ModelOptions, flags=flags, environment={})


@contextmanager
def stoppable(
    what: str,
) -> Iterator[tuple[threading.Event, Callable[[int, int, int], None], list[int]]]:
    """Yield an event that Ctrl-C sets, whom to tell of progress, and the signals that came."""
    import threading

    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import answering

    stop = threading.Event()
    with setting_on_signals(stop) as caught, answering(what) as progress:
        yield stop, progress, caught


def finish(about: Mapping[str, Any], out: Path, named: Mapping[str, str], *, as_json: bool) -> None:
    """Write the page, and show the figures."""
    from rich.console import Console

    from affectlab.bench.report import print_table
    from affectlab.cli.output import print_json
    from affectlab.counsel.judging.pages import definitions, tables_of, write_page

    rows: Sequence[Mapping[str, Any]] = about["rows"]
    notes = [*about["notes"], *definitions(rows, named)]
    write_page(out / "report.html", about["command"], rows, notes, about["manifest"])
    if as_json:
        print_json({**about, "out": str(out)})
        return
    console = Console()
    for table in tables_of(rows, widest=2):
        print_table(table, console)
    for note in about["notes"]:
        typer.echo(note, err=True)
    typer.echo(out / "report.html")


def leave(signal: Sequence[int]) -> None:
    """Leave with the signal's code, where one came."""
    if signal:
        typer.echo("stopped; the same command goes on from there", err=True)
        raise typer.Exit(128 + signal[0])
