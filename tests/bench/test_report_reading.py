"""Reading a run back from its folder."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_folders import attention_of, emomm_items, failure, item, write_run

from affectlab.bench.results import FLOOR, UNPARSED, log_softmax, read_run
from affectlab.errors import BenchError

ITEMS = [
    item("a", "P", "WP", log_likelihoods=[-9.0, -8, -7, -1, -2]),
    item("b", "N", None, text="hard to say"),
    failure("c", "Neu", "media", "c.mp4 is cut off"),
]


def test_columns_come_back_as_written(tmp_path) -> None:
    run = read_run(write_run(tmp_path, ITEMS))
    assert run.labels == ("N", "WN", "Neu", "WP", "P")
    assert run.samples.truth.tolist() == [4, 0, 2]
    assert run.samples.prediction.tolist() == [3, UNPARSED, UNPARSED]
    assert run.samples.failed.tolist() == [False, False, True]
    assert run.samples.has_probabilities.tolist() == [True, False, False]
    assert run.samples.text[1] == "hard to say"
    assert run.samples.failure[2] == "c.mp4 is cut off"
    assert run.attention is None


def test_attention_is_mapped_and_not_loaded(tmp_path) -> None:
    items = emomm_items(3, 0, {"T": 1, "A": 1, "V": 1})
    shares, tokens = attention_of(items)
    run = read_run(write_run(tmp_path, items, attention=(shares, tokens)))
    assert run.attention is not None
    assert isinstance(run.attention.shares, np.memmap)
    np.testing.assert_allclose(run.attention.shares, shares, atol=1e-3)
    np.testing.assert_array_equal(run.attention.tokens, tokens)


def test_a_stopped_run_is_read_as_far_as_it_went(tmp_path) -> None:
    assert not read_run(write_run(tmp_path, ITEMS, status="cancelled")).complete


@given(st.lists(st.floats(-300, 0), min_size=2, max_size=8))
def test_probabilities_sum_to_one_and_keep_their_order(scores) -> None:
    logs = log_softmax(np.array([scores]))[0]
    assert np.exp(logs).sum() == pytest.approx(1, abs=1e-9)
    assert np.all(logs >= np.log(FLOOR))
    assert np.all(np.diff(logs[np.argsort(scores, kind="stable")]) >= 0)


def test_a_label_held_impossible_counts_as_nearly_impossible() -> None:
    assert log_softmax(np.array([[0.0, -np.inf]]))[0, 1] == pytest.approx(np.log(FLOOR))
    assert np.isnan(log_softmax(np.array([[-np.inf, -np.inf]]))).all()


def broken_json(folder):
    (folder / "run.json").write_text('{"status": "comp', encoding="utf-8")


def half_finished(folder):
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps({**about, "status": "running"}), encoding="utf-8")


def cut_table(folder):
    whole = (folder / "samples.parquet").read_bytes()
    (folder / "samples.parquet").write_bytes(whole[: len(whole) // 2])


def no_table(folder):
    (folder / "samples.parquet").unlink()


def foreign_label(folder):
    write_run(folder, [item("x", "joy", "P")])


def short_attention(folder):
    shares, tokens = attention_of(emomm_items(1, 0, {"T": 1, "A": 1, "V": 1}))
    np.save(folder / "attention.npy", shares.astype(np.float16))
    np.save(folder / "attention_tokens.npy", tokens.astype(np.int32))


def cut_attention(folder):
    (folder / "attention.npy").write_bytes(b"\x93NUMPY\x01\x00")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (broken_json, r"run\.json is damaged"),
        (half_finished, r"not a finished run \(status 'running'\).*same command again"),
        (cut_table, r"samples\.parquet is damaged"),
        (no_table, r"has no samples\.parquet"),
        (foreign_label, "'joy' is not one of N, WN, Neu, WP, P"),
        (short_attention, r"does not fit the table: 3 samples, shares of shape \(7, 6, 4, 4\)"),
        (cut_attention, "attention of .* cannot be read"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said_in_one_line(tmp_path, damage, words) -> None:
    damage(write_run(tmp_path, ITEMS))
    with pytest.raises(BenchError, match=words) as caught:
        read_run(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_run_says_how_to_make_one(tmp_path) -> None:
    with pytest.raises(BenchError, match=r"holds no run \(no run\.json\); make one: affectlab bench run"):
        read_run(tmp_path / "nothing")


def test_a_table_of_another_layout_names_the_columns_it_lacks(tmp_path) -> None:
    import polars as pl

    write_run(tmp_path, ITEMS)
    table = tmp_path / "samples.parquet"
    pl.read_parquet(table).drop("source", "text").write_parquet(table)
    with pytest.raises(BenchError, match="lacks the columns source, text"):
        read_run(tmp_path)
