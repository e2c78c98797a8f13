import numpy as np
import pytest

from affectlab.errors import InvalidConfig
from affectlab.music.dose import SoundDose


def tone(amplitude, seconds=2.0, frequency=1000.0):
    wave = amplitude * np.sin(2 * np.pi * frequency * np.arange(int(seconds * 48_000)) / 48_000)
    return np.column_stack([wave, wave]).astype(np.float32)


def dose_of(samples, *, spl=94.0, mode="adult"):
    dose = SoundDose(spl, mode)
    for block in np.array_split(samples, 10):
        dose.push(block)
    return dose.read()


@pytest.mark.parametrize(("mode", "level"), [("adult", 80.0), ("sensitive", 75.0)])
def test_forty_hours_at_the_allowed_level_are_all_of_the_dose(mode, level) -> None:
    # A 1 kHz sine at -14 dBFS, played so that full scale is 14 dB above the allowed level.
    seconds = 4.0
    dose = dose_of(tone(10 ** (-14 / 20), seconds), spl=level + 14, mode=mode)
    assert dose.percent * (40 * 3600 / seconds) == pytest.approx(100, rel=0.005)


def test_the_adult_allowance_is_one_point_six() -> None:
    dose = dose_of(tone(1.0, 3.6), spl=80.0)
    assert dose.pa2h * 100 / dose.percent == pytest.approx(1.6, abs=0.001)


def test_three_decibels_more_double_the_dose() -> None:
    assert dose_of(tone(0.1), spl=97.0103).pa2h == pytest.approx(
        2 * dose_of(tone(0.1), spl=94.0).pa2h, rel=1e-4
    )


def test_the_more_exposed_ear_counts() -> None:
    left = tone(0.5) * np.array([1, 0], np.float32)
    assert dose_of(left).pa2h == pytest.approx(dose_of(tone(0.5)).pa2h)


def test_bass_counts_little() -> None:
    assert dose_of(tone(0.5, frequency=63)).pa2h < dose_of(tone(0.5)).pa2h / 300


def test_a_dose_without_level_check_says_so() -> None:
    dose = SoundDose()
    dose.push(tone(0.1))
    assert dose.read().basis == "assumed"
    dose.calibrate(90.0)
    dose.push(tone(0.1))
    assert dose.read().basis == "assumed"


def test_a_dose_after_the_level_check_is_measured() -> None:
    dose = SoundDose()
    dose.push(np.zeros((960, 2), np.float32))
    dose.calibrate(90.0)
    dose.push(tone(0.1))
    assert dose.read().basis == "measured"


@pytest.mark.parametrize("level", [20.0, 150.0, float("nan")])
def test_an_impossible_level_is_named(level) -> None:
    with pytest.raises(InvalidConfig, match=r"in \[40, 140\] dB SPL, got .*; repeat the level check"):
        SoundDose(level)


def test_an_unknown_mode_is_named() -> None:
    with pytest.raises(InvalidConfig, match="adult, sensitive, got 'child'"):
        SoundDose(mode="child")
