"""``affectlab steer study``: a plan beside its controls and rivals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def study(
    plan: Annotated[Path, typer.Argument(help="The plan file that is judged.")],
    model: Annotated[str, typer.Option(help="The model it was fitted on.")],
    data: Annotated[Path, typer.Option(help="Data set that is judged on: sources the plan has not seen.")],
    tune: Annotated[Path, typer.Option(help="Data set whose train split rivals are tuned on.")],
    out: Annotated[Path, typer.Option(help="Folder of the study; one that was cut off is gone on with.")],
    split: Annotated[
        str | None, typer.Option(help="Side of the split that is judged on: test, train or all (test).")
    ] = None,
    rivals: Annotated[str | None, typer.Option(help="Rivals, with commas between, or none (all).")] = None,
    random: Annotated[int | None, typer.Option(help="Draws of random heads (3).")] = None,
    dominant: Annotated[str | None, typer.Option(help="The modality the model follows (T).")] = None,
    neglected: Annotated[str | None, typer.Option(help="The modality it overlooks (V).")] = None,
    conflict: Annotated[str | None, typer.Option(help="What counts as conflict (subset).")] = None,
    limit: Annotated[int | None, typer.Option(help="Most samples, drawn by whole clips.")] = None,
    tune_limit: Annotated[
        int | None, typer.Option(help="Most complete clips rivals are tuned on (400).")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of draws and of the bootstrap (0).")] = None,
    resamples: Annotated[int | None, typer.Option(help="Resamples of the bootstrap (2000).")] = None,
    dtype: Annotated[str | None, typer.Option(help="auto, float32, float16 or bfloat16.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or a torch device.")] = None,
    batch: Annotated[int | None, typer.Option(help="Requests per call.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Judge a plan on unseen sources: what it gains and costs, beside every control and rival.

    Rivals are tuned first, on training sources. Ctrl-C ends it whole; the same command goes on from there.
    """
    from rich.console import Console

    from affectlab.bench.report import print_table
    from affectlab.bench.steering.study import StudySettings, run_study
    from affectlab.bench.steering.study_report import tables, to_json, write_study
    from affectlab.cli.interrupts import stoppable
    from affectlab.cli.output import print_json
    from affectlab.cli.progress import stages
    from affectlab.config import load

    options = {"dtype": dtype, "device": device, "batch_size": batch}
    flags = {
        "plan": plan,
        "model": model,
        "data": data,
        "tune": tune,
        "out": out,
        "split": split,
        "rivals": rivals,
        "random": random,
        "dominant": dominant,
        "neglected": neglected,
        "conflict": conflict,
        "limit": limit,
        "tune_limit": tune_limit,
        "seed": seed,
        "resamples": resamples,
        "options": {name: value for name, value in options.items() if value is not None} or None,
    }
    settings = load(StudySettings, file=config, flags=flags)
    with stoppable() as stop, stages(f"loading {model}") as say:
        found = run_study(settings, stop=stop, say=say)
    written = write_study(found, settings.out)
    if as_json:
        print_json({**to_json(found), "files": [str(path) for path in written]})
        return
    for table in tables(found):
        print_table(table, Console())
    for path in written:
        typer.echo(path)
