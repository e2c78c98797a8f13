"""``affectlab music evaluate``: whether music does what was asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import threading

    from affectlab.music.evaluation.emopia import Clip

app = typer.Typer()


@app.command()
def evaluate(
    arms: Annotated[
        str, typer.Option(help="Of none, static, global, local, full and rules, comma-separated.")
    ] = "none,static,global,local,full,rules",
    n: Annotated[int, typer.Option(min=4, help="Plans, shared evenly among four kinds.")] = 64,
    bars: Annotated[int, typer.Option(min=8, help="Bars of each plan.")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="Of the plans.")] = 0,
    emopia: Annotated[
        Path | None,
        typer.Option(help="EMOPIA_1.0.tar.gz or its folder ($AFFECTLAB_DATA/emopia/EMOPIA_1.0.tar.gz)."),
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Folder made by music corpus, for the distances to human music.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="Folder of a composer (the shipped one).")] = None,
    guidance: Annotated[float | None, typer.Option(help="How far to follow the controller.")] = None,
    notes_only: Annotated[
        bool,
        typer.Option("--notes-only", help="Neutral performance, no key: what the network does alone."),
    ] = False,
    clap: Annotated[Path | None, typer.Option(help="Folder of a CLAP model, for the audio distance.")] = None,
    work: Annotated[
        Path | None, typer.Option(help="Folder of finished takes and features (~/.cache/affectlab/music).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Have every arm write under the same plans, and measure valence, arousal, dynamics and more.

    Ctrl-C ends it after the take under way; the same command goes on from there.
    """
    from affectlab.manifest import make_manifest
    from affectlab.music.evaluation.arms import arms_of
    from affectlab.music.evaluation.plans import draw_plans
    from affectlab.music.learned.live import GUIDANCE
    from affectlab.music.learned.weights import SHIPPED

    labelled = _emopia(emopia)
    plans = draw_plans(n, bars=bars, seed=seed)
    chosen = arms_of(
        [name.strip() for name in arms.split(",")],
        weights=weights or SHIPPED,
        guidance=GUIDANCE if guidance is None else guidance,
        notes_only=notes_only,
    )
    described = {"arms": list(chosen), "n": n, "bars": bars, "notes_only": notes_only, "guidance": guidance}
    data = (labelled,) if labelled.is_file() else ()
    manifest = make_manifest("music evaluate", described, seeds={"plans": seed}, data=data)
    folder = work or Path.home() / ".cache" / "affectlab" / "music"
    rows, notes = _measured(chosen, plans, labelled, corpus, clap, folder, weights or SHIPPED)
    _show(rows, notes, manifest, as_json=as_json)


def _emopia(given: Path | None) -> Path:
    import os

    from affectlab.errors import InvalidConfig, UnreadableFile

    root = os.environ.get("AFFECTLAB_DATA")
    if given is None and root is None:
        raise InvalidConfig(
            "no EMOPIA to fit the predictors on: give --emopia EMOPIA_1.0.tar.gz, or set AFFECTLAB_DATA to "
            "the folder that holds emopia/"
        )
    path = given or Path(str(root)) / "emopia" / "EMOPIA_1.0.tar.gz"
    if not path.exists():
        raise UnreadableFile(f"{path} does not exist; --emopia takes EMOPIA_1.0.tar.gz or its folder")
    return path


def _measured(
    arms: Any, plans: Any, emopia: Path, corpus: Path | None, clap: Path | None, folder: Path, weights: Path
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Fit, write and measure; return rows and what could not be measured."""
    import threading

    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import stages
    from affectlab.music.evaluation.clap import ClapEar, Reference
    from affectlab.music.evaluation.driver import Yardsticks
    from affectlab.music.evaluation.driver import evaluate as compare
    from affectlab.music.evaluation.emopia import read_clips
    from affectlab.music.evaluation.human import human_statistics
    from affectlab.music.evaluation.progress import Interrupted
    from affectlab.music.learned.corpus.shards import Corpus
    from affectlab.music.learned.weights import load_composer

    stop = threading.Event()
    with setting_on_signals(stop) as caught:
        try:
            with stages("reading EMOPIA") as begin:
                clips = read_clips(emopia)
                predictors, rows = _predictors(clips, folder / "emopia", stop, begin)
                human = human_statistics(Corpus.open(corpus), bars=24) if corpus else None
                reference = Reference.of(ClapEar(clap), clips) if clap else None
                known = load_composer(weights).known
                yardsticks = Yardsticks(predictors, known, human, reference)
                told = begin("takes")
                found = compare(
                    arms,
                    plans,
                    yardsticks,
                    folder / "takes",
                    stop=stop,
                    progress=lambda done, of: told(done, of, 0),
                )
        except Interrupted as end:
            typer.echo("stopped; the same command goes on from there", err=True)
            raise typer.Exit(128 + caught[0]) from end
    return rows + found.rows, found.notes


def _predictors(
    clips: tuple[Clip, ...], folder: Path, stop: threading.Event, begin: Any
) -> tuple[Any, list[dict[str, Any]]]:
    """Return the fitted predictors, and rows of how good they are on songs they have not met."""
    from affectlab.music.evaluation.fitting import examples_of, held_out_rows
    from affectlab.music.evaluation.predictors import fit_all

    told = begin("describing EMOPIA")
    examples = examples_of(clips, folder, stop=stop, progress=lambda done, of: told(done, of, 0))
    begin("fitting predictors")(0, 1, 0)
    rows = [row for name in examples for row in held_out_rows(name, examples[name])]
    return fit_all(examples), rows


def _show(
    rows: list[dict[str, Any]], notes: tuple[str, ...], manifest: dict[str, Any], *, as_json: bool
) -> None:
    from affectlab.cli.output import print_json, print_rows
    from affectlab.music.evaluation.targets import judged

    targets = judged(rows)
    if as_json:
        print_json(
            {
                "command": "music evaluate",
                "manifest": manifest,
                "rows": rows,
                "targets": targets,
                "notes": list(notes),
            }
        )
        return
    print_rows("Predictors on songs they have not met", [row for row in rows if "predictor" in row["arm"]])
    own = [row for row in rows if "predictor" not in row["arm"]]
    print_rows("Arms", [row for row in own if "against" not in row])
    print_rows("Differences on the same plans", [row for row in own if "against" in row])
    print_rows("Targets", targets)
    for note in notes:
        typer.echo(note, err=True)
