"""The rounds themselves; whole sessions are in test_runner."""

import numpy as np
import pytest
from live_sessions import FakeReceiver, FakeSource, plug_in

from affectlab.session.brief import Brief
from affectlab.session.build import build
from affectlab.session.config import SessionConfig
from affectlab.session.events import LatencyEvent, NoticeEvent, StateEvent
from affectlab.session.loop import FRAMES
from affectlab.signals import SignalEvent


@pytest.fixture
def events() -> list:
    return []


@pytest.fixture
def receiver(monkeypatch) -> FakeReceiver:
    receiver = FakeReceiver()
    plug_in(monkeypatch, FakeSource(), receiver)
    return receiver


@pytest.fixture
def loop(receiver, events):
    config = SessionConfig(source="brainflow:cyton", speed=float("inf"), synth="builtin")
    return build(config, brief=Brief(), donor=(), emit=events.append, recorder=None).loop


def rounds(loop, seconds: float) -> None:
    for _ in range(round(seconds / 0.02)):
        loop.round()


def of(events, kind) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_a_round_is_20_ms_of_session_and_of_sound(loop) -> None:
    blocks = []
    loop.pcm.subscribe(blocks.append)
    rounds(loop, 1.0)
    assert loop.moment == pytest.approx(1.0)
    assert [first for first, _ in blocks] == list(range(0, 48_000, FRAMES))
    assert all(pcm.shape == (FRAMES, 2) and pcm.dtype == np.int16 for _, pcm in blocks)


def test_starting_makes_this_moment_second_zero_for_the_stream(loop, receiver) -> None:
    from affectlab.signals import liblsl

    before = liblsl.clock()
    loop.start()
    assert before <= receiver.start <= liblsl.clock()


def test_windows_reach_their_listeners_and_the_record(loop, events) -> None:
    seen = []
    loop.windows.subscribe(seen.append)
    rounds(loop, 6.0)
    assert [window.time for window in seen] == pytest.approx([4, 4.5, 5, 5.5, 6])
    assert [state.time for state in of(events, StateEvent)] == [window.time for window in seen]
    assert loop.window_count == 5


def test_only_windows_that_lie_wholly_in_the_rest_teach_the_resting_level(loop, events) -> None:
    rounds(loop, 2.0)
    loop.resting_since = loop.moment
    rounds(loop, 6.0)
    resting = [state.time for state in of(events, StateEvent) if state.resting]
    assert resting == pytest.approx([6, 6.5, 7, 7.5, 8])


def test_evidence_from_the_future_counts_as_of_its_arrival(loop, receiver, events) -> None:
    receiver.stamp = lambda time: time + 1000
    rounds(loop, 5.0)
    assert [state.time for state in of(events, StateEvent)] == pytest.approx([4, 4.5, 5])


def test_evidence_that_is_a_little_late_keeps_its_time(loop, receiver, events) -> None:
    receiver.stamp = lambda time: time - 1.5
    rounds(loop, 5.0)
    assert [state.time for state in of(events, StateEvent)] == pytest.approx([2.5, 3, 3.5])


def test_news_of_the_stream_becomes_a_notice_at_its_time(loop, receiver, events) -> None:
    rounds(loop, 2.0)
    receiver.news = [SignalEvent("lost", 1.0, "no EEG arrives"), SignalEvent("clock_jump", 9000.0, "leapt")]
    rounds(loop, 0.02)
    told = [(notice.kind, notice.time, notice.text) for notice in of(events, NoticeEvent)]
    assert told == [("lost", 1.0, "no EEG arrives"), ("clock_jump", pytest.approx(2.02), "leapt")]


def test_a_rating_moves_the_belief(loop) -> None:
    rounds(loop, 1.0)
    loop.rate(1.0, 0.0)
    assert loop.belief.state.valence > 0.5
    assert loop.belief.state.arousal < -0.5


def test_latency_is_told_every_ten_seconds_and_promised_stages_are_always_there(loop, events) -> None:
    assert loop.latency_ms()["sample_to_control"]["n"] == 0
    rounds(loop, 21.0)
    assert [event.time for event in of(events, LatencyEvent)] == pytest.approx([10, 20])
    assert loop.latency_ms()["sample_to_control"]["n"] == loop.window_count
    assert loop.latency_ms()["render"]["n"] == 1050


def test_nothing_is_decided_before_the_music_is_asked_for(loop, events) -> None:
    rounds(loop, 6.0)
    assert not loop.engine.playing
    assert {type(event) for event in events} <= {
        StateEvent,
        *(type(e) for e in events if e.stream == "quality"),
    }
