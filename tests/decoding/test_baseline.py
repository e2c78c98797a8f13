import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.decoding.baseline import RestingLevel

ONE = np.ones(1)


def level_of(rows, weights=None, typical_sd=1.0, prior_windows=0.0) -> RestingLevel:
    level = RestingLevel(typical_sd, prior_windows)
    values = np.array(rows, dtype=float).reshape(len(rows), -1)
    for row, weight in zip(values, np.ones_like(values) if weights is None else weights, strict=True):
        level.add(row, np.asarray(weight, dtype=float))
    return level


def test_score_is_a_robust_z() -> None:
    deviation = level_of([1, 2, 3, 4, 100]).deviation(np.array([5.0]), ONE, independent=5)
    assert deviation.score == pytest.approx((5 - 3) / 1.4826)


def test_variance_is_that_of_a_mean_of_independent_windows() -> None:
    assert level_of(range(40)).deviation(ONE, ONE, independent=10).variance == pytest.approx(0.1)


def test_a_short_recording_leans_on_the_typical_spread() -> None:
    level = level_of([0, 0, 0], typical_sd=2.0, prior_windows=1.0)
    assert level.deviation(np.array([2.0]), ONE, independent=3).score == pytest.approx(2 / (2 / np.sqrt(4)))


def test_contributors_are_compared_with_their_own_rest() -> None:
    level = level_of([[0, 10], [1, 11], [2, 12]])
    both = level.deviation(np.array([2.0, 12.0]), np.ones(2), independent=3)
    one = level.deviation(np.array([2.0, -99.0]), np.array([1.0, 0.0]), independent=3)
    assert both.score == pytest.approx(one.score)
    assert (both.support, one.support) == (2, 1)


def test_resting_windows_without_the_contributor_do_not_count() -> None:
    rows, weights = [[0, 50], [1, 0], [2, 0], [3, 0]], [[1, 1], [1, 0], [1, 0], [1, 0]]
    deviation = level_of(rows, weights, prior_windows=1.0).deviation(
        np.array([0.0, 50.0]), np.array([0.0, 1.0]), independent=4
    )
    assert deviation.score == 0
    assert deviation.variance == pytest.approx(1.0)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [0.0, 1.0]])
def test_nothing_shared_is_nothing_said(weights) -> None:
    level = level_of([[0, 0], [1, 0]], [[1, 0], [1, 0]])
    assert level.deviation(np.zeros(2), np.array(weights), independent=2) is None


@given(st.lists(st.floats(-5, 5), min_size=5, max_size=40), st.floats(-100, 100), st.floats(-5, 5))
def test_a_shift_of_everything_changes_nothing(rows, shift, here) -> None:
    one = level_of(rows, prior_windows=4.0).deviation(np.array([here]), ONE, independent=5)
    other = level_of(np.array(rows) + shift, prior_windows=4.0).deviation(np.array([here + shift]), ONE, 5)
    assert one.score == pytest.approx(other.score, abs=1e-6)
