import numpy as np
import pytest

from affectlab.music.pcm import dbfs, to_pcm16, without_nonfinite


@pytest.mark.parametrize(("amplitude", "level"), [(1.0, 0.0), (0.5, -6.0206), (0.0, -120.0), (1e-9, -120.0)])
def test_levels_are_finite_decibels(amplitude, level) -> None:
    assert dbfs(amplitude) == pytest.approx(level, abs=1e-3)


def test_rounding_is_exact_symmetric_and_clipped() -> None:
    samples = np.array([[0.0, 1.0], [-1.0, 2.0], [-2.0, 0.5]], np.float32)
    np.testing.assert_array_equal(to_pcm16(samples), [[0, 32767], [-32767, 32767], [-32768, 16384]])


def test_clean_sound_is_not_copied() -> None:
    samples = np.ones((4, 2), np.float32)
    clean, replaced = without_nonfinite(samples)
    assert clean is samples
    assert replaced == 0


def test_frames_with_nan_or_infinity_become_silent_in_both_channels() -> None:
    samples = np.ones((5, 2), np.float32)
    samples[1, 0], samples[3, 1], samples[4, 0] = np.nan, np.inf, -np.inf
    clean, replaced = without_nonfinite(samples)
    assert replaced == 3
    np.testing.assert_array_equal(clean[:, 0], [1, 0, 1, 0, 0])
    assert np.isnan(samples[1, 0])
