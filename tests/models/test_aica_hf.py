"""AICA-Bench end to end through `hf:`, with random weights of two vision-language architectures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_models
from aica_pictures import dataset, rating, sample

from affectlab.bench.aica.metrics import aica_rows
from affectlab.bench.aica.spaces import label_space
from affectlab.bench.exam.table import read_exam_run
from affectlab.cli import main

LABELS = label_space("mikels8").labels


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise under evenly shared labels, and noise rated as if it were photographs."""
    folder = tmp_path_factory.mktemp("pictures")
    samples = [sample(folder, "fi", n, target={LABELS[n % 8]: 1.0}) for n in range(24)]
    samples += [
        sample(folder, "oasis", n, ratings={"valence": rating(1 + n * 5 % 12 / 2), "arousal": rating(4)})
        for n in range(12)
    ]
    return dataset(folder, samples).folder


@pytest.mark.parametrize("make", [tiny_models.tiny_qwen_vl, tiny_models.tiny_llava])
def test_random_weights_score_at_chance(make, data: Path, tmp_path: Path, capsys) -> None:
    model = tmp_path / "model"
    model.mkdir()
    make(model)
    command = [
        "bench",
        "run",
        "aica",
        "--data",
        str(data),
        "--model",
        f"hf:{model}",
        "--out",
        str(tmp_path / "run"),
    ]
    with pytest.raises(SystemExit) as left:
        main([*command, "--json"])
    assert not left.value.code
    assert json.loads(capsys.readouterr().out)["counts"] == {"answered": 48, "unparsed": 0, "failed": 0}
    rows = aica_rows(read_exam_run(tmp_path / "run"), resamples=500)
    by_metric = {(one["subset"], one["task"], one["metric"]): one for one in rows}
    accuracy = by_metric["fi", "eu", "accuracy"]
    assert accuracy["low"] <= 1 / 8 <= accuracy["high"]
    ranks = by_metric["oasis", "intensity:valence", "spearman"]
    assert ranks["low"] <= 0 <= ranks["high"]
    assert by_metric["fi", "eu", "parse_rate"]["value"] == 1


def test_random_weights_answer_in_words_that_are_no_answer(data: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    tiny_models.tiny_llava(model)
    command = ["bench", "run", "aica", "--data", str(data), "--model", f"hf:{model}", "--mode", "generate"]
    more = ["--limit", "4", "--prompting", "basic,cot", "--max-tokens", "4", "--out", str(tmp_path / "run")]
    with pytest.raises(SystemExit) as left:
        main([*command, *more])
    assert not left.value.code
    run = read_exam_run(tmp_path / "run")
    assert {row["status"] for row in run.rows} == {"unparsed"}
    rates = {row["value"] for row in aica_rows(run, resamples=20) if row["metric"] == "parse_rate"}
    assert rates == {0.0}
