import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.session.eeg_grid import on_grid
from affectlab.session.recording import EegRecording


def recording(times: np.ndarray, data: np.ndarray | None = None) -> EegRecording:
    values = np.column_stack([times, -times]).astype(np.float32) if data is None else data.astype(np.float32)
    return EegRecording(values, times, ("Fz", "Cz"), 100.0, "amp")


def test_an_unbroken_stream_stays_as_it_is() -> None:
    times = 5 + np.arange(300) / 100
    grid = on_grid(recording(times))
    np.testing.assert_array_equal(grid.data[0], times.astype(np.float32))
    assert not grid.missing.any()
    assert list(grid.missing_stretches()) == []
    assert grid.onset(6.0) == pytest.approx(1.0)


def test_an_interruption_takes_its_time_and_is_marked() -> None:
    times = np.concatenate([np.arange(100), np.arange(300, 400)]) / 100
    grid = on_grid(recording(times))
    assert grid.data.shape == (2, 400)
    assert list(grid.missing_stretches()) == [(1.0, 2.0)]
    np.testing.assert_array_equal(grid.data[0, 100:300], 0)
    np.testing.assert_allclose(grid.data[0, 300:], np.arange(300, 400) / 100, rtol=1e-6)
    assert grid.onset(3.5) == pytest.approx(3.5)


@given(st.integers(0, 2**31))
def test_jitter_moves_no_sample(seed) -> None:
    times = np.arange(500) / 100 + np.random.default_rng(seed).uniform(0, 0.2, 500)
    assert on_grid(recording(np.sort(times))).data.shape == (2, 500)


def test_missing_values_are_marked_and_a_dead_channel_is_bad() -> None:
    data = np.ones((100, 2))
    data[:, 1] = np.nan
    data[10:20, 0] = np.nan
    grid = on_grid(recording(np.arange(100) / 100, data))
    assert grid.dead == ("Cz",)
    assert list(grid.missing_stretches()) == [(0.1, pytest.approx(0.1))]
    assert np.isfinite(grid.data).all()


def test_moments_outside_the_recording_fall_on_its_ends() -> None:
    grid = on_grid(recording(5 + np.arange(100) / 100))
    assert grid.onset(0.0) == 0
    assert grid.onset(99.0) == pytest.approx(0.99)
