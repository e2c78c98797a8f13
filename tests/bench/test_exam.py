"""Exams: questions of several kinds in one run, resumed, logged and read back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from toy_bench import ToyModel, toy_data
from toy_exam import TOY

from affectlab.bench.exam.run import run_exam
from affectlab.bench.exam.table import read_exam_run
from affectlab.bench.run import RunSummary
from affectlab.bench.settings import RunSettings
from affectlab.errors import BenchError, ModelError


def take(data: Path, out: Path, model: ToyModel, stop: threading.Event | None = None) -> RunSummary:
    settings = RunSettings(benchmark="emomm", data=data, model="toy", out=out)
    return run_exam(TOY, settings, model=model, stop=stop, progress=lambda *_: None)


def test_every_arm_is_scored_over_the_labels_of_its_own(tmp_path: Path) -> None:
    data = toy_data(tmp_path / "data", 12)
    summary = take(data, tmp_path / "run", ToyModel())
    rows = read_exam_run(tmp_path / "run").rows
    assert (summary.status, summary.samples, len(rows)) == ("complete", 24, 24)
    assert [len(row["probabilities"]) for row in rows[:2]] == [2, 3]
    assert all(abs(sum(row["probabilities"].values()) - 1) < 1e-9 for row in rows)
    assert all(
        row["prediction"] == max(row["log_likelihoods"], key=row["log_likelihoods"].get) for row in rows
    )


def test_an_answer_in_words_leads_to_the_next_question(tmp_path: Path) -> None:
    data = toy_data(tmp_path / "data", 12)
    take(data, tmp_path / "run", ToyModel(logits=False))
    run = read_exam_run(tmp_path / "run")
    labels, whys = run.select(task="label"), run.select(task="why")
    assert len(labels) == len(whys) == 24
    assert {row["status"] for row in labels} == {"answered", "unparsed"}
    assert whys[3]["values"] == {"number": float(whys[3]["sample"].rpartition("_")[2])}
    assert whys[0]["target"] == {}


def test_a_run_that_was_cut_off_ends_as_one_that_was_not(tmp_path: Path) -> None:
    data = toy_data(tmp_path / "data", 12)
    take(data, tmp_path / "whole", ToyModel(logits=False))
    calls = iter(range(100))

    def dies(_: object) -> None:
        if next(calls) == 9:
            raise ModelError("the server is gone")

    with pytest.raises(ModelError):
        take(data, tmp_path / "cut", ToyModel(logits=False, before=dies))
    second = ToyModel(logits=False)
    summary = take(data, tmp_path / "cut", second)
    assert summary.kept > 0
    assert summary.asked == len(second.asked)
    assert read_exam_run(tmp_path / "cut").rows == read_exam_run(tmp_path / "whole").rows


def test_a_run_told_to_stop_keeps_what_it_has(tmp_path: Path) -> None:
    data = toy_data(tmp_path / "data", 12)
    stop = threading.Event()
    summary = take(data, tmp_path / "run", ToyModel(before=lambda _: stop.set()), stop)
    assert summary.status == "cancelled"
    assert 0 < summary.samples < 24
    assert not read_exam_run(tmp_path / "run").complete
    assert take(data, tmp_path / "run", ToyModel()).status == "complete"


def test_the_log_opens_in_inspect(tmp_path: Path) -> None:
    from inspect_ai.log import read_eval_log

    data = toy_data(tmp_path / "data", 12)
    take(data, tmp_path / "run", ToyModel(logits=False))
    log = read_eval_log(str(tmp_path / "run" / "log.eval"))
    assert log.samples is not None
    assert len(log.samples) == 48
    assert {sample.metadata["task"] for sample in log.samples if not sample.scores} == {"why"}
    assert {sample.metadata["arm"] for sample in log.samples} == {"plain", "loud"}
    assert log.results is not None
    assert {score.name for score in log.results.scores} == {"label plain", "label loud"}


def test_a_table_cut_short_is_refused_in_one_line(tmp_path: Path) -> None:
    data = toy_data(tmp_path / "data", 12)
    take(data, tmp_path / "run", ToyModel())
    table = tmp_path / "run" / "answers.parquet"
    table.write_bytes(table.read_bytes()[:200])
    with pytest.raises(BenchError, match="run it again"):
        read_exam_run(tmp_path / "run")
