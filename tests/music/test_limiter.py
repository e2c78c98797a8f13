import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from affectlab.errors import InvalidConfig
from affectlab.music.limiter import TruePeakLimiter, true_peaks


def stereo(left, right=None):
    return np.column_stack([left, left if right is None else right]).astype(np.float32)


def flushed(limiter, samples):
    """Everything the limiter gives for `samples`, with its latency taken out."""
    out = np.vstack([limiter.process(samples), limiter.process(np.zeros((limiter.latency, 2), np.float32))])
    return out[limiter.latency :]


def peak_db(samples):
    padded = np.vstack([np.zeros((11, 2)), samples, np.zeros((11, 2))])
    return 20 * np.log10(max(true_peaks(padded).max(), 1e-9))


def tone(frequency, amplitude, frames=9600, phase=0.0):
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(frames) / 48_000 + phase)


def test_a_quarter_rate_sine_peaks_between_its_samples() -> None:
    # EBU Tech 3341 test 16: fs/4 at 45 degrees, 0.5 between samples, reads -6 dBTP within +0.2/-0.4.
    samples = stereo(tone(12_000, 0.5, phase=np.pi / 4))
    assert np.abs(samples).max() == pytest.approx(0.3536, abs=1e-3)
    assert -6.4 <= peak_db(samples[2000:4000] * np.hanning(2000)[:, None]) <= -5.8


def test_what_is_below_the_ceiling_passes_untouched() -> None:
    samples = (np.random.default_rng(0).normal(size=(9600, 2)) * 0.15).astype(np.float32)
    assert peak_db(samples) < -1
    np.testing.assert_array_equal(flushed(TruePeakLimiter(-1.0), samples), samples)


@pytest.mark.parametrize("ceiling", [-1.0, -6.0])
def test_a_loud_tone_is_brought_to_the_ceiling_undistorted(ceiling) -> None:
    out = flushed(TruePeakLimiter(ceiling), stereo(tone(440, 3.0)))[2000:]
    assert peak_db(out[:6000]) == pytest.approx(ceiling, abs=0.15)
    spectrum = np.abs(np.fft.rfft(out[:4800, 0] * np.hanning(4800)))
    assert spectrum[60:].max() < 1e-3 * spectrum.max()


def test_both_channels_get_the_same_gain() -> None:
    out = flushed(TruePeakLimiter(), stereo(tone(300, 4.0), tone(300, 0.4)))
    np.testing.assert_allclose(out[:, 1], out[:, 0] / 10, atol=1e-6)


def adversaries(seed, kind, frames=3000):
    generator = np.random.default_rng(seed)
    noise = generator.normal(size=(frames, 2))
    swell = np.exp(np.clip(np.cumsum(noise[:, :1] * 0.3, axis=0), -5, 4.1))
    ramp = np.exp((np.arange(frames) % generator.integers(80, 900)) / generator.uniform(20, 200))[:, None]
    alternating = np.sin(np.pi / 2 * np.arange(frames) + np.pi / 4)[:, None] * np.minimum(ramp, 64)
    return {
        "noise": noise * 10 ** generator.uniform(-1, 2),
        "signs": np.sign(noise) * 64,
        "swell": generator.normal(size=(frames, 2)) * swell,
        "impulses": np.where(generator.random((frames, 2)) < 0.01, noise * 50, 0),
        "against the gain": np.hstack([alternating, -alternating]),
        "absurd": noise * 1e30,
    }[kind].astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["noise", "signs", "swell", "impulses", "against the gain", "absurd"]),
    st.floats(-12, 0),
)
def test_the_true_peak_never_exceeds_the_ceiling(seed, kind, ceiling) -> None:
    assert peak_db(flushed(TruePeakLimiter(ceiling), adversaries(seed, kind))) <= ceiling


def test_the_ceiling_holds_for_another_measure_of_true_peak() -> None:
    samples = (np.random.default_rng(3).normal(size=(20_000, 2))).astype(np.float32)
    out = flushed(TruePeakLimiter(-1.0), samples)
    peak = np.abs(resample_poly(out.astype(float), 16, 1)).max()
    # Annex 2 of BS.1770 allows fourfold oversampling to read 0.6 dB low at the top of the band.
    assert 20 * np.log10(peak) <= -1.0 + 0.6


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 700), min_size=1, max_size=12))
def test_the_cut_into_blocks_does_not_matter(seed, cuts) -> None:
    samples = adversaries(seed, "swell", frames=2500)
    whole = TruePeakLimiter().process(samples)
    limiter = TruePeakLimiter()
    parts = np.split(samples, np.unique(np.clip(np.cumsum(cuts), 1, 2499)))
    np.testing.assert_allclose(np.vstack([limiter.process(part) for part in parts]), whole, atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_broken_frames_become_silence_and_are_counted(bad) -> None:
    samples = stereo(tone(440, 0.3, frames=2000))
    samples[500:510, 0] = bad
    limiter = TruePeakLimiter()
    out = flushed(limiter, samples)
    assert limiter.nonfinite_frames == 10
    assert np.isfinite(out).all()
    assert not out[500:510].any()
    np.testing.assert_array_equal(out[600:], samples[600:])


def test_gain_recovers_after_a_peak() -> None:
    samples = stereo(tone(440, 0.5, frames=48_000))
    samples[1000] = 4.0
    out = flushed(TruePeakLimiter(), samples)
    assert np.abs(out[1100:2000]).max() < 0.3
    np.testing.assert_array_equal(out[-4800:], samples[-4800:])


@pytest.mark.parametrize("ceiling", [0.5, -41.0, float("nan")])
def test_a_ceiling_out_of_range_is_named(ceiling) -> None:
    with pytest.raises(InvalidConfig, match=r"must be in \[-40, 0\] dBTP, got"):
        TruePeakLimiter(ceiling)
