"""Hashes of what pictures show, and finding the near ones."""

import io
import random

import numpy as np
import pytest
from aica_corpora import pixels
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from affectlab.bench.aica.picture_hash import BITS, distance, picture_hash
from affectlab.bench.aica.picture_index import FURTHEST, PictureIndex
from affectlab.bench.aica.related import clusters


def flipped(picture: int, bits: int, seed: int) -> int:
    for bit in random.Random(seed).sample(range(BITS), bits):
        picture ^= 1 << bit
    return picture


def hash_of(image: Image.Image) -> int:
    found = picture_hash(image)
    assert found is not None
    return found


@given(st.integers(0, 2**BITS - 1), st.integers(0, FURTHEST), st.integers(0, 999))
def test_every_hash_up_to_the_furthest_distance_is_found(picture, bits, seed) -> None:
    index = PictureIndex()
    index.add("other", picture)
    assert index.near(flipped(picture, bits, seed)) == [(bits, "other")]


def test_what_is_found_is_what_comparing_all_with_all_finds() -> None:
    numbers = random.Random(3)
    centres = [numbers.getrandbits(BITS) for _ in range(12)]
    hashes = [flipped(numbers.choice(centres), numbers.randrange(20), number) for number in range(300)]
    index = PictureIndex()
    for number, picture in enumerate(hashes):
        expected = sorted((distance(picture, other), place) for place, other in enumerate(hashes[:number]))
        assert index.near(picture, 24) == [(away, str(place)) for away, place in expected if away <= 24]
        index.add(str(number), picture)
    assert len(index) == 300


@pytest.mark.parametrize("seed", range(5))
def test_copies_of_another_size_format_or_quality_are_near_and_others_far(seed) -> None:
    image = Image.fromarray(pixels(seed, side=200))
    squeezed = io.BytesIO()
    image.resize((90, 90)).save(squeezed, "JPEG", quality=50)
    assert distance(hash_of(image), hash_of(Image.open(squeezed))) <= 16
    assert distance(hash_of(image), hash_of(image.convert("L"))) == 0
    assert distance(hash_of(image), hash_of(Image.fromarray(pixels(seed + 1000)))) > 80


def test_a_single_shade_has_no_hash() -> None:
    assert picture_hash(Image.new("RGB", (40, 40), "green")) is None
    assert picture_hash(Image.fromarray(np.full((40, 40), 9, np.uint8))) is None


def test_related_pictures_share_a_source_through_others() -> None:
    found = clusters(
        [("a", "dogs", ()), ("b", "cats", ()), ("c", "c", ("b",)), ("d", "dogs", ("c",)), ("e", "e", ())]
    )
    assert found["a"] == found["b"] == found["c"] == found["d"]
    assert found["e"] == "e"
