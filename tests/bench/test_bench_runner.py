import json
import threading
from itertools import count
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from toy_bench import ToyModel, toy_data

from affectlab.bench import lanes
from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.errors import BenchError, ModelUnavailable, OutOfMemory


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Run the toy data set with a given toy model; returns the summary and the folder."""
    data = toy_data(tmp_path / "data")

    def run(model: ToyModel, out: str = "run", stop=None, progress=lambda *_: None, **settings):
        monkeypatch.setattr(lanes.ModelSource, "load", lambda _: model)
        chosen = RunSettings(benchmark="emomm", data=data, model="toy:hash", out=tmp_path / out, **settings)
        return run_benchmark(chosen, stop=stop, progress=progress), tmp_path / out

    return run


def table(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "samples.parquet")


def files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("samples.parquet", "attention.npy")}


def test_every_sample_has_a_row_in_the_order_of_the_data_set(ask):
    summary, folder = ask(ToyModel())
    rows = table(folder)
    assert rows["id"].to_list() == [f"toy_{index:04d}" for index in range(60)]
    assert summary.counts == {"answered": 60, "unparsed": 0, "failed": 0}
    assert summary.status == "complete"
    best = rows["log_likelihoods"].list.arg_max()
    assert rows["prediction"].to_list() == [["N", "Neu", "P"][index] for index in best]
    np.testing.assert_allclose(rows["probabilities"].list.sum(), 1)


def test_a_second_run_asks_nothing(ask):
    ask(ToyModel())
    again = ToyModel()
    summary, _ = ask(again)
    assert again.asked == []
    assert (summary.asked, summary.kept) == (0, 60)


@pytest.mark.parametrize("broken_after", [1, 7, 14])
@pytest.mark.parametrize("lanes", [1, 3])
def test_a_run_cut_off_and_gone_on_with_equals_an_uninterrupted_one_bit_for_bit(ask, broken_after, lanes):
    ask(ToyModel(attention=True), out="whole")
    turn = count()

    def dies(_):
        if next(turn) >= broken_after:
            raise ModelUnavailable("gone")

    first = ToyModel(before=dies, attention=True, lanes=lanes)
    with pytest.raises(ModelUnavailable):
        ask(first, out="cut")
    second = ToyModel(attention=True, lanes=lanes)
    summary, folder = ask(second, out="cut")
    assert summary.kept >= 1
    assert summary.kept + summary.asked == 60
    assert files(folder) == files(folder.parent / "whole")


def test_a_run_told_to_stop_ends_whole_and_goes_on_later(ask):
    stop = threading.Event()
    model = ToyModel(before=lambda _: stop.set())
    summary, folder = ask(model, stop=stop)
    assert summary.status == "cancelled"
    assert 0 < summary.samples < 60
    assert len(table(folder)) == summary.samples
    assert json.loads((folder / "run.json").read_text())["status"] == "cancelled"
    summary, folder = ask(ToyModel())
    assert summary.status == "complete"
    assert len(table(folder)) == 60


def test_a_batch_that_does_not_fit_is_halved_until_it_does(ask):
    def small_only(requests):
        if len(requests) > 2:
            raise OutOfMemory("batch does not fit")

    model = ToyModel(batch_size=8, before=small_only)
    summary, _ = ask(model)
    assert summary.counts["answered"] == 60
    assert max(model.batches) <= 2


def test_a_request_that_does_not_fit_alone_fails_alone(ask):
    def never_seven(requests):
        if any("sentence 7 " in request.text for request in requests):
            raise OutOfMemory("too long for this memory")

    summary, folder = ask(ToyModel(before=never_seven))
    failed = table(folder).filter(pl.col("status") == "failed")
    assert failed["id"].to_list() == ["toy_0007"]
    assert failed["failure_kind"].to_list() == ["memory"]
    assert summary.failures == {"too long for this memory": 1}


def test_a_lasting_failure_is_marked_counted_and_not_asked_again(ask):
    summary, folder = ask(ToyModel(broken="sentence 3 "))
    row = table(folder).filter(pl.col("status") == "failed")
    assert row["failure"].to_list() == ["cannot be read"]
    assert row["prediction"].to_list() == [None]
    assert summary.counts["failed"] == 1
    again = ToyModel(broken="sentence 3 ")
    ask(again)
    assert again.asked == []


def test_a_passing_failure_is_shown_and_asked_again(ask):
    summary, folder = ask(ToyModel(broken="sentence 3 ", transient=True))
    assert summary.counts["failed"] == 1
    assert len(table(folder)) == 60
    again = ToyModel()
    summary, _ = ask(again)
    assert len(again.asked) == 1
    assert summary.counts["failed"] == 0


def test_equal_questions_are_asked_once(ask, tmp_path):
    from dataclasses import replace

    from toy_bench import INFO, toy_samples

    from affectlab.bench.dataset import write_dataset

    twice = [replace(one, id=f"{one.id}_{turn}") for turn in "ab" for one in toy_samples(10)]
    write_dataset(tmp_path / "data", INFO, twice)
    model = ToyModel()
    summary, folder = ask(model)
    assert len(model.asked) == 10
    assert len(table(folder)) == 20
    assert summary.samples == 20


def test_answers_in_words_are_read_strictly(ask):
    summary, folder = ask(ToyModel(logits=False))
    rows = table(folder)
    unsaid = rows.filter(pl.col("text") == "I cannot say")
    assert len(unsaid) == summary.counts["unparsed"] > 0
    assert set(unsaid["status"]) == {"unparsed"}
    assert rows["log_likelihoods"].null_count() == 60


def test_scores_cannot_be_asked_of_a_model_without_logits(ask):
    with pytest.raises(BenchError, match=r"gives no likelihoods; use --mode generate"):
        ask(ToyModel(logits=False), mode="score")


def test_a_folder_of_another_run_is_refused(ask):
    ask(ToyModel())
    other = ToyModel()
    other.identity = type(other.identity)("toy:other", "1")
    with pytest.raises(BenchError, match=r"another model \(toy:hash, not toy:other\); choose another --out"):
        ask(other)


def test_subset_split_and_limit_choose_samples(ask):
    _, folder = ask(ToyModel(), out="a", subsets="conflict", split="test")
    rows = table(folder)
    assert set(rows["subset"]) == {"conflict"}
    assert set(rows["split"]) == {"test"}
    _, small = ask(ToyModel(), out="b", limit=10, seed=3)
    _, large = ask(ToyModel(), out="c", limit=20, seed=3)
    assert len(table(small)) == 10
    assert set(table(small)["id"]) < set(table(large)["id"])
    assert table(small)["source"].n_unique() == 5


def test_an_unknown_subset_is_named(ask):
    with pytest.raises(
        BenchError, match=r"no subset 'conflicts' in .*; it has aligned, conflict, missing_al"
    ):
        ask(ToyModel(), subsets="conflicts")


def test_progress_counts_up_to_all_questions(ask):
    told = []
    ask(ToyModel(), progress=lambda *numbers: told.append(numbers))
    assert told[0] == (0, 60, 0)
    assert told[-1] == (60, 60, 0)
    assert [one[0] for one in told] == sorted(one[0] for one in told)


def test_the_log_opens_in_inspect(ask):
    from inspect_ai.log import read_eval_log

    _, folder = ask(ToyModel(broken="sentence 3 "))
    log = read_eval_log(str(folder / "log.eval"))
    assert log.status == "success"
    assert len(log.samples) == 60
    assert [sample.id for sample in log.samples if sample.error] == ["toy_0003"]
    rows = table(folder).filter(pl.col("status") == "answered")
    right = (rows["prediction"] == rows["label"]).mean()
    assert log.results.scores[0].name == "overall"
    assert log.results.scores[0].metrics["accuracy"].value == pytest.approx(right)
