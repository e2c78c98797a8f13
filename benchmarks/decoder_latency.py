"""What decoding a window costs, against EEG-Conformer exported the same way.

Usage: python benchmarks/decoder_latency.py [--windows 300] [--json]

Each row is the whole decode of a window (4 s at 250 Hz) in one thread: features and the shipped network in
ONNX Runtime; for EEG-Conformer (Song et al. 2023, random weights of the published size), alignment to rest
and the network. They are measured in turns, window by window, so that a busy machine slows both. Batch rows
decode 64 windows at once.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.decoding.inputs import RestingCollector, make_inputs
from affectlab.decoding.weights import load_weights
from affectlab.manifest import make_manifest
from affectlab.signals import TEN_TWENTY

SFREQ, SAMPLES, BATCH = 250.0, 1000, 64
FOUR = ("Fp1", "Fp2", "T7", "T8")
# fmt: off
SIXTY_FOUR = (
    "Fp1", "Fpz", "Fp2", "AF7", "AF3", "AFz", "AF4", "AF8", "F7", "F5", "F3", "F1", "Fz",
    "F2", "F4", "F6", "F8", "FT9", "FT7", "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6",
    "FT8", "FT10", "T7", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "T8", "TP9", "TP7",
    "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6", "TP8", "TP10", "P7", "P5", "P3", "P1",
    "Pz", "P2", "P4", "P6", "P8", "PO7", "PO3", "POz", "PO4", "PO8", "O1", "O2",
)
# fmt: on
Decode = Callable[[np.ndarray], object]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--windows", type=int, default=300)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    rows = [
        row for channels in (FOUR, TEN_TWENTY, SIXTY_FOUR) for row in measure(channels, arguments.windows)
    ]
    if arguments.json:
        manifest = make_manifest(
            "benchmarks/decoder_latency.py", {"windows": arguments.windows}, seeds={"all": 0}
        )
        print(json.dumps({"command": "benchmarks/decoder_latency.py", "manifest": manifest, "rows": rows}))
    else:
        show(rows)


def measure(channels: tuple[str, ...], windows: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    data = (10 * rng.standard_normal((BATCH, len(channels), SAMPLES))).astype(np.float32)
    methods: dict[str, Decode] = {"graph": ours(channels, data), "conformer": theirs(channels)}
    seconds = timed(methods, data, windows)
    return [
        {
            "channels": len(channels),
            "method": name,
            **_quantiles("wall", [wall for wall, _ in found]),
            **_quantiles("cpu", [cpu for _, cpu in found]),
            "batch_windows_per_s": round(throughput(methods[name], data), 1),
            "n": windows,
        }
        for name, found in seconds.items()
    ]


def _quantiles(clock: str, seconds: list[float]) -> dict[str, float]:
    p50, p99 = 1000 * np.quantile(seconds, [0.5, 0.99])
    return {f"{clock}_p50_ms": round(float(p50), 3), f"{clock}_p99_ms": round(float(p99), 3)}


def timed(methods: dict[str, Decode], data: np.ndarray, windows: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds on the wall and of CPU of single windows, in turns, after ten of each that do not count."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    for turn in range(windows + 10):
        window = data[turn % BATCH][None]
        for name, decode in methods.items():
            wall, cpu = time.perf_counter(), time.thread_time()
            decode(window)
            if turn >= 10:
                seconds[name].append((time.perf_counter() - wall, time.thread_time() - cpu))
    return seconds


def throughput(decode: Decode, data: np.ndarray, times: int = 3) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        decode(data)
        seconds.append(time.perf_counter() - started)
    return len(data) / float(np.median(seconds))


def ours(channels: tuple[str, ...], resting: np.ndarray) -> Decode:
    weights, collector = load_weights(), RestingCollector(channels)
    for window in resting:
        collector.add(window, np.ones(len(channels)), SFREQ)
    reference = collector.reference()

    def decode(data: np.ndarray) -> object:
        quality = np.ones(data.shape[:2])
        return weights.run(make_inputs(data, quality, sfreq=SFREQ, channels=channels, reference=reference))

    return decode


def theirs(channels: tuple[str, ...]) -> Decode:
    import onnxruntime
    import torch

    from affectlab.decoding.net.conformer import Conformer
    from affectlab.onnx_graphs import to_onnx

    torch.manual_seed(0)
    network = Conformer(len(channels), SFREQ).eval()
    example = torch.zeros(2, len(channels), SAMPLES)
    network(example)
    graph = to_onnx(network, {"data": example}, {"data": {0: "windows"}}, ("decoded_score",))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conformer.onnx"
        path.write_bytes(graph)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    root = np.eye(len(channels), dtype=np.float32)
    return lambda data: session.run(None, {"data": np.clip(root @ data, -10, 10)})


def show(rows: list[dict[str, Any]]) -> None:
    heads = ("wall_p50_ms", "wall_p99_ms", "cpu_p50_ms", "cpu_p99_ms", "batch_windows_per_s")
    print(f"{'channels':>10}{'method':>24}" + "".join(f"{head:>21}" for head in heads))
    for row in rows:
        print(f"{row['channels']:>10}{row['method']:>24}" + "".join(f"{row[head]:>21.2f}" for head in heads))


if __name__ == "__main__":
    main()
