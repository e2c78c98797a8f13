from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.errors import InvalidData
from affectlab.signals import Windower
from affectlab.signals.conditioning import Conditioned


def counted(n: int, sfreq: float) -> tuple[Conditioned, np.ndarray]:
    """Samples whose value is their number, from 1."""
    ramp = np.arange(1.0, n + 1)[:, None] * [1, -1]
    return Conditioned(ramp, ramp < 0, ramp / 2), np.arange(1, n + 1) / sfreq


def cut(windower: Windower, samples: Conditioned, times: np.ndarray, sizes: list[int]) -> list[tuple]:
    edges = np.cumsum([0, *sizes, len(times)])
    windows = []
    for start, stop in pairwise(edges):
        part = Conditioned(samples.raw[start:stop], samples.missing[start:stop], samples.filtered[start:stop])
        windows += [
            (segment.time, segment.samples.raw.copy(), segment.samples.filtered.copy())
            for segment in windower.push(part, times[start:stop])
        ]
    return windows


def test_four_seconds_every_half_second() -> None:
    samples, times = counted(1500, 250.0)
    windows = cut(Windower(250.0, 2), samples, times, [])
    assert [time for time, _, _ in windows] == [4.0, 4.5, 5.0, 5.5, 6.0]
    for time, raw, filtered in windows:
        assert raw.shape == (1000, 2)
        assert raw[-1, 0] == 250 * time
        np.testing.assert_array_equal(np.diff(raw[:, 0]), 1)
        np.testing.assert_array_equal(filtered * 2, raw)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 400), max_size=12), st.sampled_from([100.0, 125.0, 128.5]))
def test_however_the_samples_come_the_windows_are_the_same(sizes, sfreq) -> None:
    samples, times = counted(3000, sfreq)
    pieces = cut(Windower(sfreq, 2), samples, times, sizes)
    whole = cut(Windower(sfreq, 2), samples, times, [])
    assert [time for time, _, _ in pieces] == [time for time, _, _ in whole]
    for (_, one, _), (_, other, _) in zip(pieces, whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_step_of_no_whole_number_of_samples_does_not_drift() -> None:
    samples, times = counted(125 * 60, 125.0)
    ends = [time for time, _, _ in cut(Windower(125.0, 2), samples, times, [])]
    assert ends[-1] == pytest.approx(60.0, abs=1 / 125)
    assert np.ptp(np.array(ends) - (4 + 0.5 * np.arange(len(ends)))) <= 1.01 / 125


def test_after_a_reset_a_full_length_is_needed() -> None:
    windower = Windower(250.0, 2)
    samples, times = counted(1200, 250.0)
    assert len(cut(windower, samples, times, [])) == 2
    windower.reset()
    assert len(cut(windower, *counted(999, 250.0), [])) == 0


@pytest.mark.parametrize(("length", "step"), [(4.0, 5.0), (4.0, 0.0), (0.001, 0.001)])
def test_impossible_windows_are_refused(length, step) -> None:
    with pytest.raises(InvalidData, match="expected one sample ≤ step ≤ length"):
        Windower(250.0, 2, length=length, step=step)
