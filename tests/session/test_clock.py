import time

import pytest

from affectlab.session.clock import SessionClock


def test_unlimited_speed_passes_only_in_sleep() -> None:
    clock = SessionClock(float("inf"))
    assert clock.sleep_until(3600.0) == 0.0
    assert clock.now == 3600.0


def test_speed_scales_the_wall_clock() -> None:
    clock = SessionClock(50.0)
    began = time.perf_counter()
    clock.sleep_until(5.0)
    waited = time.perf_counter() - began
    assert waited > 0.09
    assert waited < 2.0, "fifty times faster than the wall"


def test_lateness_is_in_wall_seconds() -> None:
    clock = SessionClock(10.0)
    time.sleep(0.1)
    assert clock.sleep_until(0.5) == pytest.approx(0.05, abs=0.04)


def test_start_makes_this_moment_zero() -> None:
    clock = SessionClock(1.0)
    time.sleep(0.05)
    clock.start()
    assert clock.now < 0.04
