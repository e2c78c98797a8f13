"""``affectlab music corpus``: songs and scores to tokens, features and labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.music.learned.corpus.shards import Corpus

app = typer.Typer()


@app.command()
def corpus(
    pop909: Annotated[Path, typer.Option(help="POP909.tar.gz, or the folder it unpacks to.")],
    out: Annotated[Path, typer.Option(help="Folder for the corpus.")],
    scores: Annotated[
        bool, typer.Option("--scores/--no-scores", help="Take music21's openly licensed scores as well.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Turn songs and scores into the corpus that the learned composer is trained on.

    Ctrl-C ends it after the piece under way; the same command goes on from there. A corpus that is finished
    is left as it is.
    """
    from affectlab.manifest import make_manifest

    described = {"pop909": str(pop909), "out": str(out), "scores": scores}
    data = (pop909,) if pop909.is_file() else ()
    manifest = make_manifest("music corpus", described, seeds={}, data=data)
    _show(_build(pop909, out, scores, manifest), manifest, as_json=as_json)


def _build(pop909: Path, out: Path, scores: bool, manifest: dict[str, Any]) -> Corpus:
    import threading

    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import counting
    from affectlab.music.learned.corpus.build import Interrupted, build

    stop = threading.Event()
    with setting_on_signals(stop) as caught:
        try:
            with counting("pieces") as progress:
                return build(pop909, out, with_scores=scores, manifest=manifest, stop=stop, progress=progress)
        except Interrupted as end:
            typer.echo("stopped; the same command goes on from there", err=True)
            raise typer.Exit(128 + caught[0]) from end


def _show(corpus: Corpus, manifest: dict[str, Any], *, as_json: bool) -> None:
    from affectlab.cli.output import print_json, print_pairs

    rows = corpus.rows()
    if as_json:
        print_json(
            {
                "command": "music corpus",
                "out": str(corpus.folder),
                "manifest": manifest,
                "rows": rows,
                "left_out": corpus.dropped,
            }
        )
        return
    counts: dict[str, list[str]] = {}
    for row in rows:
        counts.setdefault(row["subset"], []).append(f"{row['value']:,} {row['metric']}")
    words = {subset: ", ".join(found) for subset, found in counts.items()}
    words |= {f"  {name}": reason for name, reason in corpus.dropped.items()}
    print_pairs(f"corpus in {corpus.folder}", words)
