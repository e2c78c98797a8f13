"""``affectlab steer …``: fit, tune and show plans that steer a model's attention."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from affectlab.cli.steer_study import app as study_app

app = typer.Typer(
    name="steer",
    help="Steer a model's attention where modalities conflict: fit, sweep, show and study plans.",
    no_args_is_help=True,
)
app.add_typer(study_app)

Model = Annotated[str, typer.Option(help="hf:NAME or organism.")]
Data = Annotated[Path, typer.Option(help="Folder of the data set, made by `bench build emomm`.")]
Conflict = Annotated[
    str | None,
    typer.Option(help="What counts as conflict: subset (the data set's rule) or modalities (subset)."),
]
Limit = Annotated[int | None, typer.Option(help="Most cases, drawn by whole sources.")]
Measure = Annotated[int | None, typer.Option(help="Most cases the gain of each head is measured on (256).")]
Gains = Annotated[
    str | None, typer.Option(help="exact (one head after another) or first-order (all at once) (exact).")
]
Seed = Annotated[int | None, typer.Option(help="Seed of everything random (0).")]
Dtype = Annotated[str | None, typer.Option(help="auto, float32, float16 or bfloat16.")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or a torch device.")]
Batch = Annotated[int | None, typer.Option(help="Requests per call.")]
Frames = Annotated[int | None, typer.Option(help="Pictures taken from a video (8).")]
LongestSide = Annotated[int | None, typer.Option(help="Shrink pictures to this side, pixels.")]
VideoAs = Annotated[str | None, typer.Option(help="video, frames or auto (auto).")]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@app.command()
def fit(
    model: Model,
    data: Data,
    out: Annotated[Path, typer.Option(help="The plan file; a fit that was cut off is gone on with.")],
    eta: Annotated[
        float | None, typer.Option(help="How far shares move to the target, 0 to 1 (0.6).")
    ] = None,
    tau: Annotated[
        float | None, typer.Option(help="Conflict probability from which a layer is steered (0.7).")
    ] = None,
    k: Annotated[int | None, typer.Option(help="Steered heads of a layer (4).")] = None,
    layers: Annotated[
        str | None, typer.Option(help="upper, all, a range 0-5, or numbers 3,4,5 (upper).")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Wanted parts, as T=.15,A=.15,V=.7 (equal parts).")
    ] = None,
    rows: Annotated[str | None, typer.Option(help="Steered queries: all, question or last (all).")] = None,
    phase: Annotated[str | None, typer.Option(help="both, prefill or decode (both).")] = None,
    select: Annotated[
        str | None,
        typer.Option(help="Heads by: causal, dominance, discriminability, random or all (causal)."),
    ] = None,
    gate: Annotated[
        str | None, typer.Option(help="Opened by: probe, always, entropy or disagreement (probe).")
    ] = None,
    soft: Annotated[
        bool | None, typer.Option("--soft/--hard", help="Steer as strongly as conflict is likely (hard).")
    ] = None,
    conflict: Conflict = None,
    limit: Limit = None,
    measure: Measure = None,
    gains: Gains = None,
    seed: Seed = None,
    dtype: Dtype = None,
    device: Device = None,
    batch: Batch = None,
    frames: Frames = None,
    longest_side: LongestSide = None,
    video_as: VideoAs = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Fit a plan on the training side of a data set: when to steer, and which heads.

    Ctrl-C ends it whole; the same command goes on from there.
    """
    from affectlab.bench.steering.fitting import fit_plan
    from affectlab.bench.steering.settings import FitSettings
    from affectlab.cli.interrupts import stoppable
    from affectlab.cli.progress import counting
    from affectlab.cli.steer_show import show_fit
    from affectlab.config import load

    steering = {
        "eta": eta,
        "tau": tau,
        "k": k,
        "layers": layers,
        "target": target,
        "rows": rows,
        "phase": phase,
        "select": select,
        "gate": gate,
        "soft": soft,
    }
    flags = {
        "model": model,
        "data": data,
        "out": out,
        "steering": _given(steering),
        "conflict": conflict,
        "limit": limit,
        "measure": measure,
        "gains": gains,
        "seed": seed,
        "options": _options(dtype, device, batch, frames, longest_side, video_as),
    }
    settings = load(FitSettings, file=config, flags=flags)
    with stoppable() as stop, counting(f"fitting {model}") as progress:
        fitted = fit_plan(settings, stop=stop, progress=progress)
    show_fit(fitted, as_json=as_json)


@app.command()
def sweep(
    model: Model,
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder of the sweep; one that was cut off is gone on with.")],
    plan: Annotated[
        Path | None, typer.Option(help="Plan whose settings hold where none are swept (the defaults).")
    ] = None,
    k: Annotated[str | None, typer.Option(help="Values to try, with commas between, as 1,2,4.")] = None,
    eta: Annotated[str | None, typer.Option(help="Values to try, as .3,.6,.9.")] = None,
    tau: Annotated[str | None, typer.Option(help="Values to try, as .5,.7,.9.")] = None,
    layers: Annotated[
        list[str] | None, typer.Option(help="Layers to try, once for each: --layers upper --layers 0-2.")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="Targets to try, once for each: --target T=.2,A=.2,V=.6.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="Fit the best settings on all training sources and write the plan.")
    ] = None,
    conflict: Conflict = None,
    limit: Limit = None,
    measure: Measure = None,
    gains: Gains = None,
    seed: Seed = None,
    dtype: Dtype = None,
    device: Device = None,
    batch: Batch = None,
    frames: Frames = None,
    longest_side: LongestSide = None,
    video_as: VideoAs = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Try settings, each with each, on training sources that their probes were not fitted on.

    The test side of the data set is never touched. Ctrl-C ends it whole; the same command goes on from there.
    """
    from affectlab.bench.steering.settings import SweepSettings
    from affectlab.bench.steering.sweep import sweep as sweep_settings
    from affectlab.cli.interrupts import stoppable
    from affectlab.cli.progress import stages
    from affectlab.cli.steer_show import show_sweep
    from affectlab.config import load

    flags = {
        "model": model,
        "data": data,
        "out": out,
        "plan": plan,
        "k": k,
        "eta": eta,
        "tau": tau,
        "layers": layers or None,
        "target": target or None,
        "write": write,
        "conflict": conflict,
        "limit": limit,
        "measure": measure,
        "gains": gains,
        "seed": seed,
        "options": _options(dtype, device, batch, frames, longest_side, video_as),
    }
    settings = load(SweepSettings, file=config, flags=flags)
    with stoppable() as stop, stages(f"loading {model}") as say:
        swept = sweep_settings(settings, stop=stop, say=say)
    show_sweep(swept, as_json=as_json)


@app.command()
def show(
    plan: Annotated[Path, typer.Argument(help="The plan file.")],
    as_json: Json = False,
) -> None:
    """Say in words and as a table what a plan does."""
    from affectlab.cli.steer_show import show_plan
    from affectlab.steering.plan import read_plan

    show_plan(read_plan(plan), plan, as_json=as_json)


def _options(
    dtype: str | None,
    device: str | None,
    batch: int | None,
    frames: int | None,
    longest_side: int | None,
    video_as: str | None,
) -> dict[str, Any] | None:
    return _given(
        {
            "dtype": dtype,
            "device": device,
            "batch_size": batch,
            "frames": frames,
            "longest_side": longest_side,
            "video_as": video_as,
        }
    )


def _given(flags: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the flags that are given, None where there are none."""
    return {name: value for name, value in flags.items() if value is not None} or None
