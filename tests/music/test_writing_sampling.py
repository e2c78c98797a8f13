"""Drawing a token: the mask, temperature, nucleus, and what is no number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import InvalidConfig, InvalidLogits
from affectlab.music.learned.writing.sampling import Sampling, draw

LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
ALL = np.ones(4, bool)


def shares(count=4000, allowed=ALL, **settings):
    generator, sampling = np.random.default_rng(0), Sampling(**settings)
    drawn = [draw(LOGITS, allowed, sampling, generator) for _ in range(count)]
    return np.bincount(drawn, minlength=4) / count


def test_tokens_come_as_often_as_they_are_likely() -> None:
    assert shares(top_p=1.0) == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)


def test_the_nucleus_holds_the_likeliest_tokens_alone() -> None:
    assert shares(top_p=0.7) == pytest.approx([0.625, 0.375, 0, 0], abs=0.03)
    assert shares(top_p=0.01).tolist() == [1, 0, 0, 0]


def test_cold_draws_are_surer_and_hot_ones_are_even() -> None:
    assert shares(temperature=0.05)[0] > 0.999
    assert shares(temperature=1000.0, top_p=1.0) == pytest.approx([0.25] * 4, abs=0.03)


@given(
    st.lists(st.floats(-80, 80), min_size=1, max_size=40),
    st.floats(0.01, 10),
    st.floats(0.01, 1),
    st.integers(0, 99),
    st.data(),
)
def test_what_is_not_allowed_never_comes(values, temperature, top_p, seed, data) -> None:
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    allowed[data.draw(st.integers(0, len(values) - 1))] = True
    logits = np.array(values, np.float32)
    sampling = Sampling(temperature, top_p)
    drawn = draw(logits, allowed, sampling, np.random.default_rng(seed))
    assert allowed[drawn]
    assert drawn == draw(logits, allowed, sampling, np.random.default_rng(seed))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_named_even_where_it_is_not_allowed(value) -> None:
    logits = LOGITS.copy()
    logits[2] = value
    with pytest.raises(InvalidLogits, match=f"must be finite, got {value} for token 2"):
        draw(logits, np.array([True, True, False, True]), Sampling(), np.random.default_rng(0))


@pytest.mark.parametrize(
    "settings",
    [{"temperature": 0.0}, {"temperature": float("nan")}, {"top_p": 0.0}, {"top_p": 1.2}],
)
def test_impossible_ways_of_sampling_are_named(settings) -> None:
    with pytest.raises(InvalidConfig, match=next(iter(settings))):
        Sampling(**settings)
