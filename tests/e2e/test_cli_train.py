"""``affectlab decode train``: what it writes and prints; killed, it goes on to the same weights."""

import hashlib
import json
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cli_driver import affectlab, only_json, started, until

from affectlab.decoding.datasets.store import write_epochs
from affectlab.decoding.epochs import EpochInfo, Epochs, EpochTable

pytestmark = pytest.mark.timeout(240)
pytest.importorskip("polars")
pytest.importorskip("torch")

CHANNELS = ("Fp1", "Fp2", "T7", "T8", "O1", "O2")
SETTINGS = """
[training]
folds = 2
epochs = 1
windows = 32
batch = 16
subsets = [4]
"""


def write_people(folder: Path, *, count: int = 4, per_state: int = 8) -> None:
    """Write epochs of people whose alpha is gone in the second of two states, rest first."""
    generator = np.random.default_rng(0)
    state = np.array(["rest", "task"] * count, dtype=object).repeat(per_state)
    who = np.array([f"p{number}" for number in range(count)], dtype=object).repeat(2 * per_state)
    start = np.tile(2.0 * np.arange(per_state), 2 * count)
    nothing = np.array([""] * len(who), dtype=object)
    table = EpochTable(
        subject=who,
        session=nothing,
        recording=who + "-" + state,
        stimulus=nothing,
        state=state,
        start=start,
        stop=start + 4,
        valence=np.full(len(who), np.nan),
        arousal=np.where(state == "task", 0.4, -0.4),
        baseline=state == "rest",
    )
    info = EpochInfo("made-up", 125.0, CHANNELS, 4.0, 2.0, "made up", "none", ships=True, sha256="0")
    noise = generator.normal(0, 5, (len(who), len(CHANNELS), 500))
    alpha = 8 * np.sin(20 * np.pi * np.arange(500) / 125 + generator.uniform(0, 6, (len(who), 1, 1)))
    data = (noise + alpha * (state == "rest")[:, None, None]).astype(np.float32)
    write_epochs(folder, info, [Epochs(info, table, data, np.ones(data.shape[:2], np.float32))])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Hold a data set and settings that make a small decoder of it."""
    folder = tmp_path_factory.mktemp("train")
    write_people(folder / "epochs")
    (folder / "train.toml").write_text(SETTINGS)
    return folder


def command(place: Path, out: Path) -> tuple[object, ...]:
    given = ("--path", place / "epochs", "--config", place / "train.toml", "--out", out)
    return ("decode", "train", *given, "--baseline-seconds", 8, "--width", 8)


@pytest.fixture(scope="module")
def uninterrupted(place) -> subprocess.CompletedProcess:
    """Train from beginning to end, to ``whole.onnx``."""
    done = affectlab(*command(place, place / "whole.onnx"), "--json")
    assert done.returncode == 0, done.stderr
    return done


def sidecar(out: Path) -> dict:
    return json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))


def finished(out: Path) -> dict[Path, int]:
    """Return the networks that are done, with the time each was written."""
    return {file: file.stat().st_mtime_ns for file in out.with_suffix(".work").glob("[!.]*.safetensors")}


def test_a_graph_its_sidecar_and_one_json_object_of_what_was_measured(place, uninterrupted) -> None:
    printed, out = only_json(uninterrupted.stdout), place / "whole.onnx"
    assert [*printed] == ["command", "manifest", "rows", "files"]
    assert printed["command"] == printed["manifest"]["command"] == "decode train"
    assert printed["manifest"]["data"] == {"made-up": "0"}
    assert printed["manifest"]["config"]["training"]["windows"] == 32
    assert printed["files"] == [str(out), str(out.with_suffix(".json"))]
    assert all({"target", "metric", "value", "n"} <= row.keys() for row in printed["rows"])
    assert {row["target"] for row in printed["rows"]} == {"arousal"}
    assert sidecar(out)["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert sidecar(out)["axes"] == ["arousal"]
    assert sidecar(out)["trained_on"]["people"] == 4


def test_a_killed_training_goes_on_to_the_same_weights(place, uninterrupted) -> None:
    out = place / "killed.onnx"
    with started(*command(place, out)) as process:
        until(lambda: bool(finished(out)) or process.poll() is not None)
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    kept = finished(out)
    assert kept
    assert not out.exists()
    done = affectlab(*command(place, out))
    assert done.returncode == 0, done.stderr
    assert "balanced_accuracy" in done.stdout
    assert done.stdout.splitlines()[-2:] == [str(out), str(out.with_suffix(".json"))]
    assert kept.items() <= finished(out).items()
    assert sidecar(out)["sha256"] == sidecar(place / "whole.onnx")["sha256"]
