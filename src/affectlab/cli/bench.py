"""``affectlab bench …``: build data sets, run models on them, report and compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affectlab.cli.bench_build import app as build_app
from affectlab.cli.bench_judge import judge
from affectlab.cli.bench_persona import app as persona_app

if TYPE_CHECKING:
    from affectlab.bench.run import RunSummary
    from affectlab.bench.settings import RunSettings

app = typer.Typer(name="bench", help="Measure models: build, run, report and compare.", no_args_is_help=True)
app.add_typer(build_app)
app.command()(judge)
app.add_typer(persona_app)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.")]


@app.command("list")
def list_benchmarks(as_json: Json = False) -> None:
    """Name the benchmarks, the kinds of models that can be run on them, and the ways of steering."""
    from affectlab.bench.registry import benchmarks
    from affectlab.cli.output import print_json, print_pairs
    from affectlab.models.registry import PROVIDERS
    from affectlab.steering.registry import STEERINGS

    tasks = {one.name: one.about for one in benchmarks()}
    models = {f"{name}:NAME": about for name, (_, about) in PROVIDERS.items()}
    models["organism"] = "the project's own small model that collapses when modalities conflict"
    models["baseline:NAME"] = "a baseline of the benchmark, named below"
    baselines = {one.name: dict(one.known_baselines()) for one in benchmarks()}
    steerings = {"PLAN.json": "a plan of `steer fit`: CHASE, gated by conflict", **STEERINGS}
    if as_json:
        found = {"benchmarks": tasks, "models": models, "baselines": baselines, "steerings": steerings}
        print_json({"command": "bench list", **found})
    else:
        print_pairs("benchmarks", tasks)
        print_pairs("models", models)
        for name, known in ((name, known) for name, known in baselines.items() if known):
            print_pairs(f"baselines of {name}", {f"baseline:{one}": about for one, about in known.items()})
        print_pairs("steerings", steerings)


@app.command()
def run(
    benchmark: Annotated[str, typer.Argument(help="Name of the benchmark; see `bench list`.")],
    data: Annotated[Path, typer.Option(help="Folder of the data set, made by `bench build`.")],
    model: Annotated[str, typer.Option(help="provider:name, organism or baseline:NAME; see `bench list`.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; one that was cut off is gone on with.")],
    mode: Annotated[str | None, typer.Option(help="score, generate or auto (auto).")] = None,
    subset: Annotated[str | None, typer.Option(help="Only these subsets, comma-separated.")] = None,
    split: Annotated[str | None, typer.Option(help="Only this side of the split: train or test.")] = None,
    modalities: Annotated[
        str | None, typer.Option(help="Show only these of T, A and V, for example TA.")
    ] = None,
    tasks: Annotated[
        str | None,
        typer.Option(help="Parts of an exam, comma-separated (aica: eu, er, …; emobench: EA, EU)."),
    ] = None,
    prompting: Annotated[
        str | None, typer.Option(help="Ways of asking, comma-separated (aica: basic, cot, gat, …).")
    ] = None,
    conditions: Annotated[str | None, typer.Option(help="The same under another name.")] = None,
    units: Annotated[
        int | None,
        typer.Option(help="Most readers or groups of one event (persona), orders of options (emobench)."),
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Most samples, drawn by whole clips.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of that draw and of sampling (0).")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Longest answer in words, tokens.")] = None,
    temperature: Annotated[float | None, typer.Option(help="Of answers in words (0: greedy).")] = None,
    dtype: Annotated[str | None, typer.Option(help="auto, float32, float16 or bfloat16 (hf).")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or a torch device (hf).")] = None,
    quantisation: Annotated[str | None, typer.Option(help="none, int8 or int4 (hf).")] = None,
    lora: Annotated[Path | None, typer.Option(help="LoRA adapter (hf).")] = None,
    batch: Annotated[int | None, typer.Option(help="Requests per call.")] = None,
    lanes: Annotated[int | None, typer.Option(help="Calls to a server at once (8).")] = None,
    frames: Annotated[int | None, typer.Option(help="Pictures taken from a video (8).")] = None,
    longest_side: Annotated[int | None, typer.Option(help="Shrink pictures to this side, pixels.")] = None,
    video_as: Annotated[str | None, typer.Option(help="video, frames or auto (auto).")] = None,
    context: Annotated[int | None, typer.Option(help="Context length in tokens (gguf).")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads (gguf).")] = None,
    base_url: Annotated[str | None, typer.Option(help="Server address (openai).")] = None,
    steer: Annotated[
        str | None, typer.Option(help="Steer its attention: a plan of `steer fit`, or NAME:SETTING=VALUE.")
    ] = None,
    ray: Annotated[str | None, typer.Option(help="Ray cluster: HOST:PORT, auto, or local.")] = None,
    workers: Annotated[int | None, typer.Option(help="Ray actors (one a GPU or machine).")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Run a model on a data set, or go on with a run that was cut off.

    Ctrl-C ends it after the batch under way; the same command goes on from there.
    """
    from affectlab.bench.settings import RunSettings
    from affectlab.config import load

    options = {
        "dtype": dtype,
        "device": device,
        "quantisation": quantisation,
        "lora": lora,
        "batch_size": batch,
        "lanes": lanes,
        "frames": frames,
        "longest_side": longest_side,
        "video_as": video_as,
        "context": context,
        "threads": threads,
        "base_url": base_url,
    }
    flags = {
        "benchmark": benchmark,
        "data": data,
        "model": model,
        "out": out,
        "mode": mode,
        "subsets": subset,
        "split": split,
        "modalities": modalities,
        "tasks": tasks,
        "arms": ",".join(one for one in (prompting, conditions) if one) or None,
        "units": units,
        "limit": limit,
        "seed": seed,
        "max_tokens": max_tokens,
        "temperature": temperature,
        "steer": steer,
        "ray": ray,
        "workers": workers,
        "options": {name: value for name, value in options.items() if value is not None} or None,
    }
    settings = load(RunSettings, file=config, flags=flags)
    summary, signal = _run(settings)
    _show_run(summary, settings, as_json=as_json)
    if signal is not None:
        raise typer.Exit(128 + signal)


def _run(settings: RunSettings) -> tuple[RunSummary, int | None]:
    import threading

    from affectlab.bench.run import run_benchmark
    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import answering

    stop = threading.Event()
    with setting_on_signals(stop) as caught, answering(settings.model) as progress:
        summary = run_benchmark(settings, stop=stop, progress=progress)
    return summary, caught[0] if caught else None


def _show_run(summary: RunSummary, settings: RunSettings, *, as_json: bool) -> None:
    from dataclasses import asdict

    from affectlab.cli.output import print_json, print_pairs

    if as_json:
        print_json({"command": "bench run", "out": str(settings.out), **asdict(summary)})
        return
    pairs = {
        "samples": f"{summary.samples}: "
        + ", ".join(f"{number} {name}" for name, number in summary.counts.items()),
        "questions": f"{summary.asked} asked now, {summary.kept} kept from before",
        "folder": str(settings.out),
        "next": f"affectlab bench report {settings.out}"
        if summary.status == "complete"
        else "the same command goes on from here",
    }
    for rank, (message, number) in enumerate(list(summary.failures.items())[:5], 1):
        pairs[f"failure {rank}"] = f"{number} × {message}"
    print_pairs(f"{settings.benchmark}: {settings.model} is {summary.status}", pairs)


@app.command()
def report(
    folders: Annotated[list[Path], typer.Argument(help="Folders of runs, put side by side.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for report.html, .md and .json (the first).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(help="Resamples of the bootstrap.")] = 2000,
    as_json: Json = False,
) -> None:
    """Write the table and the plots of one run or several, every figure with its 95 % interval."""
    from affectlab.bench.report import report_on
    from affectlab.cli.output import print_json

    made = report_on(folders, seed=seed, resamples=resamples)
    written = made.write(out or folders[0])
    if as_json:
        print_json({**made.to_json(), "files": [str(path) for path in written]})
    else:
        made.print()
        for path in written:
            typer.echo(path)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="Folder of run A.")],
    b: Annotated[Path, typer.Argument(help="Folder of run B.")],
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(help="Resamples of the bootstrap.")] = 2000,
    as_json: Json = False,
) -> None:
    """Give the paired difference B − A of two runs on the same data, with interval and p."""
    from affectlab.bench.compare import compare as compare_runs
    from affectlab.bench.report import show_comparison
    from affectlab.cli.output import print_json

    rows = compare_runs(a, b, seed=seed, resamples=resamples)
    if as_json:
        print_json({"command": "bench compare", "a": str(a), "b": str(b), "rows": rows})
    else:
        show_comparison(rows, f"{b} − {a}")
