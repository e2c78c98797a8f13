"""Metrics against worked values, scikit-learn, and what must hold whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affectlab.decoding.evaluation.metrics import METRICS, Judged, reliability

high = arrays(float, 40, elements=st.floats(0, 1))
truth = arrays(bool, 40).filter(lambda one: 0 < one.sum() < 40)


def judged(label, chance, mean=None, sd=None) -> Judged:
    label = np.where(np.asarray(label), 0.4, -0.4)
    mean = label * 0 if mean is None else mean
    return Judged(label, mean, np.ones(len(label)) if sd is None else sd, np.asarray(chance, float))


@settings(max_examples=30, deadline=None)
@given(truth, high)
def test_class_metrics_agree_with_scikit_learn(label, chance) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    one = judged(label, chance)
    said = chance >= 0.5
    assert METRICS["auc"](one) == pytest.approx(metrics.roc_auc_score(label, chance))
    assert METRICS["balanced_accuracy"](one) == pytest.approx(metrics.balanced_accuracy_score(label, said))
    assert METRICS["macro_f1"](one) == pytest.approx(
        metrics.f1_score(label, said, average="macro", labels=[False, True], zero_division=0)
    )


@settings(max_examples=30, deadline=None)
@given(truth, high)
def test_calibration_error_and_brier_do_not_care_how_many_windows_a_class_has(label, chance) -> None:
    repeats = np.where(label, 3, 1)
    more = judged(np.repeat(label, repeats), np.repeat(chance, repeats))
    for name in ("ece", "brier", "nll", "balanced_accuracy"):
        assert METRICS[name](more) == pytest.approx(METRICS[name](judged(label, chance)), abs=1e-9)


def test_one_class_has_no_balanced_accuracy_and_no_auc() -> None:
    one = judged([True] * 5, [0.1, 0.9, 0.5, 0.6, 0.7])
    assert np.isnan(METRICS["balanced_accuracy"](one))
    assert np.isnan(METRICS["auc"](one))


def test_calibration_error_of_worked_examples() -> None:
    label = np.array([True, False] * 50)
    assert METRICS["ece"](judged(label, np.full(100, 0.5))) == pytest.approx(0)
    assert METRICS["ece"](judged(label, np.full(100, 0.9))) == pytest.approx(0.4)
    assert METRICS["ece"](judged(label, np.where(label, 0.8, 0.2))) == pytest.approx(0.2)
    assert METRICS["ece"](judged(label, np.where(label, 0.0, 1.0))) == pytest.approx(1.0)


def test_a_source_that_means_what_it_says_is_calibrated() -> None:
    generator = np.random.default_rng(4)
    chance = generator.uniform(0, 1, 20_000)
    label = generator.uniform(0, 1, 20_000) < chance
    assert METRICS["ece_as_recorded"](judged(label, chance)) < 0.015
    assert METRICS["ece_as_recorded"](judged(label, chance**2)) > 0.1


def test_bins_of_the_diagram_hold_equal_weight_and_leave_ties_together() -> None:
    chance = np.random.default_rng(1).permutation(np.linspace(0, 1, 200))
    found = reliability(chance, chance > 0.5, np.full(200, 1 / 200))
    np.testing.assert_allclose(found.weight, 0.1, atol=0.006)
    assert np.all(np.diff(found.said) > 0)
    tied = reliability(np.repeat([0.2, 0.7], 50), np.arange(100) % 2 == 0, np.full(100, 0.01))
    np.testing.assert_allclose(tied.said, [0.2, 0.7])


def test_coverage_of_a_gaussian_is_what_it_says() -> None:
    generator = np.random.default_rng(2)
    label = generator.normal(0.1, 0.3, 20_000)
    one = Judged(label, np.full(20_000, 0.1), np.full(20_000, 0.3), np.full(20_000, 0.5))
    assert METRICS["coverage68"](one) == pytest.approx(0.683, abs=0.01)
    assert METRICS["coverage95"](one) == pytest.approx(0.95, abs=0.01)
