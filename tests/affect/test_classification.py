import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from affectlab.affect import accuracy, macro_f1, uar, weighted_f1
from affectlab.errors import InvalidData

ALL = (accuracy, uar, macro_f1, weighted_f1)
labelled = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcde")), min_size=1, max_size=60)


@settings(deadline=None)
@given(labelled)
def test_every_metric_agrees_with_scikit_learn(items):
    truth, predicted = (list(side) for side in zip(*items, strict=True))
    present = sorted(set(truth))
    recall = reference.recall_score(truth, predicted, labels=present, average="macro")
    assert accuracy(truth, predicted) == pytest.approx(reference.accuracy_score(truth, predicted))
    assert uar(truth, predicted) == pytest.approx(recall)
    assert macro_f1(truth, predicted) == pytest.approx(reference.f1_score(truth, predicted, average="macro"))
    assert weighted_f1(truth, predicted) == pytest.approx(
        reference.f1_score(truth, predicted, average="weighted")
    )


@settings(deadline=None)
@given(labelled)
def test_chosen_labels_agree_with_scikit_learn_that_leaves_absent_classes_out(items):
    truth, predicted = (list(side) for side in zip(*items, strict=True))
    chosen = list("abcdz")
    expected = reference.f1_score(truth, predicted, labels=chosen, average="macro", zero_division=np.nan)
    assert macro_f1(truth, predicted, labels=chosen) == pytest.approx(expected)


@pytest.mark.parametrize("metric", ALL)
def test_right_is_one_and_wrong_is_zero(metric):
    assert metric(list("abca"), list("abca")) == 1.0
    assert metric(list("aabb"), list("bbaa")) == 0.0


@pytest.mark.parametrize("metric", ALL)
def test_names_and_order_of_classes_do_not_matter(metric):
    truth, predicted = np.array([0, 1, 2, 2, 1, 0, 0]), np.array([0, 2, 2, 1, 1, 0, 1])
    names = np.array(["zorn", "freude", "trauer"])
    shuffle = np.random.default_rng(0).permutation(7)
    assert metric(truth, predicted) == pytest.approx(metric(names[truth][shuffle], names[predicted][shuffle]))


def test_the_majority_answer_has_chance_recall_however_common_it_is():
    truth = ["calm"] * 90 + ["tense"] * 10
    answers = ["calm"] * 100
    assert accuracy(truth, answers) == 0.9
    assert uar(truth, answers) == 0.5


def test_a_class_that_is_only_predicted_costs_precision_but_has_no_recall():
    truth, predicted = ["a", "a", "b", "b"], ["a", "c", "b", "b"]
    assert uar(truth, predicted) == pytest.approx((0.5 + 1) / 2)
    assert macro_f1(truth, predicted) == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert weighted_f1(truth, predicted) == pytest.approx((2 / 3 + 1) / 2)


def test_an_unparsed_answer_is_wrong_but_no_class_when_labels_are_given():
    truth, predicted = ["a", "a", "b", "b"], ["a", None, "b", "b"]
    assert accuracy(truth, predicted) == 0.75
    assert macro_f1(truth, predicted, labels=["a", "b"]) == pytest.approx((2 / 3 + 1) / 2)
    assert macro_f1(truth, predicted) == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_weighted_f1_is_not_the_f1_of_correctness():
    # Scoring every reference as 1 and every prediction as right or wrong gives 2A / (1 + A) of accuracy A.
    truth, predicted = ["a", "a", "b", "c"], ["a", "b", "b", "b"]
    share = accuracy(truth, predicted)
    assert weighted_f1(truth, predicted) == pytest.approx(0.5 * 2 / 3 + 0.25 * 0.5)
    assert weighted_f1(truth, predicted) != pytest.approx(2 * share / (1 + share))


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(("truth", "predicted"), [([], []), (["a"], ["a", "b"]), (["a", "b"], [])])
def test_empty_or_unequal_sides_are_refused(metric, truth, predicted):
    with pytest.raises(InvalidData, match=f"got {len(predicted)} and {len(truth)}"):
        metric(truth, predicted)


def test_labels_that_never_occur_are_named():
    with pytest.raises(InvalidData, match=r"none of the labels \['x'\] occurs"):
        macro_f1(["a"], ["a"], labels=["x"])
