"""Ctrl-C and kill as a way to stop that loses nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from affectlab.session.runner import Session


@contextmanager
def ending_on_signals(session: Session) -> Iterator[list[int]]:
    """Let SIGINT and SIGTERM end the session as Stop does; yields the numbers of those that came.

    A second signal of the same kind does what it always does, for a session that does not come to its end.
    """
    with _handled(lambda: session.stop("interrupted")) as caught:
        yield caught


@contextmanager
def setting_on_signals(stop: threading.Event) -> Iterator[list[int]]:
    """Set `stop` on SIGINT and SIGTERM, so that long work ends whole; yields the numbers of those that came.

    A second signal of the same kind does what it always does.
    """
    with _handled(stop.set) as caught:
        yield caught


@contextmanager
def _handled(act: Callable[[], None]) -> Iterator[list[int]]:
    caught: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        act()
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
