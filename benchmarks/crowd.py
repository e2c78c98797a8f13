"""Many headless sessions at once on one machine: how late does each loop get?

Usage: python benchmarks/crowd.py [--sessions 20] [--minutes 1] [--source sim]

Every session is a process of its own, in real time, with its own EEG, decoding, music and recording. Prints
one row per size of crowd, a crowd of one first as the yardstick, so that the ratio shows what company costs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

COLUMNS = (
    "sessions",
    "lateness p50",
    "lateness p99",
    "worst p99",
    "sample→control p99",
    "underruns",
    "cores",
    "lost",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--source", default="sim")
    arguments = parser.parse_args()
    print(("{:>20}" * len(COLUMNS)).format(*COLUMNS))
    for size in (1, arguments.sessions):
        print(("{:>20}" * len(COLUMNS)).format(*crowd(size, arguments.minutes, arguments.source)), flush=True)


def crowd(size: int, minutes: float, source: str) -> tuple[str, ...]:
    """Run `size` sessions side by side; return a row of figures, milliseconds unless named otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        running = [start(Path(folder) / str(index), minutes, source, index) for index in range(size)]
        results = [json.loads(process.communicate()[0]) for process in running]
    late = [result["latency_ms"]["lateness"] for result in results]
    control = [result["latency_ms"]["sample_to_control"]["p99"] for result in results]
    lost = sum(result["samples_in"] - result["samples_recorded"] for result in results)
    return (
        str(size),
        f"{np.median([one['p50'] for one in late]):.2f}",
        f"{np.median([one['p99'] for one in late]):.2f}",
        f"{max(one['p99'] for one in late):.2f}",
        f"{np.median(control):.1f}",
        str(sum(result["underruns"] for result in results)),
        f"{sum(result['cpu_share'] for result in results):.2f}",
        str(lost),
    )


def start(out: Path, minutes: float, source: str, seed: int) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "affectlab",
        "session",
        "run",
        "--source",
        source,
        "--minutes",
        str(minutes),
    ]
    command += ["--seed", str(seed), "--headless", "--out", str(out), "--json"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    )


if __name__ == "__main__":
    main()
