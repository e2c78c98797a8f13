"""Statistics of pieces against values worked out by hand."""

import math

import numpy as np
import pytest
from grid_pieces import made, pieces
from hypothesis import given, settings

from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.learned.piece import NOTE, piece_of
from affectlab.music.learned.statistics import (
    groove_consistency,
    pitch_class_entropy,
    self_similarity,
    similarity_matrix,
    statistics,
)


def test_entropy_of_one_four_and_twelve_pitch_classes() -> None:
    for count, bits in ((1, 0.0), (4, 2.0), (12, math.log2(12))):
        piece = made([(4 * i, 4, 60 + i % count, 0) for i in range(12)])
        assert pitch_class_entropy(piece) == pytest.approx(bits)


def test_entropy_of_longer_windows_sees_what_changes_between_bars() -> None:
    piece = made([(0, 12, 60, 0), (48, 12, 67, 0)])
    assert pitch_class_entropy(piece) == 0
    assert pitch_class_entropy(piece, bars=2) == 1
    assert math.isnan(pitch_class_entropy(piece, bars=3))


def test_silent_bars_have_no_entropy_to_average() -> None:
    assert pitch_class_entropy(made([(0, 12, 60, 0), (0, 12, 62, 0), (96, 12, 60, 0), (96, 12, 64, 0)])) == 1


def test_groove_of_equal_and_of_different_bars() -> None:
    assert groove_consistency(made([(0, 3, 60, 0), (24, 3, 62, 0), (48, 3, 70, 1), (72, 3, 40, 3)])) == 1
    # Onsets at ticks 0, 24 and 0, 12: two of 48 ticks differ.
    differ = made([(0, 3, 60, 0), (24, 3, 62, 0), (48, 3, 70, 1), (60, 3, 40, 3)])
    assert groove_consistency(differ) == pytest.approx(46 / 48)


def test_bars_of_different_metre_have_no_common_groove() -> None:
    notes = np.array([(0, 3, 60, 0), (50, 3, 62, 0)], NOTE)
    assert math.isnan(groove_consistency(piece_of("x", np.array([4, 3], np.int16), notes)))


def test_a_repeated_bar_is_found_and_an_octave_does_not_matter() -> None:
    once = [(0, 12, 60, 0), (24, 12, 67, 0)]
    again = [(96 + start, 12, pitch + 12, 0) for start, _, pitch, _ in once]
    other = [(48, 12, 61, 0)]
    # Second bar: no match (0); third: the first (1).
    assert self_similarity(made(once + other + again)) == pytest.approx(0.5)
    assert similarity_matrix(made(once + again)).tolist() == [[1, 0, 1], [0, 0, 0], [1, 0, 1]]
    assert math.isnan(self_similarity(made(once)))


def test_half_of_a_bar_in_common() -> None:
    piece = made([(0, 12, 60, 0), (24, 12, 67, 0), (48, 12, 60, 0), (60, 12, 67, 0)])
    assert self_similarity(piece) == pytest.approx(1 / 3)


def test_overlap_is_reported_only_against_a_training_set() -> None:
    piece = made([(12 * i, 12, 60 + i % 5, 0) for i in range(32)])
    assert "overlap" not in statistics(piece)
    assert statistics(piece, NgramSet.of([piece]))["overlap"] == 1


@given(pieces())
@settings(max_examples=40)
def test_statistics_keep_their_ranges(piece) -> None:
    for name, value in statistics(piece, NgramSet.of([piece])).items():
        limit = math.log2(12) if "entropy" in name else 1
        assert math.isnan(value) or 0 <= value <= limit + 1e-9
