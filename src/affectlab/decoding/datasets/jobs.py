"""Independent pieces of work, one after the other or spread over a Ray cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from affectlab.cluster import connect, last_line
from affectlab.errors import AffectlabError, DecodingError

Job = TypeVar("Job")
Work = Callable[[Job, threading.Event], None]

_LOOK_SECONDS = 0.2


class Interrupted(Exception):
    """The work was told to stop; what was finished is kept."""


def each(
    jobs: Sequence[Job], work: Work[Job], *, ray: str | None = None, stop: threading.Event
) -> Iterator[None]:
    """Do every job; yields once a job that is done.

    Parameters
    ----------
    jobs
        Each can be pickled where Ray is used.
    work
        A function of a module, told the job and the event by which it may be asked to end.
    ray
        Address of a cluster, ``HOST:PORT`` or ``auto``, or ``local`` to start one here; in this process one
        after the other when None. Files must lie under the same path on every machine.
    stop
        Set to end early.

    Raises
    ------
    Interrupted
        If `stop` was set before all was done.
    MissingExtra
        If Ray is asked for and not installed.
    DecodingError
        If the cluster cannot be reached, or a worker died.
    """
    return _here(jobs, work, stop) if ray is None else _spread(jobs, work, ray, stop)


def _here(jobs: Sequence[Job], work: Work[Job], stop: threading.Event) -> Iterator[None]:
    for job in jobs:
        if stop.is_set():
            raise Interrupted
        work(job, stop)
        yield


def _spread(jobs: Sequence[Job], work: Work[Job], address: str, stop: threading.Event) -> Iterator[None]:
    if not jobs:
        return
    with _connected(address) as ray:
        task = ray.remote(num_cpus=1)(_alone)
        pending = [task.remote(work, job) for job in jobs]
        while pending:
            done, pending = ray.wait(pending, timeout=_LOOK_SECONDS)
            for one in done:
                _finish(ray, one)
                yield
            if stop.is_set() and pending:
                raise Interrupted


def _alone(work: Work[Any], job: Any) -> None:
    """Do one job where nobody can ask it to end."""
    work(job, threading.Event())


def _finish(ray: Any, reference: Any) -> None:
    try:
        ray.get(reference)
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None)
        if isinstance(cause, AffectlabError):
            raise cause from error
        raise DecodingError(f"a worker of the Ray cluster failed: {last_line(error)}") from error


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    ray = connect(address, DecodingError)
    try:
        yield ray
    finally:
        ray.shutdown()
