"""ROUGE-L at known values and against the textbook's table."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.counsel.judging.overlap import rouge_l, tokens

WORDS = st.lists(st.sampled_from("abcd"), max_size=12)


def by_table(one: list[str], other: list[str]) -> int:
    """Length of the longest common subsequence by dynamic programming."""
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@given(WORDS, WORDS)
def test_it_is_the_f1_of_the_longest_common_subsequence(one: list[str], other: list[str]) -> None:
    common = by_table(one, other)
    expected = 2 * common / (len(one) + len(other)) if common else 0.0
    assert rouge_l(" ".join(one), [" ".join(other)], "en") == pytest.approx(expected)


def test_known_values() -> None:
    assert rouge_l("The cat sat on the mat.", ["the cat is on the mat"], "en") == pytest.approx(10 / 12)
    assert rouge_l("我很难过", ["我很高兴"], "zh") == pytest.approx(0.5)
    assert rouge_l("a b", ["c", "b a b"], "en") == pytest.approx(0.8)
    assert math.isnan(rouge_l("a", [], "en"))


def test_chinese_is_compared_by_characters_and_other_words_in_it_whole() -> None:
    assert tokens("我用Python写", "zh") == ["我", "用", "python", "写"]
    assert tokens("Don't give up!", "en") == ["don't", "give", "up"]
