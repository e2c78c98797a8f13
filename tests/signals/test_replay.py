import numpy as np
import pytest

from affectlab.signals import Receiver, SignalChain, open_source
from affectlab.signals.replay import ReplaySource


class Counting:
    """A recording whose samples are their number."""

    sfreq = 125.0
    channels = ("Fp1", "O2")
    n_samples = 3000

    def read(self, start: int, stop: int) -> np.ndarray:
        return np.arange(start, stop, dtype=np.float32)[:, None].repeat(2, axis=1)


def test_every_sample_arrives_once_in_order_with_its_stamp() -> None:
    source = ReplaySource(Counting())
    receiver = Receiver(source.open())
    receiver.open()
    chunks, now, generator = [], 0.0, np.random.default_rng(0)
    while not source.ended:
        now += generator.uniform(0.01, 3.0)
        chunks.append(receiver.pull(expect=source.advance(now), timeout=2.0))
    receiver.close()
    source.close()
    data = np.concatenate([chunk.data for chunk in chunks])
    times = np.concatenate([chunk.times for chunk in chunks])
    np.testing.assert_array_equal(data[:, 1], np.arange(3000))
    np.testing.assert_allclose(times, np.arange(1, 3001) / 125)
    assert receiver.channels == ("Fp1", "O2")


def test_it_ends_with_the_last_sample() -> None:
    source = ReplaySource(Counting())
    source.open()
    assert source.advance(23.9) == 2987
    assert not source.ended
    assert source.advance(1000.0) == 13
    assert source.ended
    assert source.advance(2000.0) == 0
    source.close()
    source.close()


@pytest.mark.data
def test_a_real_recording_goes_through_the_loop_whole(eegmat) -> None:
    source = open_source(f"replay:{eegmat / '125hz' / 'Subject01_2.edf'}")
    receiver = Receiver(source.open())
    receiver.open()
    chain, windows, sent, received, now = SignalChain(receiver.sfreq, receiver.channels), [], 0, 0, 0.0
    while not source.ended:
        now += 0.5
        sent += (due := source.advance(now))
        chunk = receiver.pull(expect=due, timeout=2.0)
        received += len(chunk.times)
        windows += chain.push(chunk)
    assert receiver.events() == ()
    receiver.close()
    source.close()
    assert sent == received == 7750
    assert len(windows) == 117
    assert np.mean([window.usable for window in windows]) > 0.9
