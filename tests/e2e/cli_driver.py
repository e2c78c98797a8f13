"""What the command line's tests need: the command itself, and a program that publishes EEG."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from affectlab.session.recording import Recording

COMMAND = (sys.executable, "-c", "from affectlab.cli import main; main()")
PUBLISHER = Path(__file__).with_name("lsl_publisher.py")


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without settings of affectlab, one BLAS thread, and `variables`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AFFECTLAB_")}
    return {**clean, "OPENBLAS_NUM_THREADS": "1", **variables}


def affectlab(*arguments: object, seconds: float = 100.0, **variables: str) -> subprocess.CompletedProcess:
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=seconds,
        env=environment(**variables),
        check=False,
    )


@contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen]:
    """Start the command; it is killed when the block ends before it does."""
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def published(name: str, mode: str = "counted") -> Iterator[subprocess.Popen]:
    """EEG on LSL under `name` from a process of its own, as a device's program publishes it."""
    with subprocess.Popen(
        [sys.executable, PUBLISHER, name, mode], stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            assert process.stdout.readline() == "published\n"
            yield process
        finally:
            process.kill()


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def sound_has_begun(folder: Path, seconds: float) -> Callable[[], bool]:
    """Return whether `seconds` of sound are on the disk."""
    wav = folder / "audio.wav"
    return lambda: wav.exists() and wav.stat().st_size > seconds * 48_000 * 4


def only_json(text: str) -> dict:
    """Return the one JSON object that `text` consists of."""
    assert text.count("\n") == 1
    return json.loads(text)


def one_line(text: str) -> str:
    """Return the one line that `text` consists of."""
    (line,) = text.splitlines()
    return line


def notices(folder: Path) -> list[tuple[str, str]]:
    return [(one["kind"], one["text"]) for one in Recording.load(folder).records["notices"]]


def stalled(result: dict) -> bool:
    """Return whether the machine held the whole session up, which no program can play through."""
    return result["latency_ms"]["lateness"]["max"] > 250
