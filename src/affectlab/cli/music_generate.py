"""``affectlab music generate``: a target, or a trajectory of them, to a file of notes or sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.music.evaluation.take import Take
    from affectlab.music.trajectory import Trajectory

app = typer.Typer()
_SUFFIXES = (".mid", ".wav")


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="File to write: NAME.mid or NAME.wav.")],
    valence: Annotated[float | None, typer.Option(help="Target of the music, -1 to 1 (0).")] = None,
    arousal: Annotated[float | None, typer.Option(help="Target of the music, -1 to 1 (0).")] = None,
    trajectory: Annotated[
        Path | None,
        typer.Option(help="CSV file of bar, valence, arousal and perhaps dynamics, instead of one target."),
    ] = None,
    bars: Annotated[int, typer.Option(min=1, max=10_000, help="Length in bars of four beats.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same music.")] = 0,
    music: Annotated[str, typer.Option(help="learned or rules.")] = "learned",
    tempo: Annotated[float | None, typer.Option(help="Beats per minute (arousal decides).")] = None,
    instruments: Annotated[
        str, typer.Option(help="General MIDI instruments, comma-separated (the composer chooses).")
    ] = "",
    synth: Annotated[str, typer.Option(help="auto, soundfont or builtin, for .wav.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Write music that expresses a target; reproducible, and as fast as the machine allows."""
    from affectlab.errors import InvalidConfig
    from affectlab.manifest import make_manifest
    from affectlab.music import make_composer

    if out.suffix not in _SUFFIXES:
        raise InvalidConfig(f"--out is {out}; expected a name that ends in {' or '.join(_SUFFIXES)}")
    asked = _asked(valence, arousal, trajectory)
    described = {
        "valence": valence,
        "arousal": arousal,
        "trajectory": trajectory and str(trajectory),
        "bars": bars,
        "music": music,
        "tempo": tempo,
        "instruments": instruments,
        "synth": synth,
    }
    data = () if trajectory is None else (trajectory,)
    manifest = make_manifest("music generate", described, seeds={"music": seed}, data=data)
    names = tuple(name for name in (one.strip() for one in instruments.split(",")) if name)
    controls = asked.controls(4 * bars, tempo_bpm=tempo, instruments=names)
    take, seconds = _performed(make_composer(music, seed, live=False), controls, seed)
    rows = [*_rows(take, seconds), *_written(take, out, synth)]
    _show(out, manifest, rows, as_json=as_json)


def _asked(valence: float | None, arousal: float | None, file: Path | None) -> Trajectory:
    from affectlab.errors import InvalidConfig
    from affectlab.music.trajectory import Trajectory, read_trajectory

    if file is None:
        return Trajectory.still(valence or 0.0, arousal or 0.0)
    if valence is not None or arousal is not None:
        raise InvalidConfig(f"--trajectory {file} says it all; leave out --valence and --arousal")
    return read_trajectory(file)


def _performed(composer: Any, controls: Any, seed: int) -> tuple[Take, float]:
    """Return the take, and the processor's seconds it cost."""
    import time

    from affectlab.cli.progress import counting
    from affectlab.music.evaluation.take import Take

    began, beats = time.process_time(), []
    with counting("beats") as progress:
        for number, control in enumerate(controls):
            beats.append(composer.next_beat(control))
            progress(number + 1, len(controls))
    take = Take("generated", composer.name, seed, tuple(controls), tuple(beats))
    return take, time.process_time() - began


def _rows(take: Take, seconds: float) -> list[dict[str, Any]]:
    import numpy as np

    notes = sum(len(beat.notes) for beat in take.beats)
    return [
        {"metric": "seconds", "value": round(take.seconds, 3)},
        {"metric": "notes", "value": notes},
        {"metric": "tempo_bpm", "value": round(float(np.mean([b.tempo_bpm for b in take.beats])), 2)},
        {"metric": "valence", "value": round(float(np.mean([b.valence for b in take.beats])), 3)},
        {"metric": "arousal", "value": round(float(np.mean([b.arousal for b in take.beats])), 3)},
        {"metric": "times_real_time", "value": round(take.seconds / max(seconds, 1e-9), 1)},
    ]


def _written(take: Take, out: Path, synth: str) -> list[dict[str, Any]]:
    """Write the file; return what can be said of its sound."""
    import numpy as np

    from affectlab.music import make_synthesiser
    from affectlab.music.evaluation.midi import write_midi
    from affectlab.music.evaluation.sound import play, write_wav
    from affectlab.music.pcm import dbfs

    if out.suffix == ".mid":
        write_midi(take, out)
        return []
    samples = play(take, make_synthesiser(synth))
    write_wav(samples, out)
    levels = {
        "peak_dbfs": float(np.abs(samples).max(initial=0.0)),
        "rms_dbfs": float(np.sqrt(np.mean(np.square(samples, dtype=float)))),
    }
    return [{"metric": name, "value": round(dbfs(level), 2)} for name, level in levels.items()]


def _show(out: Path, manifest: dict[str, Any], rows: list[dict[str, Any]], *, as_json: bool) -> None:
    from affectlab.cli.output import print_json, print_rows

    if as_json:
        print_json({"command": "music generate", "manifest": manifest, "rows": rows, "out": str(out)})
        return
    print_rows(str(out), rows)
