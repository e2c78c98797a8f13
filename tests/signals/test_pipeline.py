import numpy as np
import pytest

from affectlab.errors import UnknownChannels
from affectlab.signals import TEN_TWENTY, ChainConfig, Chunk, SignalChain, SimulatedListener

HEADBAND = ("TP9", "AF7", "AF8", "TP10")


def recording(seconds: float, channels: tuple[str, ...] = TEN_TWENTY, seed: int = 1) -> Chunk:
    listener = SimulatedListener(lambda _: None, seed=seed, channels=channels)
    n = round(seconds * 250)
    return Chunk(listener.take(n), np.arange(1, n + 1) / 250)


def part(chunk: Chunk, start: int, stop: int) -> Chunk:
    return Chunk(chunk.data[start:stop], chunk.times[start:stop])


def test_windows_come_every_half_second_with_quality_for_each_channel() -> None:
    windows = SignalChain(250.0, TEN_TWENTY).push(recording(10))
    assert [window.time for window in windows] == list(np.arange(4, 10.1, 0.5))
    for window in windows:
        assert window.data.shape == (19, 1000)
        assert np.isfinite(window.data).all()
        assert tuple(quality.channel for quality in window.quality) == window.channels == TEN_TWENTY


def test_tick_by_tick_equals_all_at_once() -> None:
    chunk = recording(8)
    whole = SignalChain(250.0, TEN_TWENTY).push(chunk)
    chain, pieces = SignalChain(250.0, TEN_TWENTY), []
    for start in range(0, len(chunk.times), 5):
        pieces += chain.push(part(chunk, start, start + 5))
    assert len(pieces) == len(whole)
    for one, other in zip(pieces, whole, strict=True):
        np.testing.assert_allclose(one.data, other.data, atol=1e-9)
        assert one.quality == other.quality


def test_average_reference_leaves_no_common_signal() -> None:
    window = SignalChain(250.0, TEN_TWENTY).push(recording(4))[0]
    good = window.usable >= 0.5
    np.testing.assert_allclose(window.data[good].mean(axis=0), 0, atol=1e-9)


def test_a_bad_channel_stays_out_of_the_average() -> None:
    clean, dirty = recording(4), recording(4)
    dirty.data[:, 5] = 0.0
    chain = ChainConfig(reference=tuple(name for i, name in enumerate(TEN_TWENTY) if i != 5))
    without = SignalChain(250.0, TEN_TWENTY, chain).push(clean)[0]
    automatic = SignalChain(250.0, TEN_TWENTY).push(dirty)[0]
    assert automatic.quality[5].score == 0
    keep = [i for i in range(19) if i != 5]
    np.testing.assert_allclose(automatic.data[keep], without.data[keep], atol=1e-9)


def test_a_headband_keeps_its_own_reference() -> None:
    chunk = recording(4, HEADBAND)
    automatic = SignalChain(250.0, HEADBAND).push(chunk)[0]
    as_recorded = SignalChain(250.0, HEADBAND, ChainConfig(reference="none")).push(chunk)[0]
    np.testing.assert_array_equal(automatic.data, as_recorded.data)


@pytest.mark.parametrize("leap", [3.0, -3.0])
def test_no_window_spans_a_clock_jump(leap) -> None:
    chunk = recording(12)
    times = chunk.times.copy()
    times[1250:] += leap
    windows = SignalChain(250.0, TEN_TWENTY).push(Chunk(chunk.data, times))
    before, after = windows[:3], windows[3:]
    assert [window.time for window in before] == [4.0, 4.5, 5.0]
    assert after[0].time == pytest.approx(9.0 + leap)
    fresh = SignalChain(250.0, TEN_TWENTY).push(part(chunk, 1250, 2250))[0]
    np.testing.assert_allclose(after[0].data, fresh.data)


def test_jitter_of_the_stamps_is_no_jump() -> None:
    chunk = recording(4)
    times = chunk.times + np.random.default_rng(0).uniform(-0.1, 0.1, len(chunk.times))
    assert len(SignalChain(250.0, TEN_TWENTY).push(Chunk(chunk.data, times))) == 1


def test_an_unknown_reference_is_named() -> None:
    with pytest.raises(UnknownChannels, match="reference channel 'Cz' is not recorded; expected some of TP9"):
        SignalChain(250.0, HEADBAND, ChainConfig(reference=("Cz",)))


def test_a_wholly_dead_recording_still_gives_finite_windows() -> None:
    chunk = Chunk(np.full((1000, 4), np.nan, dtype=np.float32), np.arange(1, 1001) / 250)
    window = SignalChain(250.0, HEADBAND).push(chunk)[0]
    assert np.isfinite(window.data).all()
    assert not window.usable.any()
