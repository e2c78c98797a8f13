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
def stoppable() -> Iterator[threading.Event]:
    """Yield an event that SIGINT and SIGTERM set; work that ends because of it leaves with the signal's code.

    Raises
    ------
    typer.Exit
        If the work said that it was interrupted.
    """
    import typer

    from affectlab.bench.steering.trial import Interrupted

    stop = threading.Event()
    with setting_on_signals(stop) as caught:
        try:
            yield stop
        except Interrupted as end:
            typer.echo("stopped; the same command goes on from there", err=True)
            raise typer.Exit(128 + caught[0]) from end


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
