"""Fan-out of what happens to everyone who listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Bus(Generic[Item]):
    """Listeners called in order of subscription, in the thread that emits."""

    def __init__(self) -> None:
        self._listeners: tuple[Callable[[Item], None], ...] = ()

    def subscribe(self, listener: Callable[[Item], None]) -> Callable[[], None]:
        """Call `listener` with every item from now on; return the function that ends it."""
        self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            # A new tuple, so that an emit under way in another thread is not disturbed.
            self._listeners = tuple(one for one in self._listeners if one is not listener)

        return unsubscribe

    def emit(self, item: Item) -> None:
        for listener in self._listeners:
            listener(item)
