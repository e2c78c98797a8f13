"""Asking a model one batch, in smaller pieces where it does not fit."""

from __future__ import annotations

import time
from collections.abc import Sequence

from affectlab.bench.question import Terms
from affectlab.bench.store import Answer, Kept
from affectlab.errors import OutOfMemory
from affectlab.models import Failure, Model, Request


class Asker:
    """Asks a model under the terms of a run.

    After a batch has not fitted into memory, later ones are cut to half its size from the start.
    """

    def __init__(self, model: Model, terms: Terms) -> None:
        self._model, self._terms = model, terms
        self._most = model.batch_size

    def ask(self, requests: Sequence[Request]) -> list[Kept]:
        """Return the answer to each request, in order."""
        started = time.perf_counter()
        answers: list[Answer] = []
        while len(answers) < len(requests):
            answers += self._piece(requests[len(answers) : len(answers) + self._most])
        seconds = (time.perf_counter() - started) / len(requests)
        return [Kept(answer, seconds) for answer in answers]

    def _piece(self, requests: Sequence[Request]) -> list[Answer]:
        try:
            return self._call(requests)
        except OutOfMemory as error:
            if len(requests) == 1:
                return [Failure("memory", str(error))]
            self._most = max(1, len(requests) // 2)
            return []

    def _call(self, requests: Sequence[Request]) -> list[Answer]:
        if self._terms.mode == "score":
            return list(self._model.score(requests, self._terms.labels))
        return list(self._model.generate(requests, self._terms.sampling))
