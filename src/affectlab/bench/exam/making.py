"""Making questions that take time to make, such as pictures to be marked, while earlier ones are answered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from affectlab.bench.exam.item import Item
from affectlab.errors import UnreadableFile
from affectlab.models import Failure

_THREADS = 2


@dataclass(frozen=True, slots=True)
class Made:
    """An item whose question is made.

    Parameters
    ----------
    place
        In its round.
    item
        Ready to be asked; as it was where its question could not be made.
    failure
        Why it could not, else None.
    """

    place: int
    item: Item
    failure: Failure | None = None


def portions(items: Sequence[tuple[int, Item]], size: int, stop: threading.Event) -> Iterator[list[Made]]:
    """Yield items with their questions, some at a time where questions are made, else all at once.

    The next portion is made while the caller deals with the one before.

    Parameters
    ----------
    items
        With their places.
    size
        Of a portion.
    stop
        When set, nothing more is made or yielded.
    """
    if all(item.later is None for _, item in items):
        yield [Made(place, item) for place, item in items]
        return
    left, waiting = iter(items), deque[Future[Made]]()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="making") as threads:
        try:
            while not stop.is_set():
                for place, item in islice(left, 2 * size - len(waiting)):
                    waiting.append(threads.submit(_make, place, item))
                if not waiting:
                    return
                portion = list(_first(waiting, size, stop))
                if not stop.is_set():
                    yield portion
        finally:
            for one in waiting:
                one.cancel()


def _first(waiting: deque[Future[Made]], size: int, stop: threading.Event) -> Iterator[Made]:
    for _ in range(min(size, len(waiting))):
        if stop.is_set():
            return
        yield waiting.popleft().result()


def _make(place: int, item: Item) -> Made:
    try:
        return Made(place, item.ready())
    except UnreadableFile as error:
        return Made(place, item, Failure("media", str(error), transient=True))
