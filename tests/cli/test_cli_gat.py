"""``affectlab gat``: one picture from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectlab.cli import main


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    content = np.zeros((100, 200, 3), np.uint8)
    content[:, 120:] = 255
    Image.fromarray(content).save(tmp_path / "halves.png")
    return tmp_path / "halves.png"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["gat", *arguments])
    assert not left.value.code
    return capsys.readouterr().out


def test_the_marked_picture_its_regions_and_the_prompt_are_said(picture, tmp_path, capsys) -> None:
    shown = printed(capsys, str(picture), "--out", str(tmp_path / "marked"), "--labels", "awe,fear")
    (file,) = (tmp_path / "marked").glob("*.png")
    assert shown.splitlines()[0] == str(file)
    assert "60%" in shown
    assert "The emotions are: awe, fear." in shown


def test_json_holds_what_a_program_needs(picture, tmp_path, capsys) -> None:
    out = tmp_path / "marked"
    said = json.loads(printed(capsys, str(picture), "--out", str(out), "--arm", "gat-grid", "--json"))
    assert said["command"] == "gat"
    assert Path(said["image"]).parent == out
    assert [region["number"] for region in said["regions"]] == [1, 2, 3, 4]
    assert "sadness" in said["prompt"]
    assert said["parameters"]["most_regions"] == 4


def test_mistakes_are_one_line(mistake, picture) -> None:
    assert "arm 'cot' is not known" in mistake("gat", str(picture), "--out", "x", "--arm", "cot")
    assert "labels 'mikels9'" in mistake("gat", str(picture), "--out", "x", "--labels", "mikels9")
    assert "cannot be read" in mistake("gat", "nowhere.png", "--out", "x")
