"""``affectlab decode evaluate``: how good decoders are on people and stimuli they have not met."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.decoding.evaluation.evaluate import Evaluation
    from affectlab.decoding.evaluation.settings import EvaluateSettings

app = typer.Typer()


@app.command()
def evaluate(
    path: Annotated[Path, typer.Option(help="The data set in its official layout, or a folder of epochs.")],
    dataset: Annotated[
        str | None, typer.Option(help="Which data set it is; not needed for a folder of epochs.")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="loso, subject-stimulus, within, or leaked on purpose (loso).")
    ] = None,
    methods: Annotated[str | None, typer.Option(help="Methods, with commas between (all).")] = None,
    targets: Annotated[str | None, typer.Option(help="valence, arousal or both (those labelled).")] = None,
    baseline_seconds: Annotated[
        float | None, typer.Option(help="Rest of everybody that is known beforehand (60).")
    ] = None,
    channels: Annotated[str | None, typer.Option(help="Electrodes, with commas between (all).")] = None,
    parts: Annotated[int | None, typer.Option(help="Blocks of time or groups of stimuli (5).")] = None,
    curve: Annotated[
        list[str] | None, typer.Option(help="Measure a curve too: calibration or channels; repeatable.")
    ] = None,
    control: Annotated[
        list[str] | None, typer.Option(help="Run a control too: artefacts or drift; repeatable.")
    ] = None,
    permutations: Annotated[int | None, typer.Option(help="Exchanges behind each p (9999).")] = None,
    chance: Annotated[int | None, typer.Option(help="Fits on exchanged labels (40).")] = None,
    resamples: Annotated[int | None, typer.Option(help="Resamples of the bootstrap (2000).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random (0).")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes (one for each core).")] = None,
    ray: Annotated[str | None, typer.Option(help="Ray cluster: HOST:PORT, auto, or local.")] = None,
    out: Annotated[
        Path, typer.Option(help="Folder of the evaluation; one that was cut off is gone on with.")
    ] = Path("evaluation"),
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Judge decoders beside baselines on the same folds, with intervals over people.

    A data set is prepared first, once, in the folder of the evaluation. Ctrl-C ends it whole; the same
    command goes on from there.
    """
    from affectlab.config import load
    from affectlab.decoding.evaluation.settings import EvaluateSettings
    from affectlab.manifest import make_manifest

    flags = {
        "protocol": protocol,
        "methods": methods,
        "targets": targets,
        "baseline_seconds": baseline_seconds,
        "channels": channels,
        "parts": parts,
        "curves": curve or None,
        "controls": control or None,
        "permutations": permutations,
        "chance": chance,
        "resamples": resamples,
        "seed": seed,
        "workers": workers,
        "ray": ray,
    }
    settings = load(EvaluateSettings, file=config, flags=flags)
    told = {"dataset": dataset, "path": str(path), "out": str(out), **settings.model_dump(mode="json")}
    manifest = make_manifest("decode evaluate", told, seeds={"evaluation": settings.seed})
    found = _found(settings, dataset, path, out)
    _show(found, out, {**manifest, "data": {found.facts["dataset"]: found.facts["sha256"]}}, as_json=as_json)


def _found(settings: EvaluateSettings, dataset: str | None, path: Path, out: Path) -> Evaluation:
    import threading

    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import stages
    from affectlab.decoding.datasets.jobs import Interrupted
    from affectlab.decoding.evaluation.evaluate import evaluate as judge
    from affectlab.decoding.evaluation.source import epochs_folder

    stop = threading.Event()
    with setting_on_signals(stop) as caught:
        try:
            with stages("reading") as say:
                folder = epochs_folder(path, dataset, out, settings.ray, stop=stop, say=say)
                return judge(settings, folder, out, stop=stop, say=say)
        except Interrupted as end:
            typer.echo("stopped; the same command goes on from there", err=True)
            raise typer.Exit(128 + caught[0]) from end


def _show(found: Evaluation, out: Path, manifest: dict[str, Any], *, as_json: bool) -> None:
    from affectlab.cli.output import print_json, print_pairs, print_rows
    from affectlab.decoding.evaluation.report import (
        BRIEF,
        about,
        brief,
        main_rows,
        side_tables,
        table_of,
        to_json,
        write_report,
    )

    written = write_report(found, out, manifest)
    if as_json:
        print_json({**to_json(found, manifest), "files": [str(path) for path in written]})
        return
    print_pairs(f"{found.facts['dataset']}, {found.facts['protocol']}", about(found.facts))
    for target in found.facts["targets"]:
        print_rows(target, table_of(main_rows(found), target, BRIEF, brief))
        for title, rows in side_tables(found, target):
            print_rows(f"{target}, {title}", rows)
    for note in found.notes:
        typer.echo(note)
    for path in written:
        typer.echo(path)
