"""``affectlab bench build aica`` as a user runs it."""

import json

import pytest
from aica_corpora import write_bass, write_oasis

from affectlab.bench.dataset import read_dataset
from affectlab.cli import main


def test_the_command_prints_what_it_made(tmp_path, capfd) -> None:
    write_bass(tmp_path / "bass")
    write_oasis(tmp_path / "oasis")
    folders = [f"--{name}={tmp_path / name}" for name in ("bass", "oasis")]
    more = ["--limit-per-corpus", "2", "--out", str(tmp_path / "out"), "--json"]
    with pytest.raises(SystemExit) as left:
        main(["bench", "build", "aica", *folders, *more])
    assert left.value.code == 0
    shown = json.loads(capfd.readouterr().out)
    taken = {row["subset"]: row["value"] for row in shown["rows"] if row["metric"] == "samples"}
    assert shown["command"] == "bench build aica"
    assert taken == {"oasis": 2, "bass": 2}
    assert len(read_dataset(tmp_path / "out").samples) == 4


def test_mistakes_are_one_line(mistake) -> None:
    assert mistake("bench", "build", "aica", "--out", "out").startswith(
        "no source given; expected at least one"
    )
    line = mistake("bench", "build", "aica", "--bass", "nowhere", "--out", "out")
    assert line.startswith("nowhere is no folder; expected BASS as published")


def test_the_list_names_the_baselines_of_each_benchmark(capfd) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "list", "--json"])
    baselines = json.loads(capfd.readouterr().out)["baselines"]
    assert set(baselines["aica"]) == {"majority", "image-statistics"}
    assert "late-fusion" in baselines["emomm"]


def test_a_run_that_asks_nothing_says_of_what(tmp_path, capfd, mistake) -> None:
    write_oasis(tmp_path / "oasis")
    with pytest.raises(SystemExit):
        main(["bench", "build", "aica", "--oasis", str(tmp_path / "oasis"), "--out", str(tmp_path / "out")])
    capfd.readouterr()
    command = ("bench", "run", "aica", "--data", str(tmp_path / "out"), "--model", "baseline:majority")
    line = mistake(*command, "--prompting", "cot", "--out", str(tmp_path / "run"))
    assert "asks nothing about these samples of oasis in the tasks eu, intensity and arms cot" in line


def test_a_report_names_the_folder_that_holds_no_run(tmp_path, mistake) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text('{"benchmark": "aica"}')
    line = mistake("bench", "report", str(tmp_path / "run"), str(tmp_path / "none"))
    assert line.startswith(f"{tmp_path / 'none'} holds no run")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "run.json").write_text('{"benchmark": "emomm"}')
    line = mistake("bench", "report", str(tmp_path / "run"), str(tmp_path / "none"))
    assert "different benchmarks (aica, emomm)" in line
