import numpy as np
import pytest
from live_sessions import CHANNELS, SFREQ, FakeReceiver, FakeSource

from affectlab.errors import BoardError, UnreadableFile
from affectlab.session.intake import Intake
from affectlab.signals import SignalChain, SignalEvent

ROUNDS = np.arange(1, 501) * 0.02


def intake(source=None, receiver=None) -> Intake:
    receiver = receiver or FakeReceiver()
    receiver.open()
    return Intake(source or FakeSource(), receiver, SignalChain(SFREQ, CHANNELS))


def test_every_sample_is_counted_and_cut_into_windows() -> None:
    one = intake()
    arrivals = [one.round(float(moment)) for moment in ROUNDS]
    assert one.samples == 2500
    assert sum(len(arrival.chunk.times) for arrival in arrivals) == 2500
    times = [window.time for arrival in arrivals for window in arrival.windows]
    assert times == pytest.approx(np.arange(4, 10.1, 0.5))
    assert (one.channels, one.sfreq) == (CHANNELS, SFREQ)


def test_silence_brings_nothing() -> None:
    arrival = intake(receiver=FakeReceiver(silent=lambda _time: True)).round(0.02)
    assert (arrival.chunk, arrival.windows, arrival.events) == (None, (), ())


@pytest.mark.parametrize("error", [BoardError("the board is mute"), UnreadableFile("the file has a hole")])
def test_a_source_that_fails_is_told_once_a_spell(error) -> None:
    one = intake(FakeSource(error, failing=(1.0, 2.0)))
    news = [event for moment in ROUNDS for event in one.round(float(moment)).events]
    assert [(event.kind, event.text) for event in news] == [("lost", str(error))]
    assert news[0].time == pytest.approx(1.0)


def test_a_source_that_fails_again_later_is_told_again() -> None:
    source = FakeSource(BoardError("mute"), failing=(1.0, 1.1))
    one = intake(source)
    first = [event for moment in ROUNDS[:100] for event in one.round(float(moment)).events]
    source.failing = (3.0, 3.1)
    second = [event for moment in ROUNDS[100:] for event in one.round(float(moment)).events]
    assert len(first) == len(second) == 1


def test_a_fault_of_ours_is_not_taken_for_the_device() -> None:
    with pytest.raises(ZeroDivisionError):
        intake(FakeSource(ZeroDivisionError(), failing=(0.0, 1.0))).round(0.02)


def test_news_of_the_stream_is_handed_on_once() -> None:
    receiver = FakeReceiver()
    one = intake(receiver=receiver)
    receiver.news = [SignalEvent("lost", 1.0, "gone"), SignalEvent("back", 3.0, "here")]
    assert [event.kind for event in one.round(0.02).events] == ["lost", "back"]
    assert one.round(0.04).events == ()


def test_it_waits_for_published_samples_as_long_as_it_may() -> None:
    class Waiting(FakeReceiver):
        def pull(self, expect=0, timeout=0.25):
            self.waited = timeout
            return super().pull(expect, timeout)

    receiver = Waiting()
    receiver.open()
    Intake(FakeSource(), receiver, SignalChain(SFREQ, CHANNELS), patience=7.0).round(0.02)
    assert receiver.waited == 7.0


def test_closing_frees_receiver_and_device() -> None:
    source, receiver = FakeSource(), FakeReceiver()
    intake(source, receiver).close()
    assert source.closed
    assert receiver.closed
