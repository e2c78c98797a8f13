"""One job at a time, in a thread of its own that ends with its owner."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from affectlab.errors import ModelError

Result = TypeVar("Result")
# Results of whatever type pass through one queue.
_Job = tuple[Callable[[], object], "Future[object]"]


class Worker(Generic[Result]):
    """Does one job while its owner does something else.

    Parameters
    ----------
    threaded
        Whether there is a thread; without one a job is done as soon as it is given.
    """

    def __init__(self, *, threaded: bool) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threaded, self._closed = threaded, False
        self._running: Future[Result] | None = None
        # The thread knows the queue alone: an owner that nobody holds any longer is collected and ends it.
        self._end = weakref.finalize(self, self._jobs.put, None)
        if threaded:
            Thread(target=_serve, args=(self._jobs,), name="composer", daemon=True).start()

    @property
    def busy(self) -> bool:
        """Whether a job was given and its result not yet taken."""
        return self._running is not None

    def give(self, job: Callable[[], Result]) -> None:
        """Have a job done; the one before must have been taken."""
        if self.busy:
            raise AssertionError("the worker has a job already")
        running: Future[Result] = Future()
        self._running = running
        if self._closed:
            running.set_exception(ModelError("the composer was closed; make another one"))
        elif self._threaded:
            self._jobs.put((job, running))  # type: ignore[arg-type]
        else:
            _do(job, running)

    def take(self, patience: float | None) -> Result | None:
        """Return the job's result, or None when it is not ready within `patience` seconds (None: wait).

        Whatever the job raised is raised here.
        """
        if self._running is None:
            return None
        wait([self._running], timeout=patience)
        if not self._running.done():
            return None
        done, self._running = self._running, None
        return done.result()

    def close(self) -> None:
        """End the thread after the job in progress; safe to call twice."""
        self._closed = True
        self._end()


def _serve(jobs: SimpleQueue[_Job | None]) -> None:
    while (given := jobs.get()) is not None:
        _do(*given)
        del given


def _do(job: Callable[[], Result], running: Future[Result]) -> None:
    try:
        running.set_result(job())
    except BaseException as error:  # noqa: BLE001 - it is raised again where the result is taken
        running.set_exception(error)
