import json
from pathlib import Path

import pytest

from affectlab.cli import main
from affectlab.models.pulling import ARTEFACTS


def test_weights_are_listed_with_their_licence(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("AFFECTLAB_MODELS", str(tmp_path))
    (tmp_path / ARTEFACTS[0].file).write_bytes(b"GGUF")
    with pytest.raises(SystemExit):
        main(["models", "list", "--json"])
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["there"] for row in rows] == [True, *[False] * (len(ARTEFACTS) - 1)]
    assert {row["name"]: row["licence"] for row in rows}["embedder"] == "MIT"


def test_an_unknown_name_is_one_line(capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main(["models", "pull", "gpt"])
    assert left.value.code == 2
    assert "no weights are called 'gpt'; expected one of" in capsys.readouterr().err
