"""Asking a model about many requests, as many at a time as it can take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias, TypeVar

from affectlab.errors import OutOfMemory
from affectlab.models import Model, Request

Answered = TypeVar("Answered")

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many requests are answered, and of how many."""


def silent(answered: int, total: int) -> None:
    """Tell nobody; see `Progress`."""


def in_chunks(
    model: Model,
    requests: Sequence[Request],
    ask: Callable[[Sequence[Request]], Answered],
    progress: Progress = silent,
) -> Iterator[tuple[list[int], Answered]]:
    """Ask about `requests` in chunks that suit the model, those that show the same media together.

    Parameters
    ----------
    ask
        Called with the requests of a chunk, from as many threads as the model has lanes.

    Yields
    ------
    list of int
        Places of a chunk's requests.
    Answered
        What `ask` returned for them.

    Raises
    ------
    OutOfMemory
        If a single request does not fit.
    """
    order = sorted(range(len(requests)), key=lambda place: _likeness(requests[place]))
    chunks = [order[start : start + model.batch_size] for start in range(0, len(order), model.batch_size)]
    answered = 0
    with ThreadPoolExecutor(model.lanes) as lanes:
        for found in lanes.map(lambda chunk: _fitting(chunk, requests, ask), chunks):
            for chunk, answers in found:
                answered += len(chunk)
                yield chunk, answers
            progress(answered, len(requests))


def _likeness(request: Request) -> tuple[list[str], int]:
    return sorted(request.kinds), len(request.text)


def _fitting(
    chunk: list[int], requests: Sequence[Request], ask: Callable[[Sequence[Request]], Answered]
) -> list[tuple[list[int], Answered]]:
    """Ask about a chunk, in halves where it does not fit into memory."""
    try:
        return [(chunk, ask([requests[place] for place in chunk]))]
    except OutOfMemory:
        if len(chunk) == 1:
            raise
    middle = len(chunk) // 2
    return _fitting(chunk[:middle], requests, ask) + _fitting(chunk[middle:], requests, ask)
