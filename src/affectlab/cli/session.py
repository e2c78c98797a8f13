"""``affectlab session …``: run, report, export, delete and compare sessions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from affectlab.session.config import SessionConfig
    from affectlab.session.runner import Session
    from affectlab.session.summary import Summary

app = typer.Typer(
    name="session", help="Run closed-loop sessions and read what they recorded.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Folder = Annotated[Path, typer.Argument(help="Folder of a recorded session.")]


@app.command()
def run(
    out: Annotated[Path, typer.Option(help="New folder for the recording.")],
    source: Annotated[
        str | None, typer.Option(help="sim, replay:FILE, lsl:NAME or brainflow:BOARD (sim).")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Length, resting baseline included (10).")] = None,
    arm: Annotated[str | None, typer.Option(help="closed, open, sham or random (closed).")] = None,
    goal: Annotated[str | None, typer.Option(help="A named goal or VALENCE,AROUSAL (relax).")] = None,
    decoder: Annotated[str | None, typer.Option(help="auto, graph, bandpower or chance (auto).")] = None,
    person: Annotated[
        Path | None, typer.Option(help="The person's calibration, made by `decode calibrate`.")
    ] = None,
    planner: Annotated[str | None, typer.Option(help="rules, openai:MODEL@URL or gguf:FILE (rules).")] = None,
    plan_seconds: Annotated[
        float | None, typer.Option(help="Seconds that a planner may take before the rules plan (10).")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="TOML file that says who the person is; binds every plan.")
    ] = None,
    history: Annotated[
        bool | None,
        typer.Option("--history/--no-history", help="Let past sessions of the profile shape the plan (yes)."),
    ] = None,
    wish: Annotated[
        str | None, typer.Option(help="What the person wishes for today, in their own words.")
    ] = None,
    music: Annotated[
        str | None,
        typer.Option(help="learned, rules, musicgen:MODEL, magenta:SIZE or lyria (learned)."),
    ] = None,
    controller: Annotated[
        Path | None, typer.Option(help="Trained controller of MusicGen, with musicgen:MODEL.")
    ] = None,
    synth: Annotated[str | None, typer.Option(help="auto, soundfont or builtin (auto).")] = None,
    rest: Annotated[float | None, typer.Option(help="Seconds of resting baseline (60, or a fifth).")] = None,
    ratings: Annotated[
        float | None,
        typer.Option(help="Seconds between self-reports of a simulated listener, 0 for none (120)."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random (0).")] = None,
    speed: Annotated[
        float | None, typer.Option(help="Times real time, for sim and replay; inf for no waiting (1).")
    ] = None,
    sham_from: Annotated[Path | None, typer.Option(help="Recorded session that steers a sham.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with session settings.")] = None,
    _headless: Annotated[
        bool, typer.Option("--headless", help="Without a page; the only way this command runs.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Run a session without a page and record everything.

    Ctrl-C ends it as Stop does: the music fades, the recording is completed, and the exit code is 130.
    """
    from affectlab.config import load
    from affectlab.session.config import SessionConfig

    flags = {
        "source": source,
        "minutes": minutes,
        "arm": arm,
        "goal": goal,
        "decoder": decoder,
        "person": person,
        "planner": planner,
        "plan_seconds": plan_seconds,
        "profile": profile,
        "history": history,
        "wish": wish,
        "music": music,
        "controller": controller,
        "synth": synth,
        "rest_seconds": rest,
        "rating_seconds": ratings,
        "seed": seed,
        "speed": speed,
        "sham_from": sham_from,
    }
    settings = load(SessionConfig, file=config, flags=flags)
    summary, session, interrupted_by = _run(settings, out)
    if as_json:
        _print_run(summary, settings, session, out)
    else:
        _show_run(summary, out)
    if interrupted_by is not None:
        raise typer.Exit(128 + interrupted_by)


@app.command()
def report(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help="HTML file to write (FOLDER/report.html).")] = None,
    unblind: Annotated[bool, typer.Option("--unblind", help="Name the arm in the report.")] = False,
    as_json: Json = False,
) -> None:
    """Write one self-contained HTML page about a session, also one that was cut off."""
    from affectlab.cli.output import print_json
    from affectlab.session.report import write_report

    written = write_report(folder, out, unblind=unblind)
    if as_json:
        print_json({"command": "session report", "report": str(written)})
    else:
        typer.echo(written)


@app.command()
def export(
    folder: Folder,
    bids: Annotated[Path, typer.Option(help="Root of the BIDS data set.")],
    subject: Annotated[str, typer.Option(help="BIDS subject label, letters and digits.")],
    session: Annotated[str | None, typer.Option(help="BIDS session label.")] = None,
    as_json: Json = False,
) -> None:
    """Export a session's EEG and events to a BIDS data set."""
    from affectlab.cli.output import print_json
    from affectlab.session.bids import export_bids

    written = export_bids(folder, bids, subject=subject, session=session)
    if as_json:
        print_json({"command": "session export", "path": str(written)})
    else:
        typer.echo(written)


@app.command()
def experiment(
    out: Annotated[Path, typer.Option(help="Folder for the results; finished sessions are not run again.")],
    seeds: Annotated[int, typer.Option(min=2, help="Number of simulated listeners.")] = 20,
    arms: Annotated[str, typer.Option(help="Arms, separated by commas.")] = "closed,open,sham,random",
    decoders: Annotated[str, typer.Option(help="Decoders, separated by commas.")] = "bandpower",
    minutes: Annotated[float, typer.Option(help="Length of each session.")] = 10.0,
    goal: Annotated[str, typer.Option(help="A named goal or VALENCE,AROUSAL.")] = "relax",
    ratings: Annotated[float, typer.Option(help="Seconds between self-reports, 0 for none.")] = 120.0,
    speed: Annotated[float, typer.Option(help="Times real time; inf for no waiting.")] = float("inf"),
    music: Annotated[
        str, typer.Option(help="rules or learned; rules need a thirtieth of the time.")
    ] = "rules",
    workers: Annotated[int, typer.Option(min=1, help="Sessions at a time.")] = 2,
    as_json: Json = False,
) -> None:
    """Put the same simulated listeners through every arm and compare what the arms achieve."""
    from affectlab.cli.output import print_json, print_rows
    from affectlab.cli.progress import counting
    from affectlab.config import load
    from affectlab.manifest import make_manifest
    from affectlab.session.config import SessionConfig
    from affectlab.session.experiment import run_experiment

    base = load(
        SessionConfig,
        flags={
            "minutes": minutes,
            "goal": goal,
            "rating_seconds": ratings,
            "speed": speed,
            "music": music,
        },
    )
    with counting("sessions") as done:
        rows = run_experiment(
            base,
            arms=_names(arms),
            decoders=_names(decoders),
            seeds=range(seeds),
            out=out,
            workers=workers,
            done=done,
        )
    command = "session experiment"
    if as_json:
        manifest = make_manifest(command, base.to_json(), seeds={"first": 0, "last": seeds - 1})
        print_json({"command": command, "manifest": manifest, "rows": rows})
    else:
        print_rows(command, rows)


@app.command()
def delete(
    folder: Folder,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a recorded session for good."""
    from affectlab.cli.output import print_json
    from affectlab.session.recorder import delete_session, require_session

    require_session(folder)
    if not yes:
        _confirm(f"Delete {folder} and everything recorded in it?")
    delete_session(folder)
    if as_json:
        print_json({"command": "session delete", "folder": str(folder)})


def _confirm(question: str) -> None:
    """Ask on stderr, which leaves stdout to what programs read; raise `typer.Abort` without a yes."""
    typer.echo(f"{question} [y/N]: ", nl=False, err=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise typer.Abort


def _run(settings: SessionConfig, out: Path) -> tuple[Summary, Session, int | None]:
    """Run a session to its end; return its figures, itself, and the signal that ended it, if one did."""
    from affectlab.cli.interrupts import ending_on_signals
    from affectlab.cli.progress import session_progress
    from affectlab.session.runner import Session

    session = Session(settings, out, automatic=True)
    session.open()
    with ending_on_signals(session) as caught, session_progress(session):
        summary = session.run()
    if session.recording_failure is not None:
        raise session.recording_failure
    return summary, session, caught[0] if caught else None


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _print_run(summary: Summary, settings: SessionConfig, session: Session, out: Path) -> None:
    import json

    from affectlab.cli.output import print_json

    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    head = {"command": "session run", "session": session.id, "folder": str(out), "arm": settings.arm}
    print_json({**head, "manifest": manifest, **summary.to_json()})


def _show_run(summary: Summary, out: Path) -> None:
    from affectlab.cli.output import print_pairs

    latency = summary.latency_ms
    pairs = {
        "ended": summary.ended,
        "EEG samples": f"{summary.samples_recorded} recorded of {summary.samples_in} received",
        "windows decoded": str(summary.windows),
        "underruns": str(summary.underruns),
        "beats written by the rules instead": str(summary.fallbacks),
        "sound": f"{summary.audio['seconds']:.1f} s, peak {summary.audio['peak_dbfs']:.1f} dBFS, "
        f"RMS {summary.audio['rms_dbfs']:.1f} dBFS",
        "share of one core": f"{summary.cpu_share:.1%}",
    }
    for stage in ("sample_to_control", "control_to_pcm"):
        if stage in latency:
            pairs[stage.replace("_", " ")] = f"p50 {latency[stage]['p50']} ms, p99 {latency[stage]['p99']} ms"
    print_pairs(str(out), pairs)
