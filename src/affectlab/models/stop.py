"""A wish to stop, told to whoever is at work in another thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock


class Stop:
    """Asks for the end of one piece of work; safe from any thread.

    Unlike an event it also wakes work that waits for something else, by what the work leaves with `doing`.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._reason: str | None = None
        self._actions: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        """Whether the end has been asked for."""
        return self._reason is not None

    @property
    def reason(self) -> str:
        """Why, as the first who set it said; empty while it is not set."""
        return self._reason or ""

    def set(self, reason: str = "stopped") -> None:
        """Ask for the end; a second call does nothing."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            actions = tuple(self._actions)
        for action in actions:
            action()

    @contextmanager
    def doing(self, action: Callable[[], None]) -> Iterator[None]:
        """Do `action` when the stop is set inside the block, and at once if it is set already.

        `action` runs in the thread that sets the stop, must not raise, and may run just after the block.
        """
        with self._lock:
            self._actions.append(action)
            due = self._reason is not None
        if due:
            action()
        try:
            yield
        finally:
            with self._lock:
                self._actions.remove(action)
