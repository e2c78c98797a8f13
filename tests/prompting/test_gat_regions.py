"""Regions: what belongs together is one, every region is connected, and controls are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import label as components

from affectlab.prompting.gat.controls import grid, random_regions, shuffled
from affectlab.prompting.gat.merging import merge
from affectlab.prompting.gat.regions import describe, halves, segment
from affectlab.prompting.gat.rules import GatRules

RULES = GatRules()


def parted(height: int = 120, width: int = 160) -> np.ndarray:
    """A blue half above, green at the lower left and red at the lower right, with a little noise."""
    picture = np.zeros((height, width, 3))
    picture[: height // 2] = 60, 90, 220
    picture[height // 2 :, : width // 2] = 40, 160, 60
    picture[height // 2 :, width // 2 :] = 200, 40, 40
    noise = np.random.default_rng(0).normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def connected(labels: np.ndarray) -> bool:
    return all(components(labels == number)[1] == 1 for number in np.unique(labels))


def test_what_looks_alike_is_one_region() -> None:
    labels = segment(parted(), RULES)
    assert labels.max() == 3
    assert np.mean(labels[:60] == 1) > 0.97, "the largest region is the first"
    low = {labels[100, 20], labels[100, 140]}
    assert low == {2, 3}
    assert np.mean(labels[60:, :80] == labels[100, 20]) > 0.97


def test_a_picture_without_structure_is_cut_across_its_longer_side() -> None:
    flat = np.full((50, 90, 3), 128, np.uint8)
    labels = segment(flat, RULES)
    assert np.array_equal(labels, halves((50, 90)) + 1)
    assert np.array_equal(halves((90, 50)), halves((50, 90)).T)


@settings(max_examples=25)
@given(
    arrays(
        np.uint8,
        st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)),
        elements=st.sampled_from([0, 20, 128, 200, 255]),
    )
)
def test_any_picture_has_two_to_four_connected_regions(picture: np.ndarray) -> None:
    labels = segment(picture, RULES)
    assert 2 <= labels.max() <= 4
    assert sorted(np.unique(labels)) == list(range(1, labels.max() + 1))
    assert connected(labels)
    sizes = np.bincount(labels.ravel())[1:]
    assert list(sizes) == sorted(sizes, reverse=True)
    assert np.array_equal(labels, segment(picture, RULES))


def test_the_most_regions_are_kept_to() -> None:
    assert segment(parted(), RULES.model_copy(update={"most_regions": 2})).max() == 2


def strips(*widths: int) -> np.ndarray:
    return np.repeat(np.arange(len(widths)), widths)[None, :] + np.zeros((10, 1), dtype=int)


def test_a_region_that_is_too_small_goes_to_the_neighbour_it_resembles() -> None:
    labels = strips(40, 2, 40, 40)
    values = np.array([0.0, 60.0, 90.0, 200.0])[labels][..., None]
    merged = merge(labels, values, RULES)
    assert list(merged[0, [0, 40, 60, 100]]) == [0, 1, 1, 2]


def test_regions_that_hardly_differ_are_joined_but_never_into_one() -> None:
    labels = strips(40, 40, 40)
    alike = np.array([0.0, 1.0, 100.0])[labels][..., None]
    assert list(merge(labels, alike, RULES)[0, [0, 50, 100]]) == [0, 0, 1]
    assert merge(labels, np.zeros((10, 120, 1)), RULES).max() == 1


def test_only_neighbours_are_merged() -> None:
    labels = strips(30, 30, 30, 30, 30)
    values = np.array([0.0, 100.0, 0.0, 100.0, 120.0])[labels][..., None]
    merged = merge(labels, values, RULES)
    assert connected(merged)
    assert merged[0, 0] != merged[0, 70]


def test_regions_are_measured_in_shares_of_the_picture() -> None:
    labels = np.ones((10, 20), dtype=np.int64)
    labels[:5, 10:] = 2
    large, small = describe(labels)
    assert (large.share, small.share) == (0.75, 0.25)
    assert small.box == (0.5, 0.0, 1.0, 0.5)
    assert small.centroid == (0.75, 0.25)


def test_the_mark_of_a_ring_lies_in_the_ring_though_its_centroid_does_not() -> None:
    labels = np.ones((60, 60), dtype=np.int64)
    labels[15:45, 15:45] = 2
    ring = describe(labels)[0]
    assert labels[int(ring.centroid[1] * 60), int(ring.centroid[0] * 60)] == 2
    assert labels[int(ring.mark[1] * 60), int(ring.mark[0] * 60)] == 1


def test_the_grid_is_two_by_two_in_reading_order() -> None:
    assert grid((4, 6)).tolist() == [[1, 1, 1, 2, 2, 2]] * 2 + [[3, 3, 3, 4, 4, 4]] * 2


@pytest.mark.parametrize("shares", [(0.6, 0.4), (0.5, 0.3, 0.2), (0.7, 0.1, 0.1, 0.1), (0.25,) * 4])
@pytest.mark.parametrize("seed", [0, 1])
def test_random_regions_are_connected_and_of_the_sizes_asked_for(shares, seed) -> None:
    labels = random_regions((180, 256), shares, np.random.default_rng(seed))
    got = np.bincount(labels.ravel(), minlength=len(shares) + 1)[1:] / labels.size
    assert connected(labels)
    assert np.abs(got - shares).max() < 0.03
    assert np.array_equal(labels, random_regions((180, 256), shares, np.random.default_rng(seed)))
    assert not np.array_equal(labels, random_regions((180, 256), shares, np.random.default_rng(seed + 7)))


@given(st.integers(2, 4), st.integers(0, 1000))
def test_no_shuffled_number_stays_where_it_belongs(count: int, seed: int) -> None:
    drawn = shuffled(count, np.random.default_rng(seed))
    assert sorted(drawn) == list(range(1, count + 1))
    assert all(one != own for own, one in enumerate(drawn, 1))
