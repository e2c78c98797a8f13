"""Batches answered by actors of a Ray cluster, each holding the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import count
from typing import Any

from affectlab.bench.asking import Asker
from affectlab.bench.lanes import Description, ModelSource, describe
from affectlab.bench.question import Terms
from affectlab.bench.store import Kept
from affectlab.cluster import connect, last_line
from affectlab.errors import AffectlabError, BenchError
from affectlab.models import Request


class Worker:
    """Holds the model on one machine of the cluster and answers batches."""

    def __init__(self, source: ModelSource) -> None:
        self._source = source
        self._askers: dict[bytes, Asker] = {}

    def load(self) -> Description:
        # Not at creation: an actor that dies being made does not tell why.
        self._model = self._source.load()
        return describe(self._model)

    def ask(self, terms: Terms, requests: Sequence[Request]) -> list[Kept]:
        digest = terms.digest()
        if digest not in self._askers:
            self._askers[digest] = Asker(self._model, terms)
        return self._askers[digest].ask(requests)


class RayLanes:
    """One actor for each GPU of the cluster, or for each machine where there are none.

    The data set must lie under the same path on every machine.

    Parameters
    ----------
    source
        The model every actor loads.
    address
        Of the cluster's head, ``HOST:PORT`` or ``auto``; ``local`` starts one on this machine.
    workers
        Number of actors; the cluster's GPUs or machines when None.

    Raises
    ------
    MissingExtra
        If Ray is not installed.
    BenchError
        If the cluster cannot be reached or an actor cannot load the model.
    """

    def __init__(self, source: ModelSource, address: str, workers: int | None = None) -> None:
        self._ray = connect(address, BenchError)
        gpus = int(self._ray.cluster_resources().get("GPU", 0))
        wanted = workers or gpus or len([node for node in self._ray.nodes() if node["Alive"]])
        actor = self._ray.remote(num_cpus=1, num_gpus=1 if gpus else 0)(Worker)
        self._workers = [actor.remote(source) for _ in range(wanted)]
        self._model: Description = self._first([one.load.remote() for one in self._workers])

    @property
    def model(self) -> Description:
        return self._model

    @property
    def width(self) -> int:
        # A second batch waits at each actor, so that none idles while answers travel.
        return 2 * len(self._workers)

    def start(self, terms: Terms) -> Callable[[Sequence[Request]], Future[list[Kept]]]:
        turns = count()
        shared = self._ray.put(terms)

        def send(requests: Sequence[Request]) -> Future[list[Kept]]:
            worker = self._workers[next(turns) % len(self._workers)]
            answers: Future[list[Kept]] = worker.ask.remote(shared, tuple(requests)).future()
            return answers

        return send

    def close(self) -> None:
        for worker in self._workers:
            self._ray.kill(worker)
        self._ray.shutdown()

    def _first(self, references: list[Any]) -> Description:
        try:
            descriptions: list[Description] = self._ray.get(references)
        except self._ray.exceptions.RayError as error:
            self.close()
            cause = getattr(error, "cause", None)
            if isinstance(cause, AffectlabError):
                raise cause from error
            raise BenchError(f"a worker could not load the model: {last_line(error)}") from error
        return descriptions[0]
