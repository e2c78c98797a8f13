"""Cohen's κ against scikit-learn and by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from affectlab.affect import cohen_kappa
from affectlab.errors import InvalidData

PAIRS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=30).filter(
    lambda pairs: len({one for pair in pairs for one in pair}) > 1
)


@given(PAIRS, st.sampled_from(["none", "quadratic"]))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]], weights: str) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    expected = cohen_kappa_score(
        first, second, labels=[1, 2, 3, 4, 5], weights=None if weights == "none" else weights
    )
    found = cohen_kappa(first, second, weights=weights)
    assert found == pytest.approx(float(expected), nan_ok=True)


def test_words_by_hand() -> None:
    assert cohen_kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"]) == pytest.approx((0.75 - 0.5) / 0.5)
    assert math.isnan(cohen_kappa(["a", "a"], ["a", "a"]))


@pytest.mark.parametrize(("first", "second"), [([], []), (["a"], ["a", "b"])])
def test_raters_need_the_same_items(first: list[str], second: list[str]) -> None:
    with pytest.raises(InvalidData, match="two raters of the same items"):
        cohen_kappa(first, second)
