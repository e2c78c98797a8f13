"""Pieces of work spread over the cores of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from affectlab.decoding.datasets.jobs import Interrupted, each
from affectlab.errors import DecodingError

Job = TypeVar("Job")

_LOOK_SECONDS = 0.2
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def spread(
    jobs: Sequence[Job],
    work: Callable[[Job, threading.Event], None],
    *,
    workers: int | None,
    ray: str | None,
    stop: threading.Event,
) -> Iterator[None]:
    """Do every job in processes or on a Ray cluster; yields once a job that is done.

    Parameters
    ----------
    jobs, work
        As for `affectlab.decoding.datasets.jobs.each`.
    workers
        Processes; one for each core when None, this one alone when 1 or when there is one job.
    ray
        Address of a cluster, used instead where it is not None.
    stop
        Set to end early; what is under way is finished.

    Raises
    ------
    Interrupted
        If `stop` was set before all was done.
    DecodingError
        If a process died.
    """
    count = min(workers or os.cpu_count() or 1, len(jobs))
    if ray is not None or count <= 1:
        yield from each(jobs, work, ray=ray, stop=stop)
        return
    with _single_threaded(), _pool(count) as pool:
        pending = {pool.submit(_alone, work, job) for job in jobs}
        while pending:
            done, pending = wait(pending, _LOOK_SECONDS, FIRST_COMPLETED)
            for one in done:
                _finish(one.result)
                yield
            if stop.is_set() and pending:
                raise Interrupted


def _alone(work: Callable[[Job, threading.Event], None], job: Job) -> None:
    work(job, threading.Event())


def _finish(result: Callable[[], None]) -> None:
    try:
        result()
    except BrokenProcessPool as error:
        raise DecodingError(
            "a worker process died, for want of memory perhaps; fewer --workers need less, and the same "
            "command goes on from there"
        ) from error


@contextmanager
def _pool(count: int) -> Iterator[ProcessPoolExecutor]:
    # Spawned, not forked: a forked child would inherit the state of threads it does not have.
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _deaf_to_interrupts)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _deaf_to_interrupts() -> None:
    """Leave Ctrl-C to the parent, which ends the work in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Let child processes use one thread each: threads that outnumber cores slow small matrices down."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
