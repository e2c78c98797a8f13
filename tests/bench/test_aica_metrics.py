"""Figures of AICA-Bench against hand-worked examples, scikit-learn, and the quirk of the released code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from aica_pictures import labelled, rated, rating, run_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, recall_score

from affectlab.affect import ccc, pearson, spearman
from affectlab.bench.aica.metrics import DEFINITIONS, OVERALL, aica_rows, confusions
from affectlab.bench.aica.rated import Rated
from affectlab.bench.aica.reliability import split_half_reliability
from affectlab.bench.aica.spaces import SPACE_OF, label_space, space_of
from affectlab.bench.aica.understanding import average_precision, published_f1

MIKELS = label_space("mikels8").labels


def figures(rows: list[dict[str, Any]], subset: str, task: str = "eu") -> dict[str, float]:
    found = aica_rows(run_of(rows), resamples=50)
    return {one["metric"]: one["value"] for one in found if (one["subset"], one["task"]) == (subset, task)}


def test_a_table_worked_by_hand() -> None:
    # awe twice right, awe once called excitement (same valence, one step on the wheel), fear once called
    # awe (other valence, two steps), anger unread.
    truths = ["awe", "awe", "awe", "fear", "anger"]
    found = figures(labelled(truths, ["awe", "awe", "excitement", "awe", None]), "fi")
    assert found["accuracy"] == pytest.approx(2 / 5)
    assert found["parse_rate"] == pytest.approx(4 / 5)
    assert found["uar"] == pytest.approx((2 / 3 + 0 + 0) / 3)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0 + 0 + 0) / 4)
    assert found["weighted_f1"] == pytest.approx(3 / 5 * 2 / 3)
    assert found["published_f1"] == pytest.approx(2 * 0.4 / 1.4)
    assert found["same_valence"] == pytest.approx(1 / 2)
    assert found["same_valence_null"] == pytest.approx(3 / 7)
    # Wrong for awe the model names only excitement; wrong for fear it names awe and excitement.
    assert found["same_valence_null_marginal"] == pytest.approx((1 + 0) / 2)
    assert found["wheel_distance"] == pytest.approx((0 + 0 + 1 + 2) / 4)


def test_confusions_count_answers_that_name_no_label_in_a_column_of_their_own() -> None:
    labels, counts = confusions(run_of(labelled(["awe", "fear", "fear"], ["awe", None, "awe"])))[
        "fi", "basic"
    ]
    assert labels == MIKELS
    assert counts.shape == (8, 9)
    awe, fear = MIKELS.index("awe"), MIKELS.index("fear")
    assert (counts[awe, awe], counts[fear, 8], counts[fear, awe], counts.sum()) == (1, 1, 1, 3)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(MIKELS), st.sampled_from([*MIKELS, None])), min_size=2, max_size=40)
)
def test_scikit_learn_agrees(pairs: list[tuple[str, str | None]]) -> None:
    truths, answers = [truth for truth, _ in pairs], [said for _, said in pairs]
    found = figures(labelled(truths, answers), "fi")
    named = [said or "none" for said in answers]
    occurring = sorted({*truths, *(said for said in answers if said)})
    assert found["accuracy"] == pytest.approx(accuracy_score(truths, named))
    for name in ("macro", "weighted"):
        expected = f1_score(truths, named, labels=occurring, average=name, zero_division=0)
        assert found[f"{name}_f1"] == pytest.approx(expected)
    recall = recall_score(truths, named, labels=sorted(set(truths)), average="macro", zero_division=0)
    assert found["uar"] == pytest.approx(recall)


@pytest.mark.parametrize(("right", "shown"), [(1, 2 / 3), (0, 0.0), (2, 1.0)])
def test_the_released_code_calls_an_accuracy_of_a_half_two_thirds(right: int, shown: float) -> None:
    hits = [1] * right + [0] * (2 - right)
    # What the released code computes: every reference is 1, every prediction whether it was right.
    assert f1_score([1, 1], hits, average="weighted", zero_division=0) == pytest.approx(shown)
    assert published_f1(np.array(right / 2)) == pytest.approx(shown)
    answers = ["awe"] * right + ["fear"] * (2 - right)
    assert figures(labelled(["awe", "awe"], answers), "fi")["published_f1"] == pytest.approx(shown)


def test_wrong_labels_drawn_evenly_are_of_the_same_valence_as_often_as_the_null_says() -> None:
    generator = np.random.default_rng(0)
    for corpus, expected in (("fi", 3 / 7), ("emotion6", None), ("findingemo", None)):
        space = space_of(corpus)
        assert space is not None
        truths = [str(one) for one in generator.choice(space.labels, 4000)]
        answers = [str(generator.choice([one for one in space.labels if one != truth])) for truth in truths]
        found = figures(labelled(truths, answers, corpus), corpus)
        assert found["same_valence"] == pytest.approx(found["same_valence_null"], abs=0.03)
        assert found["same_valence"] == pytest.approx(found["same_valence_null_marginal"], abs=0.03)
        if expected is not None:
            assert found["same_valence_null"] == pytest.approx(expected)


def test_the_marginal_null_knows_that_a_model_always_says_the_same() -> None:
    truths = ["amusement", "contentment", "fear", "sadness"]
    found = figures(labelled(truths, ["awe"] * 4), "fi")
    assert found["same_valence"] == found["same_valence_null_marginal"] == 0.5


def test_wheel_distance_is_a_metric_from_0_to_4() -> None:
    wheel = label_space("mikels8").wheel
    assert wheel is not None
    assert (wheel == wheel.T).all()
    assert (np.diag(wheel) == 0).all()
    assert sorted(wheel[0].tolist()) == [0, 1, 1, 2, 2, 3, 3, 4]
    assert label_space("ekman6").wheel is None


def test_overall_is_the_mean_over_corpora_and_not_over_images() -> None:
    rows = labelled(["awe"] * 2, ["awe"] * 2, "fi") + labelled(["awe"] * 8, ["fear"] * 8, "emoset")
    found = {
        one["subset"]: one for one in aica_rows(run_of(rows), resamples=50) if one["metric"] == "accuracy"
    }
    assert found[OVERALL]["value"] == pytest.approx(0.5)
    assert found[OVERALL]["n"] == 10


def test_intervals_cluster_by_source() -> None:
    truths, answers = ["awe"] * 40, ["awe", "fear"] * 20
    apart = labelled(truths, answers)
    together = labelled(truths, sorted(answers), source=[f"s{one // 20}" for one in range(40)])
    widths = []
    for rows in (apart, together):
        row = next(one for one in aica_rows(run_of(rows), resamples=200) if one["metric"] == "accuracy")
        widths.append(row["high"] - row["low"])
    assert widths[0] < 0.5 < widths[1] == 1.0


def test_failed_questions_are_in_no_figure() -> None:
    rows = labelled(["awe", "awe"], ["awe", None])
    rows[1]["status"] = "failed"
    assert figures(rows, "fi")["accuracy"] == 1.0


def test_likelihoods_are_held_against_votes() -> None:
    votes = {"awe": 0.5, "fear": 0.5}
    shares = dict.fromkeys(MIKELS, 0.0) | {"awe": 0.5, "fear": 0.5}
    sure = dict.fromkeys(MIKELS, 0.0) | {"awe": 1.0}
    found = figures(labelled([votes, votes], ["awe", "awe"], probabilities=[shares, sure]), "fi")
    # Half of a divergence of 0 and half of one of 1 - 3/4 log2 3 + 1/2 = .311 bits.
    assert found["jsd"] == pytest.approx((1.5 - 0.75 * np.log2(3)) / 2)
    assert found["chebyshev"] == pytest.approx((0 + 0.5) / 2)
    # Shares of sums are .5 / 1.5 and .5 / .5; the largest values are the root of 8, and 8.
    assert found["clark"] == pytest.approx(np.sqrt(1 / 9 + 1) / np.sqrt(8) / 2)
    assert found["canberra"] == pytest.approx((1 / 3 + 1) / 8 / 2)
    assert found["cosine"] == pytest.approx((1 + np.sqrt(0.5)) / 2)
    assert found["intersection"] == pytest.approx((1 + 0.5) / 2)
    # A likelihood of 0 counts as 1e-10.
    assert found["kl"] == pytest.approx((0.5 * np.log(0.5) + 0.5 * np.log(0.5e10)) / 2, rel=1e-6)


def test_the_intensity_that_trees_state_is_held_against_ratings() -> None:
    felt, stated = [2.0, 3.0, 5.0, 8.0, 8.5, 4.0], [1, 1, 2, 3, 3, None]
    rows = labelled(["fear"] * 6, ["fear"] * 6, corpus="emotion6")
    for row, mean, value in zip(rows, felt, stated, strict=True):
        row["values"] = {} if value is None else {"intensity": float(value)}
        row["details"]["ratings"] = {"arousal": rating(mean, 1, 9)}
    expected = spearmanr(felt[:5], stated[:5]).statistic
    assert figures(rows, "emotion6")["stated_intensity"] == pytest.approx(expected)
    for row in rows:
        row["details"]["ratings"]["intensity"] = rating(
            9 - row["details"]["ratings"]["arousal"]["mean"], 1, 9
        )
    assert figures(rows, "emotion6")["stated_intensity"] == pytest.approx(-expected)
    for row in rows:
        row["details"] = {}
    assert "stated_intensity" not in figures(rows, "emotion6")


def test_the_mean_over_scales_counts_a_corpus_once_whatever_its_populations() -> None:
    means = [2.0, 3.0, 6.0]
    rows = rated(means, means)
    for population, answers in (("us", [3.0, 4.0, 7.0]), ("cn", [4.0, 5.0, 8.0])):
        rows += rated(means, answers, corpus="bass", low=1, high=9, population=population)
    found = figures(rows, OVERALL, "intensity:valence")
    # No error on OASIS; of 8 points on BASS 1 for one population and 2 for the other.
    assert found["mae_share"] == pytest.approx((0 + (1 / 8 + 2 / 8) / 2) / 2)
    assert found["spearman"] == pytest.approx(1.0)
    assert "mae" not in found
    row = next(one for one in aica_rows(run_of(rows), resamples=100) if one["subset"] == OVERALL)
    assert row["low"] <= row["value"] <= row["high"]


def test_one_of_several_true_labels_is_a_hit() -> None:
    several = {"happiness": 0.5, "pleasure": 0.5}
    found = figures(labelled([several] * 3, ["happiness", "pleasure", "fear"], "emotic"), "emotic")
    assert found["top1_in_set"] == pytest.approx(2 / 3)
    assert found["published_f1"] == pytest.approx(2 * (2 / 3) / (5 / 3))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_average_precision_is_that_of_scikit_learn(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 30))
    scores = np.array(data.draw(st.lists(st.sampled_from([0.1, 0.2, 0.5, 0.9]), min_size=n, max_size=n)))
    present = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), dtype=float)
    found = average_precision(scores, present, weights)
    if (weights * present).sum() == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(average_precision_score(present, scores, sample_weight=weights))


def test_ratings_worked_by_hand() -> None:
    found = figures(rated([2, 4, 6, 3], [3, 4, 5, None]), "oasis", "intensity:valence")
    # The unread answer is as far off as the scale allows: from 3 to 7.
    assert found["mae"] == pytest.approx((1 + 0 + 1 + 4) / 4)
    assert found["parse_rate"] == pytest.approx(3 / 4)
    assert (found["spearman"], found["pearson"]) == pytest.approx((1, 1))
    assert found["slope"] == pytest.approx(2)
    assert found["intercept"] == pytest.approx(-4)
    assert found["ccc"] == pytest.approx(2 * (4 / 3) / (8 / 3 + 2 / 3))
    assert "human_reliability" not in found


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_agreement_is_that_of_the_vocabulary_and_of_scipy_on_the_data_and_on_resamples(data) -> None:
    n = data.draw(st.integers(4, 25))
    people = data.draw(st.lists(st.sampled_from([1.0, 2.5, 3.0, 4.25, 6.5]), min_size=n, max_size=n))
    model = data.draw(st.lists(st.sampled_from([1.0, 2.0, 4.0, 5.5]), min_size=n, max_size=n))
    index = np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n)))
    both = Rated.of(rated(people, model))
    weights = np.bincount(index, minlength=n).astype(float)
    x, y = np.array(people)[index], np.array(model)[index]
    found = both.evaluate(weights @ both.columns()) | {"spearman": both.rank_correlation(weights)}
    expected = {"spearman": spearman(x, y), "pearson": pearson(x, y)}
    if np.ptp(x) and np.ptp(y):
        assert expected["spearman"] == pytest.approx(spearmanr(x, y).statistic)
        expected["ccc"] = ccc(x, y)
        expected["slope"] = np.polyfit(y, x, 1)[0]
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, nan_ok=True, abs=1e-9)


def test_the_mean_of_the_likelihoods_of_a_scale_is_the_rating() -> None:
    rows = rated([2, 5], [None, None])
    for row, shares in zip(rows, ({"1": 0.5, "3": 0.5}, {"5": 1.0}), strict=True):
        row |= {"status": "answered", "probabilities": shares}
    assert figures(rows, "oasis", "intensity:valence")["mae"] == pytest.approx(0)


def test_split_halves_of_simulated_raters_are_as_reliable_as_the_formula_says() -> None:
    generator = np.random.default_rng(0)
    ratings = generator.normal(0, 1, (2000, 1)) + generator.normal(0, 2, (2000, 10))
    half = np.corrcoef(ratings[:, :5].mean(axis=1), ratings[:, 5:].mean(axis=1))[0, 1]
    found = split_half_reliability(ratings.mean(axis=1), ratings.std(axis=1, ddof=1), np.full(2000, 10))
    assert found == pytest.approx(2 * half / (1 + half), abs=0.02)
    assert found == pytest.approx(1 / (1 + 4 / 10), abs=0.02)


def test_a_run_shows_the_ceiling_that_the_formula_gives() -> None:
    generator = np.random.default_rng(1)
    people = generator.uniform(1, 7, 30).tolist()
    found = figures(rated(people, people, sd=1.5, n=20), "oasis", "intensity:valence")
    expected = split_half_reliability(people, np.full(30, 1.5), np.full(30, 20))
    assert found["human_reliability"] == pytest.approx(expected)
    assert found["human_ceiling"] == pytest.approx(np.sqrt(expected))


def test_every_metric_is_defined_in_words() -> None:
    everything = (
        labelled(
            [{"awe": 0.6, "fear": 0.4}] * 2, ["awe", "fear"], probabilities=[dict.fromkeys(MIKELS, 1 / 8)] * 2
        )
        + labelled([{"peace": 0.5, "pain": 0.5}, {"pain": 1.0}], ["peace", "pain"], "emotic")
        + rated([2, 4, 6], [3, 4, 4], sd=1.0, n=20)
    )
    likelihoods = dict.fromkeys(label_space("emotic26").labels, 1 / 26)
    for row in everything[2:4]:
        row["probabilities"] = likelihoods
    for place, row in enumerate(everything[:2]):
        row["values"] = {"intensity": 1.0 + place}
        row["details"] = {"ratings": {"arousal": rating(3 + place)}}
    assert {one["metric"] for one in aica_rows(run_of(everything), resamples=20)} == set(DEFINITIONS)


def test_every_corpus_has_words_in_both_languages_that_differ() -> None:
    for corpus in SPACE_OF:
        space = space_of(corpus)
        if space is not None:
            for language in ("en", "zh"):
                words = space.words(language)
                assert len({word.casefold() for word in words.values()}) == len(space.labels) == len(words)
            named = [word.casefold() for words in space.wordings().values() for word in words]
            assert len(set(named)) == len(named)
