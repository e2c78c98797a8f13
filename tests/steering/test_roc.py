import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.steering.roc import auc, roc_curve, youden

values = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=4, max_size=40).filter(
    lambda pairs: 0 < sum(truth for _, truth in pairs) < len(pairs)
)


@given(values)
def test_the_area_is_the_share_of_pairs_in_the_right_order(pairs):
    found, truth = np.array([value for value, _ in pairs]), np.array([truth for _, truth in pairs])
    apart = found[truth][:, None] - found[~truth]
    assert auc(found, truth) == pytest.approx(np.mean((apart > 0) + 0.5 * (apart == 0)))


@given(values)
def test_the_curve_encloses_the_area(pairs):
    found, truth = np.array([value for value, _ in pairs]), np.array([truth for _, truth in pairs])
    curve = roc_curve(found, truth, [str(place) for place in range(len(truth))], resamples=2)
    assert np.trapezoid(curve.true_positives, curve.false_positives) == pytest.approx(auc(found, truth))
    assert (np.diff(curve.thresholds) < 0).all()
    assert curve.true_positives[[0, -1]].tolist() == curve.false_positives[[0, -1]].tolist() == [0, 1]
    for point, threshold in enumerate(curve.thresholds):
        assert curve.true_positives[point] == pytest.approx(np.mean(found[truth] >= threshold))
        assert curve.false_positives[point] == pytest.approx(np.mean(found[~truth] >= threshold))


def test_one_kind_of_case_has_no_area():
    assert np.isnan(auc([0.1, 0.2], [True, True]))


def test_the_interval_counts_sources_and_not_cases():
    random = np.random.default_rng(0)
    conflict = random.random(60) < 0.5
    found = conflict + random.normal(0, 1, 60)
    sources = [str(place) for place in range(60)]
    once = roc_curve(found, conflict, sources).auc
    thrice = roc_curve(np.tile(found, 3), np.tile(conflict, 3), sources * 3).auc
    assert thrice.groups == 60
    assert thrice.high - thrice.low == pytest.approx(once.high - once.low, rel=0.15)
    assert once.low < once.value < once.high


def test_youden_takes_the_threshold_between_conflict_and_agreement():
    assert youden([0.1, 0.2, 0.6, 0.8], [False, False, True, True]) == pytest.approx(0.4)
    assert youden([0, 1, 2, 3, 4, 5], [False, True, False, False, True, True]) == pytest.approx(3.5)
