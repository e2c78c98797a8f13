"""What the benchmark runner adds to a model that answers at once, against Inspect on the same task.

Usage: python benchmarks/harness.py [--samples 2000] [--large 16000]

Both harnesses put the same samples of words and the same question to a model that takes no time, keep
every answer and write an Inspect log. Times are whole runs, reading the data set and writing the log
included, after a first run of eight samples that loads all code. A last row runs many
samples and shows that memory stays flat.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROW = "{:>28}{:>10}{:>12}{:>16}{:>14}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--large", type=int, default=16000)
    parser.add_argument("--only", choices=("affectlab", "inspect"), help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        run = {"affectlab": ours, "inspect": theirs}[arguments.only]
        run(arguments.data.with_name("warm"))
        seconds = run(arguments.data)
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    print(ROW.format("harness", "samples", "seconds", "ms per sample", "peak MiB"))
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        make_data(Path(folder) / "warm", 8)
        make_data(small, arguments.samples)
        make_data(large, arguments.large)
        own = measured("affectlab", small, arguments.samples)
        rival = measured("inspect", small, arguments.samples)
        measured("affectlab", large, arguments.large)
    print(f"Inspect takes {rival / own:.1f} times as long")


def measured(harness: str, data: Path, samples: int) -> float:
    """Run a harness in a process of its own; print its row and return its seconds."""
    done = subprocess.run(
        [sys.executable, __file__, "--only", harness, "--data", str(data)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak = map(float, done.stdout.split()[-2:])
    print(
        ROW.format(harness, samples, f"{seconds:.2f}", f"{1000 * seconds / samples:.3f}", f"{peak:.0f}"),
        flush=True,
    )
    return seconds


def ours(data: Path) -> float:
    """Seconds of a run of the majority baseline."""
    from affectlab.bench.run import run_benchmark
    from affectlab.bench.settings import RunSettings

    settings = RunSettings(
        benchmark="emomm",
        data=data,
        model="baseline:majority",
        out=data.with_name(f"{data.name}-run-{time.time_ns()}"),
    )
    started = time.perf_counter()
    run_benchmark(settings)
    return time.perf_counter() - started


def theirs(data: Path) -> float:
    """Seconds of `inspect_ai.eval` of the same task with a model that answers at once."""
    from inspect_ai import eval as inspect_eval
    from inspect_ai.model import ModelAPI, ModelOutput, modelapi

    from affectlab.inspect_plugin import emomm

    @modelapi(name="instant")
    class Instant(ModelAPI):
        async def generate(self, *_positional: object, **_named: object) -> ModelOutput:
            return ModelOutput.from_content("instant", "neutral")

        def max_connections(self) -> int:
            return 64

    started = time.perf_counter()
    (log,) = inspect_eval(
        emomm(data=str(data)),
        model="instant/model",
        log_dir=str(data.with_name("inspect")),
        display="none",
        max_connections=64,
    )
    seconds = time.perf_counter() - started
    if (
        log.status != "success"
        or not log.results
        or log.results.completed_samples != log.results.total_samples
    ):
        sys.exit(f"inspect did not finish: {log.error}")
    return seconds


def make_data(folder: Path, samples: int) -> None:
    """Write a data set of `samples` sentences."""
    from affectlab.bench.dataset import DatasetInfo, write_dataset
    from affectlab.bench.sample import Sample

    labels = {"N": "negative", "Neu": "neutral", "P": "positive"}
    values = {"N": -1.0, "Neu": 0.0, "P": 1.0}
    write_dataset(
        folder,
        DatasetInfo("emomm", labels, values),
        (
            Sample(
                id=f"s{index}",
                subset="aligned",
                split="train",
                groups={"source": f"c{index // 4}", "clip": f"c{index // 4}"},
                target={list(labels)[index % 3]: 1.0},
                text=f"This is sentence number {index}, and it says what it says. " * 4,
                details={"clip": f"c{index // 4}", "modalities": "T", "labels": {"M": "N"}},
            )
            for index in range(samples)
        ),
    )


if __name__ == "__main__":
    main()
