import numpy as np
import pytest
from scipy.signal import freqz_sos

from affectlab.music.weighting import WeightingFilter, a_sections, k_sections


def test_a_weighting_follows_the_standard() -> None:
    # IEC 61672-1:2013, table 3, nominal frequencies.
    table = {
        31.5: -39.4,
        63: -26.2,
        125: -16.1,
        250: -8.6,
        500: -3.2,
        1000: 0,
        2000: 1.2,
        4000: 1.0,
        8000: -1.1,
    }
    _, response = freqz_sos(a_sections(), worN=list(table), fs=48_000)
    np.testing.assert_allclose(20 * np.log10(np.abs(response)), list(table.values()), atol=0.7)


def test_k_weighting_lifts_treble_by_four_decibels_and_cuts_bass() -> None:
    # ITU-R BS.1770-4, figures 2 and 4, read against 1 kHz (0.69 dB, which the -0.691 offset takes out).
    _, response = freqz_sos(k_sections(), worN=[20, 1000, 10_000], fs=48_000)
    low, middle, high = 20 * np.log10(np.abs(response))
    assert middle == pytest.approx(0.69, abs=0.02)
    assert high == pytest.approx(4.0, abs=0.1)
    assert low < -12


def test_the_filter_goes_on_from_block_to_block() -> None:
    samples = np.random.default_rng(0).normal(size=(4800, 2)).astype(np.float32)
    whole, cut = WeightingFilter(a_sections()), WeightingFilter(a_sections())
    parts = [cut.energy(part) for part in np.split(samples, [1, 700, 701, 4000])]
    np.testing.assert_allclose(sum(parts), whole.energy(samples))
