"""Asking a model many things, with every answer kept as it comes and nothing asked twice."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from affectlab.bench.lanes import LocalLanes
from affectlab.bench.question import Mode, Terms, asking
from affectlab.bench.runner import Progress, answer_all
from affectlab.bench.store import Answer, AnswerStore
from affectlab.models import Model, Request, Sampling

STORE = "answers.sqlite"


@dataclass(slots=True)
class Asker:
    """One model and the store of what it said.

    Parameters
    ----------
    model
        Asked; it stays open.
    store
        What it said before and says now.
    stop
        When set, nothing new is asked.
    progress
        Told (answered, of how many, failed).
    """

    model: Model
    store: AnswerStore
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress = lambda *_: None

    def words(
        self, requests: Sequence[Request], sampling: Sampling, task: tuple[str, str]
    ) -> list[Answer | None]:
        """Return an answer in words to each request, None where it was stopped before.

        Parameters
        ----------
        task
            What is asked, and a version that changes with the wording.
        """
        return self._ask(requests, "generate", (), sampling, task)

    def scores(
        self, requests: Sequence[Request], labels: Sequence[str], task: tuple[str, str]
    ) -> list[Answer | None]:
        """Return the likelihoods of `labels` for each request, None where it was stopped before."""
        return self._ask(requests, "score", tuple(labels), Sampling(), task)

    def _ask(
        self,
        requests: Sequence[Request],
        mode: Mode,
        labels: tuple[str, ...],
        sampling: Sampling,
        task: tuple[str, str],
    ) -> list[Answer | None]:
        terms = Terms(mode, labels, sampling, self.model.identity, task)
        questions = asking(requests, terms)
        lanes = LocalLanes(self.model, owned=False)
        try:
            tally = answer_all(questions, terms, lanes, self.store, stop=self.stop, progress=self.progress)
        finally:
            lanes.close()
        kept = [self.store.get(one.key) or tally.passing.get(one.key) for one in questions]
        return [None if one is None else one.answer for one in kept]


def opened_store(folder: Path) -> AnswerStore:
    """Open the store of a folder."""
    return AnswerStore(folder / STORE)
