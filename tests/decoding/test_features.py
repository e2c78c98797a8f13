import numpy as np
import pytest
from decoding_windows import make_window, oscillation
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import welch

from affectlab.decoding.features import (
    BANDS,
    LEAST_POWER,
    affect_features,
    frontal_pairs,
    log_band_power,
    power_spectrum,
)
from affectlab.errors import InvalidData


@pytest.mark.parametrize(("sfreq", "samples"), [(250.0, 1000), (125.0, 500), (128.5, 515), (512.0, 700)])
def test_spectrum_is_welchs(sfreq, samples) -> None:
    data = np.random.default_rng(3).normal(5, 20, size=(4, samples))
    frequencies, density = power_spectrum(data, sfreq)
    expected_frequencies, expected = welch(data, sfreq, nperseg=min(round(2 * sfreq), samples))
    np.testing.assert_allclose(frequencies, expected_frequencies)
    np.testing.assert_allclose(density, expected, rtol=1e-9, atol=1e-12)


def test_a_sine_puts_its_power_into_its_band() -> None:
    wave = oscillation(10.0, amplitude=20.0)[None]
    theta, alpha, beta, gamma = np.exp(log_band_power(wave, 250.0))[:, 0]
    assert alpha == pytest.approx(20.0**2 / 2, rel=1e-6)
    assert max(theta, beta, gamma) < 0.01 * alpha


def test_band_edges_belong_to_the_upper_band() -> None:
    power = np.exp(log_band_power(oscillation(13.0)[None], 250.0))[:, 0]
    assert power[list(BANDS).index("beta")] > power[list(BANDS).index("alpha")]


@given(st.floats(0.01, 100), st.integers(0, 2**31))
def test_log_ratios_ignore_the_amplifiers_gain(gain, seed) -> None:
    data = np.random.default_rng(seed).normal(0, 10, size=(3, 500))
    one, other = (
        affect_features(make_window(d, ("F3", "F4", "Cz"), sfreq=125.0)) for d in (data, gain * data)
    )
    np.testing.assert_allclose(one.ratio, other.ratio, atol=1e-8)
    np.testing.assert_allclose(one.asymmetry, other.asymmetry, atol=1e-8)


def test_bands_above_the_nyquist_frequency_are_not_invented() -> None:
    power = log_band_power(np.random.default_rng(0).normal(size=(1, 160)), 40.0)
    assert np.isfinite(power[:3]).all()
    assert np.isnan(power[3]).all()


def test_more_alpha_on_the_right_is_positive_asymmetry() -> None:
    data = np.stack([oscillation(10, amplitude=10), oscillation(10, amplitude=20)])
    features = affect_features(make_window(data, ("F3", "F4")))
    assert features.asymmetry == pytest.approx([np.log(4)], rel=1e-6)


@pytest.mark.parametrize(
    ("channels", "pairs"),
    [
        (("TP9", "AF7", "AF8", "TP10"), [(2, 1)]),
        (("F3", "Fz", "F4", "Fp1", "Fp2", "F7"), [(2, 0), (4, 3)]),
        (("Cz", "F3"), []),
    ],
)
def test_pairs_are_those_the_montage_has(channels, pairs) -> None:
    assert frontal_pairs(channels) == pairs


def test_a_pair_weighs_as_its_poorer_channel() -> None:
    noise = np.random.default_rng(0).normal(0, 10, size=(2, 1000))
    features = affect_features(make_window(noise, ("F3", "F4"), scores=(0.9, 0.4)))
    np.testing.assert_allclose(features.asymmetry_weight, [0.4])
    assert affect_features(make_window(noise, ("F3", "F4"), scores=(0.9, 0.4)), 0.5).asymmetry_weight == [0]


def test_a_dead_channel_weighs_nothing_even_when_its_quality_is_called_clean() -> None:
    data = np.stack([np.zeros(1000), np.random.default_rng(0).normal(0, 10, 1000)])
    features = affect_features(make_window(data, ("F3", "F4")))
    np.testing.assert_allclose(features.ratio_weight, [0, 1])
    assert features.asymmetry_weight == [0]
    assert np.exp(log_band_power(data, 250.0)[:, 0]) == pytest.approx(LEAST_POWER)


@pytest.mark.parametrize("shape", [(10,), (4, 1), (2, 2, 2)])
def test_a_misshapen_window_is_named(shape) -> None:
    with pytest.raises(InvalidData, match=r"\(channels, samples\) with two samples or more, got"):
        power_spectrum(np.zeros(shape), 250.0)
