"""The commands of Persona-E²'s human side: one JSON object, or tables, or one line."""

import json

import pytest

from affectlab.cli import main


def run(*words: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 0


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> str:
    folder = str(tmp_path_factory.mktemp("persona"))
    run("bench", "build", "persona", "--synthetic", "--effect", "1", "--events", "14", "--out", folder)
    return folder


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (("divergence", "--permutations", "9", "--resamples", "9"), {"metric", "value", "null", "p", "n"}),
        (("ceilings", "--resamples", "9"), {"subset", "method", "metric", "value", "low", "high", "n"}),
        (("consensus",), {"group", "metric", "value", "n"}),
    ],
)
def test_a_command_prints_one_object_or_a_table(data, capsys, words, keys) -> None:
    capsys.readouterr()
    run("bench", *words, data, "--json")
    printed = json.loads(capsys.readouterr().out)
    assert printed["command"] == f"bench {words[0]}"
    assert keys <= printed["rows"][0].keys()
    run("bench", *words, data)
    assert printed["rows"][0]["metric"] in capsys.readouterr().out


def test_what_is_missing_is_one_line(mistake) -> None:
    assert "no data given" in mistake("bench", "companions")
    assert "holds no data set" in mistake("bench", "divergence", "nowhere")


def test_another_benchmarks_data_set_is_one_line(mistake, tmp_path) -> None:
    about = {
        "benchmark": "emomm",
        "labels": {},
        "samples_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
    (tmp_path / "dataset.json").write_text(json.dumps(about), encoding="utf-8")
    (tmp_path / "samples.jsonl").write_text("", encoding="utf-8")
    for command in ("divergence", "ceilings"):
        assert "is a data set of 'emomm'; expected 'persona'" in mistake("bench", command, str(tmp_path))
