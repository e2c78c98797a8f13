import pytest

from affectlab.session.latency import LatencyLog, PlaybackBuffer


def test_percentiles_are_in_milliseconds() -> None:
    log = LatencyLog()
    for milliseconds in range(1, 101):
        log.add("decode", milliseconds / 1000)
    assert log.summary()["decode"] == {"p50": 50.5, "p99": pytest.approx(99.01), "max": 100.0, "n": 100}


def test_since_last_reports_only_what_is_new() -> None:
    log = LatencyLog()
    log.add("decode", 0.001)
    assert log.since_last()["decode"]["n"] == 1
    assert log.since_last() == {}
    log.add("decode", 0.002)
    assert log.since_last()["decode"]["max"] == 2.0


def test_a_punctual_stream_never_underruns() -> None:
    buffer = PlaybackBuffer(prefill=0.3)
    for _ in range(1000):
        buffer.deliver(0.29)
    assert buffer.underruns == 0


def test_one_stall_is_one_underrun_and_then_the_buffer_fills_again() -> None:
    buffer = PlaybackBuffer(prefill=0.3)
    for lateness in (0.0, 0.5, 0.48, 0.46, 0.0):
        buffer.deliver(lateness)
    assert buffer.underruns == 1


def test_many_durations_are_all_kept() -> None:
    log = LatencyLog()
    for index in range(5000):
        log.add("render", index / 1000)
    assert log.summary()["render"]["n"] == 5000
    assert log.summary()["render"]["max"] == 4999.0
