"""``affectlab music corpus``: what it prints, how it is stopped, mistakes in one line."""

import json
import os
import signal
import sys

import pytest
from pop909_layout import some_songs, write_archive

from affectlab.cli import main

pytest.importorskip("miditok")


@pytest.fixture
def archive(tmp_path):
    return write_archive(tmp_path / "POP909.tar.gz", some_songs())


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["music", "corpus", *map(str, arguments)])
    return left.value.code


def test_json_is_one_object_with_manifest_and_rows(archive, tmp_path, capfd) -> None:
    out = tmp_path / "corpus"
    assert run("--pop909", archive, "--out", out, "--no-scores", "--json") == 0
    printed = json.loads(capfd.readouterr().out)
    assert list(printed) == ["command", "out", "manifest", "rows", "left_out"]
    values = {(row["subset"], row["metric"]): row["value"] for row in printed["rows"]}
    assert values["valid", "pieces"] == 2
    assert values["train", "beats"] == 64
    assert printed["left_out"] == {}
    assert printed["manifest"]["config"]["scores"] is False
    assert list(printed["manifest"]["data"]) == ["POP909.tar.gz"]
    assert json.loads((out / "manifest.json").read_text())["command"] == "music corpus"


def test_a_person_reads_a_table_and_the_scores_come_with_it(archive, tmp_path, capfd) -> None:
    pytest.importorskip("music21")
    assert run("--pop909", archive, "--out", tmp_path / "corpus") == 0
    printed = " ".join(capfd.readouterr().out.split())
    assert "left out 1 pieces" in printed
    assert "weber/concertino_clarinet" in printed


def test_an_interrupted_run_leaves_with_the_signals_code_and_goes_on(
    archive, tmp_path, capfd, monkeypatch
) -> None:
    from affectlab.music.learned.corpus import build as module

    whole = module.prepare

    def interrupted(candidate, folder):
        os.kill(os.getpid(), signal.SIGINT)
        return whole(candidate, folder)

    out = tmp_path / "corpus"
    monkeypatch.setattr(module, "prepare", interrupted)
    assert run("--pop909", archive, "--out", out, "--no-scores") == 128 + signal.SIGINT
    assert "stopped; the same command goes on from there" in capfd.readouterr().err
    assert len(list((out / "work").iterdir())) == 1
    monkeypatch.setattr(module, "prepare", whole)
    assert run("--pop909", archive, "--out", out, "--no-scores") == 0
    assert (out / "corpus.json").exists()
    assert not (out / "work").exists()


def test_mistakes_are_one_line(tmp_path, capfd) -> None:
    (tmp_path / "notes.txt").write_text("no archive")
    for path, says in (("absent.tar.gz", "does not exist"), ("notes.txt", "not a whole tar archive")):
        assert run("--pop909", tmp_path / path, "--out", tmp_path / "c") == 2
        error = capfd.readouterr().err
        assert says in error
        assert error.count("\n") == 1


def test_a_missing_package_is_named(archive, tmp_path, capfd, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "symusic", None)
    assert run("--pop909", archive, "--out", tmp_path / "c", "--no-scores") == 2
    assert "symusic is not installed; it comes with: pip install 'affectlab[train]'" in capfd.readouterr().err
