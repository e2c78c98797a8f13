"""``affectlab counsel gate``: one JSON object, one-line mistakes, and a real model's vote."""

from __future__ import annotations

import io
import json
import sys

import pytest

from affectlab.cli import main
from affectlab.counsel.gate.helplines import EXAMPLE


def run(capfd, *arguments: str) -> tuple[dict, str]:
    with pytest.raises(SystemExit) as left:
        main(["counsel", "gate", *arguments, "--json"])
    printed = capfd.readouterr()
    assert left.value.code == 0, printed.err
    return json.loads(printed.out), printed.err


def test_words_are_graded(capfd):
    answer, _ = run(capfd, "--text", "I want to kill myself")
    assert (answer["level"], answer["language"]) == ("high", "en")
    assert answer["reasons"]
    assert answer["graders"]["rules"] == "high"
    answer, _ = run(capfd, "--text", "周末去哪儿玩")
    assert (answer["level"], answer["language"], answer["reply"]) == ("none", "zh", "")


def test_files_and_stdin(capfd, tmp_path, monkeypatch):
    path = tmp_path / "words.txt"
    path.write_text("我想自杀", encoding="utf-8")
    assert run(capfd, "--file", str(path))[0]["level"] == "high"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("我想自杀".encode()), encoding="utf-8"))
    assert run(capfd, "--text", "-")[0]["level"] == "high"


def test_example_helplines_are_called_so_everywhere(capfd):
    answer, told = run(capfd, "--text", "I want to die", "--helplines", str(EXAMPLE))
    assert "EXAMPLE" in answer["reply"]
    assert "EXAMPLE" in told


def test_without_json_a_person_can_read_it(capfd):
    with pytest.raises(SystemExit):
        main(["counsel", "gate", "--text", "I want to die"])
    assert "high" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "exactly one"),
        (("--text", "a", "--file", "b"), "exactly one"),
        (("--file", "absent.txt"), "absent.txt"),
        (("--text", "a", "--deadline", "0"), "deadline"),
        (("--text", "a", "--rules", "absent"), "no risk rules"),
        (("--text", "a", "--helplines", "absent.toml"), "absent.toml"),
        (("--text", "a", "--helplines", str(EXAMPLE), "--locale", "fr"), "no locale"),
    ],
)
def test_mistakes_are_one_line(mistake, arguments, named):
    assert named in mistake("counsel", "gate", *arguments)


def test_binary_files_are_refused(mistake, tmp_path):
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    assert "not UTF-8" in mistake("counsel", "gate", "--file", "binary")
