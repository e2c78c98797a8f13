"""Shapley values over the seven sets of modalities."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from run_folders import emomm_items, write_run

from affectlab.affect import cluster_bootstrap_mean
from affectlab.bench.emomm.clips import clips_of
from affectlab.bench.emomm.shapley import accuracy_worth, probability_worth, shapley_rows, shapley_values
from affectlab.bench.results import read_run
from affectlab.errors import InvalidData

worths = arrays(float, (4, 8), elements=st.floats(-1, 1))


def by_orders(worth):
    """The definition: the mean gain of each player over all six orders of joining."""
    gains = np.zeros((len(worth), 3))
    for order in permutations(range(3)):
        there = 0
        for player in order:
            gains[:, player] += worth[:, there | 1 << player] - worth[:, there]
            there |= 1 << player
    return gains / 6


@given(worths)
def test_values_are_the_mean_gain_over_all_orders(worth) -> None:
    np.testing.assert_allclose(shapley_values(worth), by_orders(worth), atol=1e-12)


@given(worths)
def test_values_add_up_to_everything_less_nothing(worth) -> None:
    np.testing.assert_allclose(shapley_values(worth).sum(axis=1), worth[:, 7] - worth[:, 0], atol=1e-12)


@given(worths, worths)
def test_values_of_a_sum_are_the_sums_of_values(one, other) -> None:
    np.testing.assert_allclose(
        shapley_values(one + other), shapley_values(one) + shapley_values(other), atol=1e-12
    )


def test_a_modality_that_changes_nothing_gets_nothing_and_twins_share_alike() -> None:
    worth = np.array([[0, 0.4, 0.4, 0.6, 0, 0.4, 0.4, 0.6]])
    np.testing.assert_allclose(shapley_values(worth), [[0.3, 0.3, 0]])


def test_a_worth_of_another_shape_is_named() -> None:
    with pytest.raises(InvalidData, match=r"shape \(n, 8\), one column a set, got \(2, 7\)"):
        shapley_values(np.zeros((2, 7)))


@pytest.fixture
def run(tmp_path):
    return read_run(write_run(tmp_path, emomm_items(60, 4, {"T": 1.0, "A": 2.5, "V": 0.0}, noise=0.1)))


def test_worth_is_read_from_the_sample_of_its_set(run) -> None:
    clips = clips_of(run)
    worth, hits = probability_worth(run, clips), accuracy_worth(run, clips)
    at = {name: row for row, name in enumerate(run.samples.id)}
    for clip, name in enumerate(dict.fromkeys(one.split("__")[0] for one in run.samples.id)):
        for column, shown in ((1, "T"), (2, "A"), (3, "TA"), (4, "V"), (5, "TV"), (6, "AV"), (7, "TAV")):
            row = at[f"{name}__{shown}"]
            gold = run.samples.truth[row]
            assert worth[clip, column] == pytest.approx(np.exp(run.samples.log_probabilities[row, gold]))
            assert hits[clip, column] == (run.samples.prediction[row] == gold)


def test_an_unused_modality_is_worth_nothing_and_the_parts_add_up(run) -> None:
    rows = {(one["subset"], one["metric"]): one for one in shapley_rows(run, clips_of(run), resamples=200)}
    for group in ("aligned", "conflict", "aligned+conflict"):
        value = {part: rows[group, f"shapley_{part}"]["value"] for part in ("T", "A", "V", "empty", "full")}
        assert value["T"] + value["A"] + value["V"] == pytest.approx(value["full"] - value["empty"])
        assert abs(value["V"]) < 0.02
    assert rows["aligned", "shapley_A"]["low"] > rows["aligned", "shapley_T"]["high"] > 0


def test_intervals_cluster_by_source(run) -> None:
    clips = clips_of(run)
    values = shapley_values(probability_worth(run, clips))[:, 1]
    sources = run.samples.source[clips.rows[:, 7]].tolist()
    expected = cluster_bootstrap_mean(values, sources, resamples=150, seed=3)
    found = next(
        one
        for one in shapley_rows(run, clips, resamples=150, seed=3)
        if (one["subset"], one["metric"]) == ("aligned+conflict", "shapley_A")
    )
    assert (found["value"], found["low"], found["high"]) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )


@pytest.mark.parametrize(("empty", "worth"), [("uniform", 0.2), ("prior", None)])
def test_the_worth_of_nothing_is_what_it_is_said_to_be(run, empty, worth) -> None:
    clips = clips_of(run)
    found = probability_worth(run, clips, empty)[:, 0]
    if worth is not None:
        assert np.allclose(found, worth)
        assert np.allclose(accuracy_worth(run, clips, empty)[:, 0], worth)
    else:
        gold = run.samples.truth[clips.rows[:, 7]]
        counts = np.bincount(gold, minlength=5) + 1
        assert found == pytest.approx((counts / counts.sum())[gold])
        assert accuracy_worth(run, clips, empty)[:, 0] == pytest.approx(
            (gold == counts.argmax()).astype(float)
        )


def test_clips_without_an_answer_to_every_set_are_left_out_and_counted(tmp_path) -> None:
    items = emomm_items(12, 4, {"T": 1, "A": 1, "V": 1})
    kept = [one for one in items if one["id"] not in {"clip0000__V", "clip0001__TA"}]
    run = read_run(write_run(tmp_path, kept))
    rows = [
        one for one in shapley_rows(run, clips_of(run), resamples=20) if one["subset"] == "aligned+conflict"
    ]
    assert {(one["n"], one["failed"]) for one in rows} == {(10, 2)}
