"""Ctrl-C and kill as a way to stop that loses nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
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
    caught: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        session.stop("interrupted")
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
