import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.errors import InvalidData
from affectlab.signals import Conditioner

SFREQ = 250.0


def tone(hertz: float, seconds: float = 10.0, sfreq: float = SFREQ) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(seconds * sfreq) / sfreq)[:, None]


def gain(hertz: float, **options) -> float:
    sfreq = options.pop("sfreq", SFREQ)
    filtered = Conditioner(sfreq, 1, **options).process(tone(hertz, sfreq=sfreq)).filtered
    return float(np.abs(filtered[len(filtered) // 2 :]).max())


@pytest.mark.parametrize("hertz", [4, 10, 20, 30])
def test_the_rhythms_of_interest_pass(hertz) -> None:
    assert gain(hertz) == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize(("hertz", "most"), [(0.1, 0.05), (50, 0.01), (90, 0.1)])
def test_drift_mains_and_fast_noise_do_not(hertz, most) -> None:
    assert gain(hertz) < most


def test_sixty_hertz_mains_and_no_notch() -> None:
    assert gain(60, line=60.0) < 0.01
    assert gain(50, line=None, band=(1, 100)) > 0.9


def test_at_the_lowest_rate_the_band_ends_below_nyquist() -> None:
    assert gain(10, sfreq=100.0) == pytest.approx(1, abs=0.1)


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 90), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 299), st.integers(0, 2), st.integers(1, 60)), max_size=4),
    st.integers(0, 2**32 - 1),
)
def test_chunks_give_what_the_whole_gives(sizes, gaps, seed) -> None:
    signal = np.random.default_rng(seed).normal(20, 10, (300, 3))
    for start, channel, length in gaps:
        signal[start : start + length, channel] = np.nan
    whole = Conditioner(SFREQ, 3).process(signal)
    piecewise, parts = Conditioner(SFREQ, 3), np.split(signal, np.cumsum(sizes))
    pieces = [piecewise.process(part) for part in parts]
    for name in ("raw", "missing", "filtered"):
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        np.testing.assert_allclose(joined, getattr(whole, name), atol=1e-9)


def test_missing_samples_are_marked_and_held_and_do_not_spread() -> None:
    signal = 10 * np.hstack([tone(10), tone(10)])
    broken = signal.copy()
    broken[1000:1100, 0] = np.nan
    conditioned = Conditioner(SFREQ, 2).process(broken)
    assert np.isfinite(conditioned.filtered).all()
    assert conditioned.missing.sum() == 100
    assert (conditioned.raw[1000:1100, 0] == broken[999, 0]).all()
    clean = Conditioner(SFREQ, 2).process(signal).filtered
    np.testing.assert_allclose(conditioned.filtered[:, 1], clean[:, 1])
    np.testing.assert_allclose(conditioned.filtered[-250:, 0], clean[-250:, 0], atol=0.5)


def test_a_return_at_another_level_makes_no_step() -> None:
    signal = np.zeros((1000, 1))
    signal[500:600] = np.nan
    signal[600:] = 5000.0
    assert np.abs(Conditioner(SFREQ, 1).process(signal).filtered).max() < 1e-6


def test_a_channel_that_never_sends_stays_at_zero() -> None:
    conditioned = Conditioner(SFREQ, 2).process(np.full((500, 2), np.nan))
    assert not conditioned.filtered.any()
    assert conditioned.missing.all()


def test_a_large_offset_leaves_no_transient() -> None:
    offset = Conditioner(SFREQ, 1).process(tone(10) + 200_000).filtered
    np.testing.assert_allclose(offset, Conditioner(SFREQ, 1).process(tone(10)).filtered, atol=1e-6)


def test_reset_forgets() -> None:
    conditioner = Conditioner(SFREQ, 1)
    first = conditioner.process(tone(7)).filtered
    conditioner.reset()
    np.testing.assert_array_equal(conditioner.process(tone(7)).filtered, first)


def test_infinite_values_count_as_missing() -> None:
    signal = tone(10)
    signal[100] = np.inf
    conditioned = Conditioner(SFREQ, 1).process(signal)
    assert conditioned.missing[100, 0]
    assert np.isfinite(conditioned.filtered).all()


@pytest.mark.parametrize("sfreq", [99.0, 0.0, float("nan")])
def test_too_low_a_rate_is_refused(sfreq) -> None:
    with pytest.raises(InvalidData, match="expected at least 100 Hz"):
        Conditioner(sfreq, 1)


def test_a_band_upside_down_is_refused() -> None:
    with pytest.raises(InvalidData, match=r"pass band is \(45, 1\); expected 0 < low < high"):
        Conditioner(SFREQ, 1, band=(45, 1))
