"""Benchmarks from the command line: build, run, kill, go on, report, compare."""

import json
import signal
from pathlib import Path

import pytest
from cli_driver import affectlab, only_json, started, until

from affectlab.models.organism import organism_folder

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Twelve synthetic clips."""
    folder = tmp_path_factory.mktemp("bench") / "data"
    built = affectlab("bench", "build", "emomm", "--synthetic", 12, "--out", folder, "--json")
    rows = only_json(built.stdout)["rows"]
    counts = {row["subset"]: row["value"] for row in rows if row["metric"] == "samples"}
    assert counts["aligned"] + counts["conflict"] == 12
    assert counts["missing_aligned"] + counts["missing_conflict"] == counts["single"] == 36
    return folder


def asked(data: Path, out: Path, *more: object) -> dict:
    done = affectlab("bench", "run", "emomm", "--data", data, "--out", out, "--json", *more, seconds=200)
    assert done.returncode == 0, done.stderr
    return only_json(done.stdout)


def test_run_report_and_compare(data, tmp_path) -> None:
    for name in ("majority", "video"):
        summary = asked(data, tmp_path / name, "--model", f"baseline:{name}")
        assert summary["counts"] == {"answered": 84, "unparsed": 0, "failed": 0}
    report = only_json(affectlab("bench", "report", tmp_path / "video", "--json").stdout)
    assert all(Path(name).stat().st_size > 1000 for name in report["files"])
    keys = [(row["subset"], row["metric"]) for row in report["rows"]]
    assert len(set(keys)) == len(keys)
    for subset in ("aligned", "conflict", "missing_aligned", "missing_conflict", "overall"):
        assert {(subset, metric) for metric in ("accuracy", "macro_f1", "weighted_f1", "mae")} <= set(keys)
    assert {"majority", "late fusion"} <= {row["method"] for row in report["baselines"]}
    printed = affectlab("bench", "compare", tmp_path / "majority", tmp_path / "video", "--json").stdout
    overall = next(
        row for row in only_json(printed)["rows"] if (row["subset"], row["metric"]) == ("overall", "accuracy")
    )
    assert overall["value"] == pytest.approx(overall["b"] - overall["a"])
    assert overall["low"] <= overall["value"] <= overall["high"]


@pytest.fixture
def organism(data, tmp_path):
    """Leave the words of a run of the organism, in small batches so that there are many."""
    organism_folder()
    words = ["bench", "run", "emomm", "--data", data, "--model", "organism", "--batch", 2]
    return lambda out: (*words, "--out", tmp_path / out)


def answers(folder: Path) -> int:
    """Bytes of answers on the disk."""
    return sum(path.stat().st_size for path in folder.glob("answers.sqlite*"))


def test_a_run_killed_in_the_middle_goes_on_to_the_same_table(organism, tmp_path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert affectlab(*organism("whole"), seconds=200).returncode == 0
    with started(*organism("cut")) as process:
        until(lambda: answers(cut) > answers(whole) / 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (cut / "samples.parquet").exists()
    again = only_json(affectlab(*organism("cut"), "--json", seconds=200).stdout)
    assert again["kept"] > 0
    assert again["asked"] > 0
    for name in ("samples.parquet", "attention.npy", "attention_tokens.npy"):
        assert (cut / name).read_bytes() == (whole / name).read_bytes()


def test_ctrl_c_ends_a_run_whole(organism, tmp_path) -> None:
    folder = tmp_path / "run"
    with started(*organism("run"), "--json") as process:
        until(lambda: answers(folder) > 50_000)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert only_json(out)["status"] == "cancelled"
    assert json.loads((folder / "run.json").read_text())["status"] == "cancelled"
    assert (folder / "log.eval").stat().st_size > 0
