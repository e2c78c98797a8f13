import os
import signal
import time

import pytest

from affectlab.cli.interrupts import ending_on_signals


class FakeSession:
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def stop(self, reason: str) -> None:
        self.reasons.append(reason)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_the_session_to_stop_and_is_remembered(number) -> None:
    session = FakeSession()
    with ending_on_signals(session) as caught:
        os.kill(os.getpid(), number)
    assert caught == [number]
    assert session.reasons == ["interrupted"]


@pytest.fixture
def pythons_own():
    """What Python does at Ctrl-C, whatever ran before in this process."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_second_ctrl_c_does_what_it_always_does(pythons_own) -> None:
    session = FakeSession()

    def press_twice() -> None:
        with ending_on_signals(session):
            os.kill(os.getpid(), signal.SIGINT)
            # Two signals that are pending at once are one.
            while not session.reasons:
                time.sleep(0.001)
            os.kill(os.getpid(), signal.SIGINT)
            # Another thread may be told of it first.
            for _ in range(1000):
                time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        press_twice()
    assert session.reasons == ["interrupted"]


def test_afterwards_signals_are_as_they_were() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(ZeroDivisionError), ending_on_signals(FakeSession()):
        raise ZeroDivisionError
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
