"""``affectlab decode calibrate``: a few guided minutes that fit the decoder to one person."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.decoding.personal_file import PersonFile
    from affectlab.session.guided import GuidedConfig, GuidedRun

app = typer.Typer()

POLL_SECONDS = 0.1


@app.command()
def calibrate(
    out: Annotated[Path, typer.Option(help="File to write: the person's calibration.")],
    source: Annotated[str, typer.Option(help="sim, replay:FILE, lsl:NAME or brainflow:BOARD.")] = "sim",
    steps: Annotated[
        str | None, typer.Option(help="Steps in order, NAME or NAME=SECONDS, with commas (all six).")
    ] = None,
    rest_only: Annotated[
        bool, typer.Option("--rest-only", help="The resting baseline only: no labels, no correction.")
    ] = False,
    name: Annotated[str, typer.Option(help="What to call the person; nothing unless given.")] = "",
    channels: Annotated[str, typer.Option(help="Channels to use, with commas between (all).")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    speed: Annotated[
        float, typer.Option(help="Times real time, for sim and replay; inf for no waiting.")
    ] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Lead a person through rest, counting, slow breathing and rated music; fit the decoder to them.

    The file holds the person's resting baseline, and a correction where it helps on stretches it was not
    fitted on; otherwise the correction is refused and the line says why. Ctrl-C ends it and writes nothing.
    """
    from affectlab.decoding.personal_calibration import PersonalCalibration
    from affectlab.decoding.weights import load_weights
    from affectlab.session.guided import GuidedConfig, GuidedRun

    config = GuidedConfig(
        source=source,
        steps=_chosen(steps, rest_only),
        seed=seed,
        speed=speed,
        asks=sys.stdin.isatty() and source.startswith(("lsl:", "brainflow:")),
        signals=_signals(channels),
    )
    run = GuidedRun(config, PersonalCalibration(load_weights()))
    run.open()
    _lead_through(run)
    person = run.calibration.finish(run.labels(), name=name, seed=seed)
    person.write(out)
    if as_json:
        _print(person, config, out)
    else:
        _show(person, run, out)


def _chosen(steps: str | None, rest_only: bool) -> tuple[Any, ...]:
    from affectlab.errors import InvalidConfig
    from affectlab.session.guided_steps import REST_ONLY, STEPS, parse_steps

    if rest_only and steps is not None:
        raise InvalidConfig("--rest-only and --steps exclude each other; give one of them")
    return REST_ONLY if rest_only else STEPS if steps is None else parse_steps(steps)


def _signals(channels: str) -> Any:
    from affectlab.config import load
    from affectlab.session.config import SignalConfig

    return load(SignalConfig, flags={"channels": channels or None}, environment={})


def _lead_through(run: GuidedRun) -> None:
    """Run the protocol in a thread of its own, and show it, ask and listen for Ctrl-C in this one."""
    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import guiding

    failure: list[BaseException] = []
    stop = threading.Event()
    worker = threading.Thread(target=_caught, args=(run, failure), name="calibration")
    with setting_on_signals(stop) as caught, guiding() as show:
        worker.start()
        while worker.is_alive():
            worker.join(POLL_SECONDS)
            moment = run.moment
            show(moment)
            if stop.is_set():
                run.stop("interrupted")
            elif moment.phase == "rating" and run.config.asks:
                _ask(run)
    if caught:
        typer.echo("stopped; nothing was written", err=True)
        raise typer.Exit(128 + caught[0])
    if failure:
        raise failure[0]


def _caught(run: GuidedRun, failure: list[BaseException]) -> None:
    try:
        run.run()
    except BaseException as error:  # noqa: BLE001 - told by the main thread
        failure.append(error)


def _ask(run: GuidedRun) -> None:
    """Ask how the excerpt felt, on stderr; an empty or other answer leaves it out."""
    answers = [
        _scale(f"How {what} was that for you, from 0 ({low}) to 100 ({high})? ")
        for what, low, high in (
            ("pleasant", "unpleasant", "pleasant"),
            ("arousing", "sleepy", "wide awake"),
        )
    ]
    if None in answers:
        run.skip()
    else:
        run.rate(*(answer for answer in answers if answer is not None))
    while run.moment.phase == "rating":
        threading.Event().wait(POLL_SECONDS)


def _scale(question: str) -> float | None:
    typer.echo(question, nl=False, err=True)
    try:
        answer = float(sys.stdin.readline()) / 100
    except ValueError:
        return None
    return answer if 0 <= answer <= 1 else None


def _print(person: PersonFile, config: GuidedConfig, out: Path) -> None:
    from affectlab.cli.output import print_json
    from affectlab.manifest import make_manifest

    kind, _, recording = config.source.partition(":")
    settings = {
        "source": config.source,
        "steps": [{"name": step.name, "seconds": step.seconds} for step in config.steps],
        "channels": list(person.channels),
        "speed": config.speed,
    }
    manifest = make_manifest(
        "decode calibrate",
        settings,
        seeds={"calibration": config.seed},
        data=(Path(recording),) if kind == "replay" else (),
        models={"decoder": person.weights},
    )
    print_json(
        {
            "command": "decode calibrate",
            "person": str(out),
            "rest_seconds": person.rest_seconds,
            "steps": list(person.steps),
            "accepted": {one.axis: one.accepted for one in person.verdicts},
            "reasons": {one.axis: one.reason for one in person.verdicts},
            "manifest": manifest,
            "rows": _rows(person),
        }
    )


def _rows(person: PersonFile) -> list[Mapping[str, Any]]:
    return [
        {
            "target": verdict.axis,
            "metric": gain.metric,
            "before": gain.before,
            "after": gain.after,
            "value": gain.gain,
            "low": gain.low,
            "high": gain.high,
            "n": gain.n,
        }
        for verdict in person.verdicts
        for gain in verdict.gains
    ]


def _show(person: PersonFile, run: GuidedRun, out: Path) -> None:
    from affectlab.cli.output import print_pairs, print_rows

    pairs = {"resting baseline": f"{person.rest_seconds:.0f} s, {len(person.channels)} electrodes"}
    if run.ended_early:
        pairs["ended early"] = run.ended_early
    for verdict in person.verdicts:
        state = "accepted" if verdict.accepted else "refused"
        pairs[f"correction of {verdict.axis}"] = f"{state}: {verdict.reason}"
    print_pairs(str(out), pairs)
    if rows := _rows(person):
        rounded = [
            {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}
            for row in rows
        ]
        print_rows("gain where it was not fitted (positive is better, 95 % interval)", rounded)
