"""Windows at a common rate: nothing at equal rates, tones kept below half the lower rate and gone above."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.decoding.resampling import resampled
from affectlab.errors import InvalidData

RATES = st.sampled_from([100.0, 125.0, 128.0, 200.0, 250.0, 256.0, 300.0, 500.0, 512.0, 1000.0, 1024.0])


def tone(hertz: float, sfreq: float, seconds: float = 4.0) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * sfreq)) / sfreq)


def test_equal_rates_change_nothing_at_all() -> None:
    data = np.random.default_rng(0).standard_normal((3, 500))
    assert resampled(data, 125, 125.0) is data


@given(sfreq=RATES, to=RATES)
def test_the_number_of_samples_is_that_of_the_seconds(sfreq, to) -> None:
    assert resampled(np.zeros((2, round(4 * sfreq))), sfreq, to).shape == (2, round(4 * to))


@given(sfreq=RATES, to=RATES, hertz=st.floats(1, 35))
def test_a_tone_stays_where_it_is_in_time(sfreq, to, hertz) -> None:
    found = resampled(tone(hertz, sfreq), sfreq, to)
    edge = round(12 * to / min(sfreq, to))
    np.testing.assert_allclose(found[edge:-edge], tone(hertz, to)[edge:-edge], atol=0.01)


@given(sfreq=RATES, to=RATES, offset=st.floats(-1e4, 1e4), slope=st.floats(-100, 100))
def test_a_straight_line_stays_one_to_the_edges(sfreq, to, offset, slope) -> None:
    line = offset + slope * np.arange(round(4 * sfreq)) / sfreq
    expected = offset + slope * np.arange(round(4 * to)) / to
    # The filter's own ripple; a step to zero beyond the edges would be hundreds of times as large.
    np.testing.assert_allclose(resampled(line, sfreq, to), expected, atol=1e-3 * np.abs(line).max() + 1e-9)


def test_what_the_lower_rate_cannot_carry_is_taken_out() -> None:
    found = resampled(tone(100, 500), 500, 125)
    assert np.abs(found[20:-20]).max() < 0.01


def test_precision_is_kept() -> None:
    assert resampled(np.zeros((1, 500), np.float32), 250, 125).dtype == np.float32


@pytest.mark.parametrize(
    ("sfreq", "to", "complaint"),
    [
        (0, 125, "0 and 125 Hz"),
        (125, -1, "125 and -1 Hz"),
        (np.nan, 125, "nan and 125"),
        (125.003, 125, "their ratio is not one of small whole numbers"),
    ],
)
def test_rates_that_are_none_are_named(sfreq, to, complaint) -> None:
    with pytest.raises(InvalidData, match=complaint):
        resampled(np.zeros(100), sfreq, to)
