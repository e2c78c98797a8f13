"""How fast composers write, and how steadily, for minutes of music on one core.

Usage: python benchmarks/composing.py [--minutes 30] [--composers learned,rules] [--json]

For each composer, in a process of its own: times real time (seconds of music per second of the processor),
milliseconds per beat (median, 99th percentile, worst), seconds from a request to the first beat with loading
apart, and how much the resident memory grew from the first minute to the last. Beats are written one after
another without a thread, under a target that changes every eight bars. Times per beat are those of the wall
clock: on a busy machine the percentiles tell of the neighbours too.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.manifest import make_manifest
from affectlab.music import MusicControl, make_composer

TARGETS = ((0.5, -0.6), (0.7, 0.5), (-0.6, 0.6), (-0.5, -0.5))
BEATS_PER_TARGET = 32
ROW = "{:>10}{:>17}{:>10}{:>9}{:>9}{:>9}{:>12}{:>13}"
# Seconds of work per second of sound; see docs/musicgen.md for the sources and what they leave open.
MUSICGEN_PUBLISHED = 2.7


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0, help="of music")
    parser.add_argument("--composers", default="learned,rules")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measured(arguments.only, arguments.minutes)))
        return
    found = {name: apart(name, arguments.minutes) for name in arguments.composers.split(",")}
    if arguments.json:
        rows = [
            {"method": name, "metric": metric, "value": value, "low": None, "high": None, "n": None}
            for name, values in found.items()
            for metric, value in values.items()
        ]
        manifest = make_manifest("benchmarks/composing.py", {"minutes": arguments.minutes}, seeds={})
        print(json.dumps({"command": "benchmarks/composing.py", "manifest": manifest, "rows": rows}))
        return
    titles = ("composer", "times real time", "ms/beat", "p99", "worst", "load s", "first ms", "grew MiB")
    print(ROW.format(*titles))
    for name, row in found.items():
        print(
            ROW.format(
                name,
                f"{row['times_real_time']:.1f}",
                *(f"{row[key]:.1f}" for key in ("beat_ms_p50", "beat_ms_p99", "beat_ms_max")),
                f"{row['load_s']:.2f}",
                f"{row['first_beat_ms']:.1f}",
                f"{row['grew_mib']:.1f}",
            )
        )
    if "learned" in found:
        ratio = found["learned"]["times_real_time"] * MUSICGEN_PUBLISHED
        print(f"MusicGen-large as published takes {ratio:.0f} times as long for the same music")


def apart(name: str, minutes: float) -> dict[str, float]:
    """Measure a composer in a process of its own."""
    command = [sys.executable, __file__, "--only", name, "--minutes", str(minutes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(name: str, minutes: float) -> dict[str, float]:
    """Write so many minutes of music; return what it cost."""
    before = time.perf_counter()
    composer = make_composer(name, seed=1, live=False)
    load = time.perf_counter() - before
    walls: list[float] = []
    music, work, early = 0.0, 0.0, 0.0
    while music < minutes * 60:
        valence, arousal = TARGETS[len(walls) // BEATS_PER_TARGET % len(TARGETS)]
        wall, cpu = time.perf_counter(), time.process_time()
        music += composer.next_beat(MusicControl(valence, arousal)).duration
        work += time.process_time() - cpu
        walls.append(time.perf_counter() - wall)
        if not early and music > 60:
            early = resident()
    times = np.array(walls) * 1000
    return {
        "times_real_time": music / work,
        "beat_ms_p50": float(np.percentile(times, 50)),
        "beat_ms_p99": float(np.percentile(times, 99)),
        "beat_ms_max": float(times.max()),
        "load_s": load,
        "first_beat_ms": float(times[0]),
        "grew_mib": resident() - early,
        "beats": float(len(walls)),
    }


def resident() -> float:
    """Return the resident memory of this process, MiB."""
    fields: dict[str, Any] = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    )
    return float(fields["VmRSS"].split()[0]) / 1024


if __name__ == "__main__":
    main()
