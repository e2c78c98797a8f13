"""``affectlab decode prepare``: a data set as published to epochs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.decoding.datasets.settings import PrepareSettings
    from affectlab.decoding.epochs import Epochs

app = typer.Typer()


@app.command()
def prepare(
    dataset: Annotated[
        str, typer.Option(help="eegmat, deap, seed, seed-iv, dreamer, faced or bids.", show_default=False)
    ],
    path: Annotated[Path, typer.Option(help="Folder of the data set, in its official layout.")],
    out: Annotated[Path, typer.Option(help="Folder for the epochs; must not exist yet.")],
    length: Annotated[float | None, typer.Option(help="Seconds per window (4).")] = None,
    step: Annotated[float | None, typer.Option(help="Seconds between window ends (2).")] = None,
    sfreq: Annotated[float | None, typer.Option(help="Samples per second of the windows (125).")] = None,
    channels: Annotated[str | None, typer.Option(help="Electrodes to keep, comma-separated (all).")] = None,
    line: Annotated[float | None, typer.Option(help="Mains frequency in hertz, 0 for no notch.")] = None,
    valence_column: Annotated[str | None, typer.Option(help="Column of valence ratings (bids).")] = None,
    arousal_column: Annotated[str | None, typer.Option(help="Column of arousal ratings (bids).")] = None,
    rating_range: Annotated[
        str | None, typer.Option(help="Lowest and highest rating, comma-separated (bids; 1,9).")
    ] = None,
    stimulus_column: Annotated[
        str | None, typer.Option(help="Column that names the stimulus (bids; stim_file).")
    ] = None,
    baseline_types: Annotated[
        str | None, typer.Option(help="Values of trial_type that are rest (bids; rest,baseline).")
    ] = None,
    ray: Annotated[str | None, typer.Option(help="Ray cluster: HOST:PORT, auto, or local.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Cut a data set into conditioned, labelled windows, the same for every decoder.

    Ctrl-C ends it after the window under way; the same command goes on from there.
    """
    from affectlab.config import load
    from affectlab.decoding.datasets.settings import PrepareSettings
    from affectlab.manifest import make_manifest

    flags = {
        "length": length,
        "step": step,
        "sfreq": sfreq,
        "channels": channels,
        "line": line,
        "valence_column": valence_column,
        "arousal_column": arousal_column,
        "rating_range": rating_range,
        "stimulus_column": stimulus_column,
        "baseline_types": baseline_types,
        "ray": ray,
    }
    settings = load(PrepareSettings, file=config, flags=flags)
    described = {"dataset": dataset, "path": str(path), "out": str(out), **settings.model_dump(mode="json")}
    manifest = make_manifest("decode prepare", described, seeds={})
    made = _prepare(dataset, path, out, settings, manifest)
    _show(made, out, manifest, as_json=as_json)


def _prepare(
    dataset: str, path: Path, out: Path, settings: PrepareSettings, manifest: dict[str, Any]
) -> Epochs:
    import threading

    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import counting
    from affectlab.decoding.datasets.jobs import Interrupted
    from affectlab.decoding.datasets.prepare import prepare as prepare_dataset

    stop = threading.Event()
    with setting_on_signals(stop) as caught:
        try:
            with counting(f"preparing {dataset}") as progress:
                return prepare_dataset(
                    dataset, path, out, settings, stop=stop, progress=progress, manifest=manifest
                )
        except Interrupted as end:
            typer.echo("stopped; the same command goes on from there", err=True)
            raise typer.Exit(128 + caught[0]) from end


def _show(epochs: Epochs, out: Path, manifest: dict[str, Any], *, as_json: bool) -> None:
    from affectlab.cli.output import print_json, print_pairs
    from affectlab.decoding.datasets.summary import summary_rows

    rows = summary_rows(epochs)
    if as_json:
        described = {**manifest, "data": {epochs.info.dataset: epochs.info.sha256}}
        print_json({"command": "decode prepare", "out": str(out), "manifest": described, "rows": rows})
    else:
        print_pairs(f"{epochs.info.dataset} in {out}", _in_words(epochs, rows))


def _in_words(epochs: Epochs, rows: list[dict[str, Any]]) -> dict[str, str]:
    found = {(row.get("state") or row.get("target"), row["metric"]): row["value"] for row in rows}
    info = epochs.info
    states = [f"{row['state']} {row['value']}" for row in rows if "state" in row]
    words = {
        "people": f"{info.parameters['subjects']}, {found[None, 'recordings']} recordings",
        "windows": f"{found[None, 'windows']} of {info.length:g} s every {info.step:g} s, "
        f"{found[None, 'hours']:.2f} h of EEG",
        "EEG": f"{len(info.channels)} channels at {info.sfreq:g} Hz, {found[None, 'usable']:.1%} usable",
        "states": ", ".join(states),
        "baseline": f"{found[None, 'baseline_windows']} windows of rest"
        if found[None, "baseline_windows"]
        else "none: no window fits a stretch of rest",
    }
    for target in ("valence", "arousal"):
        share = found[target, "labelled"]
        high = f", {found[target, 'high']:.0%} of these high" if share else ""
        words[target] = f"{share:.0%} of windows labelled{high}"
    words["licence"] = f"{info.licence}; weights may {'' if info.ships else 'not '}be shipped"
    return {name: line for name, line in words.items() if line}
