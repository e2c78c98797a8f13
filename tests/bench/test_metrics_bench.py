"""Metrics of a run: equal to the plain definitions, resampled by source."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_folders import LABELS, emomm_items, failure, item, write_run

from affectlab.affect import (
    accuracy,
    cluster_bootstrap,
    cluster_bootstrap_mean,
    jensen_shannon_divergence,
    macro_f1,
    mae,
    uar,
    weighted_f1,
)
from affectlab.bench.emomm.clips import clips_of
from affectlab.bench.emomm.subsets import EMOMM_SUBSETS
from affectlab.bench.emomm.unimodal import unimodal_methods
from affectlab.bench.majority import majority
from affectlab.bench.metrics import Answers, method_rows, scale_of
from affectlab.bench.resampling import Resampler, mean_intervals
from affectlab.bench.results import read_run
from affectlab.bench.subsets import SubsetScheme, scheme_of
from affectlab.errors import InvalidData

NAMES = tuple(LABELS)
label = st.sampled_from(NAMES)
answer = st.one_of(st.none(), label)


def measured(folder, items, *, resamples=50, seed=0, **about):
    run = read_run(write_run(folder, items, **about))
    rows = method_rows(
        run.samples,
        {"model": Answers.of(run.samples)},
        scale_of(run),
        subset="all",
        resamples=resamples,
        seed=seed,
    )
    return {row["metric"]: row for row in rows}


def random_items(n, seed, sources=12):
    rng = np.random.default_rng(seed)
    return [
        item(
            f"s{i}",
            str(rng.choice(NAMES)),
            str(rng.choice(NAMES)) if rng.random() > 0.1 else None,
            source=f"film{rng.integers(sources)}",
        )
        for i in range(n)
    ]


@settings(max_examples=40)
@given(st.lists(st.tuples(label, answer), min_size=1, max_size=30))
def test_values_are_those_of_the_plain_definitions(tmp_path_factory, pairs) -> None:
    truth, guesses = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    items = [item(f"s{i}", true, guess) for i, (true, guess) in enumerate(pairs)]
    found = measured(tmp_path_factory.mktemp("run"), items, resamples=2)
    assert found["accuracy"]["value"] == pytest.approx(accuracy(truth, guesses))
    assert found["macro_f1"]["value"] == pytest.approx(macro_f1(truth, guesses, labels=NAMES))
    assert found["weighted_f1"]["value"] == pytest.approx(weighted_f1(truth, guesses))
    assert found["uar"]["value"] == pytest.approx(uar(truth, guesses))
    assert found["parse_rate"]["value"] == pytest.approx(np.mean([guess is not None for guess in guesses]))


def test_absolute_errors_are_on_the_two_named_scales(tmp_path) -> None:
    found = measured(tmp_path, [item("a", "N", "P"), item("b", "Neu", "WP"), item("c", "WN", "WN")])
    assert found["mae"]["value"] == pytest.approx(mae([0, 0.5, 0.25], [1, 0.75, 0.25]))
    assert found["mae_midpoint"]["value"] == pytest.approx(mae([-0.85, 0, -0.4], [0.85, 0.4, -0.4]))


@pytest.mark.parametrize(("true", "worst"), [("N", 1.0), ("Neu", 0.5), ("WP", 0.75)])
def test_an_answer_without_label_has_the_largest_error_its_truth_allows(tmp_path, true, worst) -> None:
    found = measured(tmp_path, [item("a", true, None)])
    assert found["mae"]["value"] == pytest.approx(worst)
    assert found["accuracy"]["value"] == 0


def test_labels_without_order_have_no_absolute_error(tmp_path) -> None:
    emotions = {"anger": "anger", "joy": "joy"}
    items = [
        item("a", "anger", "joy", labels=tuple(emotions)),
        item("b", "joy", "joy", labels=tuple(emotions)),
    ]
    found = measured(tmp_path, items, labels=emotions, values={})
    assert "mae" not in found
    assert found["accuracy"]["value"] == 0.5


def test_failed_samples_are_counted_and_left_out(tmp_path) -> None:
    items = [item("a", "P", "P"), item("b", "N", "P"), failure("c", "N", "endpoint", "refused")]
    found = measured(tmp_path, items)["accuracy"]
    assert (found["value"], found["n"], found["failed"]) == (0.5, 2, 1)


def test_likelihoods_give_nll_and_calibration_known_by_hand(tmp_path) -> None:
    sure = np.log([0.9, 0.1 / 4, 0.1 / 4, 0.1 / 4, 0.1 / 4])
    items = [item(f"s{i}", "N" if i < 3 else "P", "N", log_likelihoods=sure - 2.0) for i in range(4)]
    found = measured(tmp_path, items)
    assert found["nll"]["value"] == pytest.approx((-3 * np.log(0.9) - np.log(0.025)) / 4)
    assert found["ece"]["value"] == pytest.approx(0.9 - 0.75)


def test_votes_are_compared_as_distributions(tmp_path) -> None:
    votes = [0.5, 0.25, 0.25, 0.0, 0.0]
    answered = [0.2, 0.2, 0.2, 0.2, 0.2]
    items = [item(f"s{i}", "N", "N", target=votes, log_likelihoods=np.log(answered)) for i in range(3)]
    found = measured(tmp_path, items)
    assert found["jsd"]["value"] == pytest.approx(float(jensen_shannon_divergence(votes, answered)))
    assert "jsd" not in measured(tmp_path / "plain", [item("a", "N", "N", log_likelihoods=np.log(answered))])


def test_intervals_equal_the_reference_bootstrap_with_the_same_seed(tmp_path) -> None:
    items = random_items(200, 3)
    found = measured(tmp_path, items, resamples=300, seed=7)
    truth = np.array([one["label"] for one in items])
    guesses = np.array([one["prediction"] for one in items], dtype=object)
    sources = [one["source"] for one in items]
    by_name = {
        "accuracy": accuracy,
        "macro_f1": lambda true, guess: macro_f1(true, guess, labels=NAMES),
        "weighted_f1": weighted_f1,
        "uar": uar,
    }
    for name, metric in by_name.items():
        expected = cluster_bootstrap(
            lambda index, metric=metric: metric(truth[index], guesses[index]), sources, resamples=300, seed=7
        )
        assert (found[name]["low"], found[name]["high"]) == pytest.approx((expected.low, expected.high))


def test_blocks_of_resamples_draw_what_one_block_would(monkeypatch) -> None:
    values, sources = np.arange(60.0)[:, None], np.array([f"s{i // 4}" for i in range(60)], dtype=object)
    whole = Resampler(sources, resamples=40, seed=1).sums(values)[1]
    monkeypatch.setattr("affectlab.bench.resampling._BLOCK_BYTES", 8 * 15 * 7)
    np.testing.assert_array_equal(Resampler(sources, resamples=40, seed=1).sums(values)[1], whole)


def test_means_with_gaps_rest_on_what_is_there() -> None:
    rng = np.random.default_rng(0)
    values, sources = rng.normal(size=(90, 2)), np.array([f"s{i % 9}" for i in range(90)], dtype=object)
    values[:30, 1] = np.nan
    (full, n_full), (part, n_part) = mean_intervals(values, sources, resamples=200, seed=4)
    expected = cluster_bootstrap_mean(values[:, 0], sources.tolist(), resamples=200, seed=4)
    assert (full.value, full.low, full.high) == pytest.approx((expected.value, expected.low, expected.high))
    assert (n_full, n_part) == (90, 60)
    assert part.value == pytest.approx(values[30:, 1].mean())


def test_one_source_has_a_value_and_no_interval(tmp_path) -> None:
    found = measured(tmp_path, [item("a", "P", "P", source="x"), item("b", "P", "N", source="x")])["accuracy"]
    assert found["value"] == 0.5
    assert np.isnan([found["low"], found["high"]]).all()


def test_no_resamples_are_refused() -> None:
    with pytest.raises(InvalidData, match="at least 1, got 0"):
        Resampler(np.array(["a"], dtype=object), resamples=0, seed=0)


def test_emomm_unites_its_published_subsets_and_keeps_singles_out() -> None:
    subset = np.array(["aligned", "conflict", "missing_aligned", "missing_conflict", "single"], dtype=object)
    rows = scheme_of("emomm").rows(subset)
    assert rows["overall"].tolist() == [0, 1, 2, 3]
    assert rows["missing"].tolist() == [2, 3]
    assert rows["single"].tolist() == [4]
    assert "conflict" not in EMOMM_SUBSETS.rows(subset[[0, 4]])


def test_any_other_benchmark_reports_what_is_there_and_all_of_it() -> None:
    rows = SubsetScheme().rows(np.array(["b", "a", "b"], dtype=object))
    assert {name: where.tolist() for name, where in rows.items()} == {
        "a": [1],
        "b": [0, 2],
        "overall": [0, 1, 2],
    }


def test_majority_is_counted_on_the_training_split_where_there_is_one(tmp_path) -> None:
    items = [item(f"t{i}", "P", "N", split="train") for i in range(3)]
    items += [item(f"e{i}", "N", "N", split="test") for i in range(5)]
    run = read_run(write_run(tmp_path, items))
    both, test = majority(run.samples, 5), majority(run.samples.take(run.samples.split == "test"), 5)
    assert NAMES[both.prediction[0]] == "P"
    assert NAMES[test.prediction[0]] == "N"
    assert np.exp(both.log_probabilities[0]).sum() == pytest.approx(1)
    assert np.all(np.isfinite(both.log_probabilities))


def test_single_modality_baselines_are_the_models_own_answers(tmp_path) -> None:
    items = emomm_items(40, 2, {"T": 1.0, "A": 2.0, "V": 0.5})
    by_id = {one["id"]: one for one in items}
    run = read_run(write_run(tmp_path, items))
    methods = unimodal_methods(run.samples, clips_of(run))
    text, fused = methods["text alone"], methods["late fusion"]
    for row, name in enumerate(run.samples.id):
        clip, shown = name.split("__")
        assert text.given[row] == ("T" in shown and len(shown) > 1)
        if text.given[row]:
            assert NAMES[text.prediction[row]] == by_id[f"{clip}__T"]["prediction"]
        if fused.given[row]:
            parts = [by_id[f"{clip}__{one}"]["probabilities"] for one in shown]
            np.testing.assert_allclose(np.exp(fused.log_probabilities[row]), np.mean(parts, axis=0))
    assert fused.given.sum() == 4 * 40


def test_a_single_modality_that_failed_leaves_its_clips_out_of_the_baseline(tmp_path) -> None:
    items = emomm_items(5, 2, {"T": 1, "A": 2, "V": 0.5})
    broken = next(i for i, one in enumerate(items) if one["id"] == "clip0000__V")
    items[broken] |= {"status": "failed", "failure": "cut off", "prediction": None, "log_likelihoods": None}
    run = read_run(write_run(tmp_path, items))
    methods = unimodal_methods(run.samples, clips_of(run))
    first = np.array([name.startswith("clip0000") for name in run.samples.id])
    shows_video = np.array(["V" in name.split("__")[1] for name in run.samples.id])
    assert not methods["video alone"].given[first].any()
    assert not methods["late fusion"].given[first & shows_video].any()
    assert methods["late fusion"].given[first & ~shows_video].sum() == 1


def test_a_whole_benchmark_is_measured_in_seconds(tmp_path) -> None:
    rng = np.random.default_rng(0)
    n = 28_000
    run = read_run(
        write_run(
            tmp_path,
            [
                item(f"s{i}", NAMES[true], NAMES[guess], source=f"film{i // 7}", log_likelihoods=scores)
                for i, (true, guess, scores) in enumerate(
                    zip(
                        rng.integers(5, size=n), rng.integers(5, size=n), rng.normal(size=(n, 5)), strict=True
                    )
                )
            ],
        )
    )
    started = time.process_time()
    rows = method_rows(
        run.samples, {"model": Answers.of(run.samples)}, scale_of(run), subset="all", resamples=2000, seed=0
    )
    assert {row["n"] for row in rows} == {n}
    assert time.process_time() - started < 10
