"""``affectlab counsel data``: what it prints, and its mistakes in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from counsel_rows import json_lines, letters

from affectlab.cli import main
from affectlab.counsel.data.sources import SOURCES


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., dict[str, object]]:
    def make(*arguments: str) -> dict[str, object]:
        with pytest.raises(SystemExit) as left:
            main(["counsel", "data", *arguments, "--json"])
        printed = capfd.readouterr()
        assert left.value.code == 0, printed.err
        assert printed.out.count("\n") == 1
        found: dict[str, object] = json.loads(printed.out)
        return found

    return make


def test_build_prints_what_it_wrote(tmp_path: Path, run: Callable[..., dict[str, object]]) -> None:
    own = json_lines(tmp_path / "own.jsonl", letters(6))
    out = tmp_path / "out"
    about = run("build", "--set", f"own={own}", "--out", str(out), "--negatives", "echo,unsafe")
    assert about == json.loads((out / "dataset.json").read_text())
    assert about["command"] == "counsel data build"
    assert len((out / "rows.jsonl").read_text().splitlines()) == 12
    kinds = {json.loads(line)["kind"] for line in (out / "pairs.jsonl").read_text().splitlines()}
    assert kinds == {"votes", "echo", "unsafe"}


def test_the_sets_are_listed_with_their_licences(run: Callable[..., dict[str, object]]) -> None:
    rows = run("sets")["rows"]
    assert isinstance(rows, list)
    assert [one["set"] for one in rows] == list(SOURCES)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["build"], "--set NAME=PATH and --out DIR are needed"),
        (["build", "--set", "own", "--out", "o"], "--set 'own' names no file"),
        (["build", "--set", "x=y", "--out", "o"], "--set 'x' is no data set"),
        (["build", "--set", "own=absent.jsonl", "--out", "o"], "there is no absent.jsonl"),
        (["build", "--set", "own=a", "--set", "own=b", "--out", "o"], "--set own is given twice"),
        (["build", "--set", "own=a", "--out", "o", "--test", "2"], "2"),
        (["build", "--set", "own=a", "--out", "o", "--negatives", "rude"], "rude"),
        (["annotate", "absent", "--teacher", "gguf:x"], "affectlab counsel data build"),
        (["review", "absent"], "affectlab counsel data build"),
    ],
)
def test_mistakes_are_one_line(mistake: Callable[..., str], arguments: list[str], line: str) -> None:
    assert line in mistake("counsel", "data", *arguments)
