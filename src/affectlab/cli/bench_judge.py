"""``affectlab bench judge``: explanations and other answers in words, judged by a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.bench.judging.settings import JudgeSettings


def judge(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, judged together.")],
    judge: Annotated[str, typer.Option(help="provider:name of the model that judges.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for judgements.jsonl and judging.json (the first run's).")
    ] = None,
    tasks: Annotated[str | None, typer.Option(help="Only these, comma-separated (aica: er,egcg).")] = None,
    criteria: Annotated[str | None, typer.Option(help="Only these, comma-separated.")] = None,
    human: Annotated[
        Path | None,
        typer.Option(help="CSV of ratings by people: item, criterion, rating, and run if several."),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(help="score (likelihoods), words, or auto: score where possible (auto)."),
    ] = None,
    reasons: Annotated[
        bool | None, typer.Option("--reasons/--no-reasons", help="Let a scored judge write its reason first.")
    ] = None,
    pairs: Annotated[
        bool | None, typer.Option("--pairs/--no-pairs", help="Compare runs and arms two by two as well.")
    ] = None,
    controls: Annotated[int | None, typer.Option(min=0, help="Most control cases; 0 for none (8).")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most samples judged, drawn at random.")] = None,
    same_family: Annotated[
        bool | None,
        typer.Option("--same-family", help="Allow a judge of a candidate's family; it is reported."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of that draw and of the bootstrap (0).")] = None,
    resamples: Annotated[int | None, typer.Option(min=1, help="Resamples of the bootstrap (2000).")] = None,
    dtype: Annotated[str | None, typer.Option(help="auto, float32, float16 or bfloat16 (hf).")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or a torch device (hf).")] = None,
    batch: Annotated[int | None, typer.Option(help="Requests per call.")] = None,
    lanes: Annotated[int | None, typer.Option(help="Calls to a server at once (8).")] = None,
    longest_side: Annotated[int | None, typer.Option(help="Shrink pictures to this side, pixels.")] = None,
    context: Annotated[int | None, typer.Option(help="Context length in tokens (gguf).")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads (gguf).")] = None,
    base_url: Annotated[str | None, typer.Option(help="Server address (openai).")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Judge answers in words: blind, in both orders, with the judge put to controls first.

    Ctrl-C ends it after the calls under way; the same command goes on from there.
    """
    from affectlab.bench.judging.settings import JudgeSettings
    from affectlab.config import load

    options = {
        "dtype": dtype,
        "device": device,
        "batch_size": batch,
        "lanes": lanes,
        "longest_side": longest_side,
        "context": context,
        "threads": threads,
        "base_url": base_url,
    }
    flags = {
        "runs": runs,
        "judge": judge,
        "out": out,
        "tasks": tasks,
        "criteria": criteria,
        "human": human,
        "mode": mode,
        "reasons": reasons,
        "pairs": pairs,
        "controls": controls,
        "limit": limit,
        "same_family": same_family,
        "seed": seed,
        "resamples": resamples,
        "options": {name: value for name, value in options.items() if value is not None} or None,
    }
    settings = load(JudgeSettings, file=config, flags=flags)
    about, signal = _judge(settings)
    _show(about, settings, as_json=as_json)
    if signal is not None:
        raise typer.Exit(128 + signal)


def _judge(settings: JudgeSettings) -> tuple[dict[str, Any], int | None]:
    import threading

    from affectlab.bench.judging.run import judge_runs
    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import answering

    stop = threading.Event()
    with setting_on_signals(stop) as caught, answering(settings.judge) as progress:
        about = judge_runs(settings, stop=stop, progress=progress)
    return about, caught[0] if caught else None


def _show(about: dict[str, Any], settings: JudgeSettings, *, as_json: bool) -> None:
    from rich.console import Console

    from affectlab.bench.judging.show import controls_table, judged_tables
    from affectlab.bench.report import print_table
    from affectlab.cli.output import print_json

    if as_json:
        print_json(about)
        return
    console = Console()
    print_table(controls_table(about["controls"], f"Controls of {about['judge']}"), console)
    typer.echo(about["trust"])
    for note in about["notes"]:
        typer.echo(note, err=True)
    for table in judged_tables(about["rows"]):
        print_table(table, console)
    typer.echo(settings.folder / "judging.json")
