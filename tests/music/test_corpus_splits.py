"""Splits by piece and by melody."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.learned.corpus.splits import HELD_OUT, split_of, split_pieces


def hashes(*values):
    return np.array(values, np.uint64)


def test_the_shares_of_many_names_are_those_wanted() -> None:
    splits = [split_of(f"piece/{i}") for i in range(20000)]
    for held_out in ("valid", "test"):
        assert abs(splits.count(held_out) / len(splits) - HELD_OUT) < 0.005


def test_a_split_is_the_same_for_ever() -> None:
    assert [split_of(f"pop909/{i:03}") for i in (1, 2, 3)] == ["train"] * 3
    assert split_of("pop909/028") == "train"


def test_pieces_that_share_a_melody_stay_together() -> None:
    ngrams = {
        "a": hashes(*range(100)),
        "b": hashes(*range(80, 180)),
        "c": hashes(*range(170, 260)),
        "d": hashes(*range(170, 180)),
        "e": hashes(),
        "f": hashes(*range(500, 520)),
    }
    found = split_pieces(ngrams)
    # a and b share a fifth; the short d lies wholly in b and in c and so joins them all.
    assert {name: group for name, (_, group) in found.items()} == dict.fromkeys("abcd", "a") | {
        "e": "e",
        "f": "f",
    }
    assert all(split == split_of(group) for split, group in found.values())


def test_a_few_common_phrases_are_no_version() -> None:
    ngrams = {"a": hashes(*range(100)), "b": hashes(*range(90, 190))}
    assert {group for _, group in split_pieces(ngrams).values()} == {"a", "b"}


@given(st.dictionaries(st.text(min_size=1), st.lists(st.integers(0, 30)), max_size=8))
def test_the_order_of_pieces_does_not_matter(drawn) -> None:
    ngrams = {name: hashes(*values) for name, values in drawn.items()}
    assert split_pieces(ngrams) == split_pieces(dict(reversed(ngrams.items())))


def test_no_pieces_are_no_splits() -> None:
    assert split_pieces({}) == {}
