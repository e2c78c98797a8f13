import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from affectlab.steering.agreement import by_chance, jaccard, overlaps, stability, tau
from affectlab.steering.heads import at_random

CHOICES = hnp.arrays(np.bool_, (2, 5))
SOURCES = [f"s{place}" for place in range(40)]


@given(CHOICES, CHOICES)
def test_overlap_is_symmetric_and_whole_for_equal_choices_alone(one, other):
    found = jaccard(one, other)
    assert found == jaccard(other, one)
    assert 0 <= found <= 1
    assert (found == 1) == bool((one == other).all())


def test_two_scores_are_compared_over_all_layers_and_in_each():
    one = np.array([[4.0, 3.0, 2.0, 1.0], [4.0, 3.0, 2.0, 1.0]])
    other = np.array([[4.0, 3.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
    (found,) = overlaps({"causal": one, "dominance": other}, (7, 9), 2)
    assert found.scores == ("causal", "dominance")
    assert found.jaccard == pytest.approx(2 / 6)
    assert found.by_layer == {7: 1.0, 9: 0.0}
    assert found.tau == pytest.approx(0.0)


def test_a_score_that_does_not_vary_has_no_order():
    assert np.isnan(tau(np.ones((2, 4)), np.arange(8.0).reshape(2, 4)))
    (found,) = overlaps({"a": np.ones((1, 4)), "b": np.arange(4.0)[None]}, (0,), 1)
    assert found.tau is None


def test_a_score_of_the_heads_alone_is_stable():
    fixed = np.random.default_rng(0).random((3, 8))
    found = stability(lambda some: fixed, SOURCES, 3)
    assert found is not None
    assert (found.jaccard, found.tau) == (1.0, pytest.approx(1.0))


def test_a_score_of_chance_is_as_stable_as_chance():
    random = np.random.default_rng(1)
    found = stability(lambda some: random.random((6, 8)), SOURCES, 3, splits=200)
    assert found is not None
    assert found.jaccard == pytest.approx(by_chance(8, 3), abs=0.02)
    assert found.tau == pytest.approx(0.0, abs=0.05)


def test_halves_share_no_source_and_leave_none_out():
    sources = [f"s{place // 3}" for place in range(30)]
    asked: list[set[str]] = []

    def score(some):
        asked.append({sources[place] for place in some})
        return np.zeros((1, 2))

    stability(score, sources, 1, splits=4)
    for first, second in zip(asked[::2], asked[1::2], strict=True):
        assert not first & second
        assert first | second == set(sources)


def test_one_source_has_no_halves():
    assert stability(lambda some: np.zeros((1, 2)), ["only"] * 4, 1) is None


@pytest.mark.parametrize(("heads", "k"), [(8, 4), (28, 4), (4, 1), (3, 5)])
def test_the_overlap_of_random_choices_is_known(heads, k):
    drawn = [
        jaccard(at_random(1, heads, k, seed=2 * seed), at_random(1, heads, k, seed=2 * seed + 1))
        for seed in range(1500)
    ]
    assert by_chance(heads, k) == pytest.approx(np.mean(drawn), abs=0.02)
