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
