from __future__ import annotations

import gc
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from affectlab.errors import InvalidData, StreamNotFound, UnknownChannels
from affectlab.signals import Outlet, Receiver, StreamAddress, liblsl, unique_source_id
from affectlab.signals.receiver import LOST_SECONDS, SignalEvent

CHANNELS = ("Fp1", "Cz", "O2")


def fresh_name() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


@contextmanager
def stream(
    name: str, labels=CHANNELS, *, sfreq: float = 250.0, unit: str | None = None, source_id: str = ""
) -> Iterator[Callable]:
    """A stream as some other program might publish it; yields its push."""
    lsl = liblsl.load()
    info = lsl.StreamInfo(name, "EEG", len(labels), sfreq, "float32", source_id)
    if any(labels):
        info.set_channel_names(list(labels))
    if unit:
        info.set_channel_units(unit)
    outlet = lsl.StreamOutlet(info)

    def push(data, times) -> None:
        outlet.push_chunk(np.asarray(data, dtype=np.float32), np.asarray(times, dtype=float))

    try:
        yield push
    finally:
        outlet._del()
        gc.collect()


@contextmanager
def connected(address: StreamAddress, **options) -> Iterator[Receiver]:
    receiver = Receiver(address, **options)
    try:
        receiver.open()
        yield receiver
    finally:
        receiver.close()


@contextmanager
def session_stream(**options) -> Iterator[tuple[Outlet, Receiver]]:
    name, source_id = fresh_name(), unique_source_id("test")
    outlet = Outlet(name, source_id, CHANNELS, 250.0)
    with connected(StreamAddress(name, source_id, stamps_session_time=True), **options) as receiver:
        yield outlet, receiver
    outlet.close()


def pull_until(receiver: Receiver, done: Callable[[list[SignalEvent]], bool], seconds: float = 20.0) -> list:
    """Pull as a session does until `done` says so of the events so far."""
    events: list[SignalEvent] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not done(events):
        receiver.pull()
        events += receiver.events()
        time.sleep(0.02)
    return events


def test_nothing_is_lost_or_reordered_and_missing_values_survive() -> None:
    data = np.random.default_rng(0).normal(0, 20, (5000, 3)).astype(np.float32)
    data[100:200, 1] = np.nan
    times = np.arange(1, 5001) / 250
    with session_stream() as (outlet, receiver):
        chunks, start = [], 0
        for size in (1, 5, 5, 3000, 1, 1988):
            outlet.push(data[start : start + size], times[start : start + size])
            chunks.append(receiver.pull(expect=size, timeout=2.0))
            start += size
    np.testing.assert_array_equal(np.concatenate([chunk.data for chunk in chunks]), data)
    np.testing.assert_array_equal(np.concatenate([chunk.times for chunk in chunks]), times)
    assert chunks[0].data.dtype == np.float32


def test_pull_returns_with_what_has_come_when_its_time_is_over() -> None:
    with session_stream() as (outlet, receiver):
        assert receiver.pull() is None
        outlet.push(np.ones((3, 3)), np.array([1.0, 2.0, 3.0]))
        start = time.monotonic()
        chunk = receiver.pull(expect=10, timeout=0.2)
        assert time.monotonic() - start > 0.19
        assert len(chunk.times) == 3


def test_jumps_of_the_clock_are_told() -> None:
    times = np.concatenate([np.arange(10) / 250 + 1, np.arange(10) / 250 + 4, np.arange(10) / 250 + 2])
    with session_stream() as (outlet, receiver):
        outlet.push(np.zeros((30, 3)), times)
        receiver.pull(expect=30)
        events = receiver.events()
        assert receiver.events() == ()
    assert [(event.kind, event.time) for event in events] == [("clock_jump", 4.0), ("clock_jump", 2.0)]
    assert "jumped by +3.0 s" in events[0].text
    assert "jumped by -2.0 s" in events[1].text


def test_a_device_stream_becomes_microvolts_session_seconds_and_names() -> None:
    name = fresh_name()
    start = liblsl.clock() - 100
    address = StreamAddress(name, None, stamps_session_time=False)
    with (
        stream(name, ["EEG FP1-Ref", "AUX", "T3"], unit="millivolts") as push,
        connected(address, session_start_lsl=start) as receiver,
    ):
        now = liblsl.clock()
        push([[0.010, 9.0, -0.025]] * 2, [now, now + 0.004])
        chunk = receiver.pull(expect=2)
    assert receiver.channels == ("Fp1", "T7")
    assert receiver.warnings == ()
    np.testing.assert_allclose(chunk.data, [[10.0, -25.0]] * 2, rtol=1e-5)
    np.testing.assert_allclose(chunk.times, [now - start, now + 0.004 - start], atol=0.005)


def test_a_stream_without_names_or_units_needs_names_and_gets_a_warning() -> None:
    name, source_id = fresh_name(), unique_source_id("test")
    address = StreamAddress(name, source_id, stamps_session_time=True)
    with stream(name, ["", "", ""], source_id=source_id):
        with pytest.raises(UnknownChannels, match="among the channels channel 1, channel 2, channel 3"):
            Receiver(address).open()
        with pytest.raises(InvalidData, match=r"2 channel labels given for LSL stream .* expected 3"):
            Receiver(address, labels=("Fp1", "Fp2")).open()
        with connected(address, labels=("Fp1", "Fp2", "Cz"), channels=("cz",)) as receiver:
            assert receiver.channels == ("Cz",)
            assert receiver.warnings == ("the stream declares the unit None for Cz; taken as microvolts",)


def test_an_absent_stream_is_named_with_those_that_are_visible() -> None:
    visible = fresh_name()
    with (
        stream(visible, source_id=visible),
        pytest.raises(
            StreamNotFound, match=rf"'nobody' appeared within 0.5 s; .*{visible} \(EEG, 3 channels"
        ),
    ):
        Receiver(StreamAddress("nobody", None, stamps_session_time=False), timeout=0.5).open()


def test_an_ambiguous_name_asks_for_the_source_id() -> None:
    name = fresh_name()
    with (
        stream(name, source_id="left"),
        stream(name, source_id="right"),
        pytest.raises(StreamNotFound, match=r"2 LSL streams are named .*\('left', 'right'\).*\?id="),
    ):
        Receiver(StreamAddress(name, None, stamps_session_time=False)).open()


@pytest.mark.parametrize("sfreq", [50.0, 0.0])
def test_too_low_or_irregular_a_rate(sfreq) -> None:
    name = source_id = fresh_name()
    address = StreamAddress(name, source_id, stamps_session_time=True)
    with stream(name, sfreq=sfreq, source_id=source_id), pytest.raises(InvalidData, match="at least 100 Hz"):
        Receiver(address).open()


@pytest.mark.parametrize("source_id", ["", "device-7"])
def test_a_stream_that_vanishes_is_lost_and_comes_back(source_id, monkeypatch) -> None:
    monkeypatch.setattr("affectlab.signals.receiver._SEARCH_SECONDS", LOST_SECONDS)
    name = fresh_name()
    source_id = source_id and source_id + name
    address = StreamAddress(name, None, stamps_session_time=False)
    with stream(name, source_id=source_id) as push:
        receiver = Receiver(address)
        receiver.open()
        push(np.zeros((5, 3)), liblsl.clock() + np.arange(5) / 250)
        assert receiver.pull(expect=5) is not None
    lost = pull_until(receiver, bool)
    assert [event.kind for event in lost] == ["lost"]
    assert "check that the headset is on" in lost[0].text
    with stream(name, source_id=source_id) as push:
        back: list[SignalEvent] = []
        deadline = time.monotonic() + 40
        while not back and time.monotonic() < deadline:
            push(np.zeros((5, 3)), liblsl.clock() + np.arange(5) / 250)
            receiver.pull()
            back += receiver.events()
            time.sleep(0.02)
    receiver.close()
    # liblsl may say at once that the outlet is gone, so the gap may be shorter than the silence of a loss.
    gap = back[0].time - lost[0].time
    assert gap > 0
    assert [event.kind for event in back][:2] == (["back", "clock_jump"] if gap > 0.5 else ["back"])


def test_close_is_safe_twice_and_before_open() -> None:
    receiver = Receiver(StreamAddress("x", None, stamps_session_time=False))
    receiver.close()
    receiver.close()
