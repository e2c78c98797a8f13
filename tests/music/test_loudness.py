import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.errors import InvalidConfig
from affectlab.music.loudness import LoudnessCeiling, LoudnessMeter
from affectlab.music.pcm import FLOOR_DBFS


def sine(level_dbfs, seconds, frequency=1000.0):
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency * np.arange(int(seconds * 48_000)) / 48_000)
    return np.column_stack([wave, wave]).astype(np.float32)


def metered(*parts):
    meter = LoudnessMeter()
    for part in parts:
        meter.push(part)
    return meter


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_ebu_reference_tone_reads_its_level(level) -> None:
    # EBU Tech 3341 tests 1 and 2: stereo 1 kHz sine, M, S and I read its level within 0.1 LU.
    meter = metered(sine(level, 20))
    for reading in (meter.momentary, meter.short_term, meter.integrated):
        assert reading == pytest.approx(level, abs=0.1)


def test_ebu_gating_ignores_quiet_passages() -> None:
    # EBU Tech 3341 test 3: -36, -23, -36 dBFS for 10, 60, 10 s reads -23 LUFS within 0.1 LU.
    assert metered(sine(-36, 10), sine(-23, 60), sine(-36, 10)).integrated == pytest.approx(-23, abs=0.1)


def test_ebu_gating_has_an_absolute_threshold() -> None:
    # EBU Tech 3341 test 4: as test 3 with -72 dBFS around it.
    parts = [
        sine(level, seconds) for level, seconds in [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)]
    ]
    assert metered(*parts).integrated == pytest.approx(-23, abs=0.1)


def test_bass_counts_less_than_treble() -> None:
    low, middle, high = (metered(sine(-20, 4, frequency)).integrated for frequency in (40, 1000, 4000))
    assert low < middle - 3
    assert high > middle + 2.5


def test_silence_reads_the_floor() -> None:
    meter = metered(np.zeros((48_000, 2), np.float32))
    assert meter.momentary == meter.short_term == meter.integrated == FLOOR_DBFS


def test_one_channel_is_three_units_below_two() -> None:
    both = sine(-20, 4)
    one = both * np.array([1, 0], np.float32)
    assert metered(both).integrated - metered(one).integrated == pytest.approx(3.01, abs=0.01)


def test_agrees_with_pyloudnorm_on_music_like_noise() -> None:
    pyloudnorm = pytest.importorskip("pyloudnorm")
    generator = np.random.default_rng(4)
    envelope = np.repeat(10 ** (generator.uniform(-40, -10, size=60) / 20), 9600)[:, None]
    samples = (generator.normal(size=(len(envelope), 2)) * envelope).astype(np.float32)
    expected = pyloudnorm.Meter(48_000, filter_class="DeMan").integrated_loudness(samples)
    assert metered(samples).integrated == pytest.approx(expected, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 9000), min_size=1, max_size=10))
def test_the_cut_into_blocks_does_not_matter(seed, cuts) -> None:
    generator = np.random.default_rng(seed)
    samples = (generator.normal(size=(24_000, 2)) * generator.uniform(0.01, 1)).astype(np.float32)
    parts = np.split(samples, np.unique(np.clip(np.cumsum(cuts), 1, 23_999)))
    assert metered(*parts).short_term == pytest.approx(metered(samples).short_term, abs=1e-9)
    ceiling, whole = LoudnessCeiling(), LoudnessCeiling().process(samples)
    np.testing.assert_allclose(np.vstack([ceiling.process(part) for part in parts]), whole, atol=1e-6)


def short_terms(samples):
    meter, readings = LoudnessMeter(), []
    for hop in range(0, len(samples), 4800):
        meter.push(samples[hop : hop + 4800])
        readings.append(meter.short_term)
    return np.array(readings)


@pytest.mark.parametrize(("level", "overshoot"), [(-12.0, 2.0), (-3.0, 5.0)])
def test_loud_sound_settles_at_the_ceiling(level, overshoot) -> None:
    out = LoudnessCeiling(-18.0).process(np.vstack([sine(-30, 4), sine(level, 12)]))
    readings = short_terms(out)
    assert readings.max() <= -18 + overshoot
    assert readings[-1] == pytest.approx(-18, abs=0.1)


def test_quiet_sound_passes_bit_for_bit() -> None:
    samples = sine(-19, 6)
    np.testing.assert_array_equal(LoudnessCeiling(-18.0).process(samples), samples)


def test_the_gain_does_not_pump_with_the_notes() -> None:
    beats = np.vstack([sine(-10, 0.25), sine(-30, 0.25)] * 20)
    ceiling = LoudnessCeiling(-18.0)
    gains = []
    for hop in range(0, len(beats), 4800):
        ceiling.process(beats[hop : hop + 4800])
        gains.append(ceiling.gain_db)
    settled = np.array(gains[30:])
    assert settled.max() < -3
    assert np.ptp(settled) <= 0.6


def test_the_gain_comes_back_slowly_and_wholly() -> None:
    ceiling = LoudnessCeiling(-18.0)
    ceiling.process(sine(-8, 5))
    reduced = ceiling.gain_db
    ceiling.process(sine(-40, 3))
    assert reduced + 2 < ceiling.gain_db < reduced + 3.5
    ceiling.process(sine(-40, 10))
    assert ceiling.gain_db == 0


def test_a_ceiling_out_of_range_is_named() -> None:
    with pytest.raises(InvalidConfig, match=r"\[-60, 0\] LUFS, got 3"):
        LoudnessCeiling(3)
