import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import distance as reference
from scipy.special import rel_entr

from affectlab.affect import (
    canberra_metric,
    clark_distance,
    cosine_similarity,
    intersection_similarity,
    jensen_shannon_distance,
    jensen_shannon_divergence,
    kullback_leibler_divergence,
    manhattan_distance,
)
from affectlab.errors import InvalidData

ALL = (
    jensen_shannon_divergence,
    jensen_shannon_distance,
    manhattan_distance,
    clark_distance,
    canberra_metric,
    kullback_leibler_divergence,
    cosine_similarity,
    intersection_similarity,
)


def normalised(weights):
    return np.array(weights) / np.sum(weights)


votes = st.lists(st.integers(0, 12), min_size=5, max_size=5).filter(any).map(normalised)


@settings(deadline=None)
@given(votes, votes)
def test_distances_agree_with_scipy(p, q):
    # The reference takes the root of rounding error where distributions are nearly equal.
    expected = np.nan_to_num(reference.jensenshannon(p, q, base=2))
    assert jensen_shannon_distance(p, q) == pytest.approx(expected, abs=1e-7)
    assert jensen_shannon_divergence(p, q) == pytest.approx(expected**2, abs=1e-9)
    assert manhattan_distance(p, q) == pytest.approx(reference.cityblock(p, q))


@settings(deadline=None)
@given(votes, votes, votes)
def test_the_distances_are_metrics(p, q, r):
    for distance in (jensen_shannon_distance, manhattan_distance):
        assert distance(p, p) == 0
        assert distance(p, q) == pytest.approx(distance(q, p), abs=1e-12)
        assert distance(p, r) <= distance(p, q) + distance(q, r) + 1e-7


def test_disjoint_distributions_are_as_far_apart_as_can_be():
    p, q = [0.5, 0.5, 0, 0], [0, 0, 0.1, 0.9]
    assert jensen_shannon_divergence(p, q) == 1
    assert jensen_shannon_distance(p, q) == 1
    assert manhattan_distance(p, q) == 2


def test_divergence_is_in_bits():
    # Half of H(3/4, 1/4) bits lost: 1/2 · [1 · log2(4/3)] + 1/2 · [1/2 · log2(2/3) + 1/2 · log2 2].
    expected = 0.5 * np.log2(4 / 3) + 0.25 * np.log2(2 / 3) + 0.25
    assert jensen_shannon_divergence([1, 0], [0.5, 0.5]) == pytest.approx(expected)


@pytest.mark.parametrize("measure", ALL)
def test_rows_are_items_and_the_rest_broadcasts(measure):
    items = np.array([[0.2, 0.8], [0.5, 0.5], [1.0, 0.0]])
    uniform = np.array([0.5, 0.5])
    rows = measure(items, uniform)
    assert rows.shape == (3,)
    np.testing.assert_allclose(rows, [measure(row, uniform) for row in items])
    assert measure(items[:, None], items[None]).shape == (3, 3)


@pytest.mark.parametrize("measure", ALL)
@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([3, 5], "sum to 1 in every row; normalise votes first"),
        ([[0.5, 0.5], [0.0, 0.0]], "sum to 1"),
        ([1.5, -0.5], "non-negative"),
        ([np.nan, 1.0], "non-negative"),
        ([0.2, 0.3, 0.5], "over the same labels, got 3 and 2"),
        ([], "at least one label"),
        (1.0, "at least one label"),
    ],
)
def test_what_is_no_distribution_is_named(measure, p, message):
    with pytest.raises(InvalidData, match=message):
        measure(p, [0.5, 0.5])


def test_measures_of_label_distributions_worked_by_hand():
    p, q = [0.5, 0.5, 0, 0], [0.25, 0.5, 0.25, 0]
    # Differences over sums: 1/3, 0, 1 and, of a label that neither has, nothing.
    assert clark_distance(p, q) == pytest.approx(np.sqrt(1 / 9 + 1))
    assert canberra_metric(p, q) == pytest.approx(4 / 3)
    assert kullback_leibler_divergence(p, q) == pytest.approx(0.5 * np.log(2))
    assert cosine_similarity(p, q) == pytest.approx(0.375 / np.sqrt(0.5 * 0.375))
    assert intersection_similarity(p, q) == 0.75


def test_a_true_label_without_probability_is_infinitely_surprising():
    assert kullback_leibler_divergence([0.5, 0.5], [1, 0]) == np.inf
    assert kullback_leibler_divergence([1, 0], [0.5, 0.5]) == pytest.approx(np.log(2))


@settings(deadline=None)
@given(votes, votes)
def test_measures_of_label_distributions_agree_with_scipy(p, q):
    assert canberra_metric(p, q) == pytest.approx(reference.canberra(p, q))
    assert cosine_similarity(p, q) == pytest.approx(1 - reference.cosine(p, q))
    assert intersection_similarity(p, q) == pytest.approx(1 - manhattan_distance(p, q) / 2)
    assert kullback_leibler_divergence(p, q) == pytest.approx(rel_entr(p, q).sum())
