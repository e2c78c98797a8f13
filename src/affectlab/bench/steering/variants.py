"""Cases that a fit has not seen, asked under one setting after another.

A case is asked again only where the gate opens for it, and the gate is known from reading the cases once: the
first layer that is steered at all is steered by what the unsteered model knows there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from affectlab.bench.lanes import LocalLanes
from affectlab.bench.question import Terms, asking
from affectlab.bench.results import UNPARSED
from affectlab.bench.runner import answer_all
from affectlab.bench.steering.gains import Predictions
from affectlab.bench.store import AnswerStore
from affectlab.files import writing
from affectlab.models import Sampling, Scores
from affectlab.models.hf.model import HfModel
from affectlab.steering.case import Case
from affectlab.steering.features import collect
from affectlab.steering.from_plan import chase_steering
from affectlab.steering.model import SteeredModel, always
from affectlab.steering.plan import ChasePlan
from affectlab.steering.router import probability

Opened: TypeAlias = NDArray[np.bool_]
"""Shape (cases,): for which cases a gate opens somewhere."""

_MARGIN = 1e-3
"""A probability this close below the threshold may be above it in another batch."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What an unsteered model makes of cases.

    Parameters
    ----------
    answers
        Its predictions, `UNPARSED` for cases it cannot read.
    conflict
        Layer to the conflict probability of each case there, 0 where it cannot be told; empty where a plan
        has no probes.
    """

    answers: Predictions
    conflict: Mapping[int, NDArray[np.float32]]

    def write(self, file: Path) -> None:
        """Keep it, whole or not at all."""
        layers = np.array(list(self.conflict), dtype=np.intp)
        values = np.array(list(self.conflict.values()), dtype=np.float32)
        with writing(file) as temporary, temporary.open("wb") as opened:
            np.savez(opened, answers=self.answers, layers=layers, values=values)

    @classmethod
    def read(cls, file: Path) -> Reading:
        """Read what `write` has kept."""
        with np.load(file, allow_pickle=False) as kept:
            return cls(kept["answers"], dict(zip(kept["layers"].tolist(), kept["values"], strict=True)))


def read_cases(
    model: HfModel,
    cases: Sequence[Case],
    plan: ChasePlan,
    progress: Callable[[int, int], None],
) -> Reading:
    """Read cases once, without steering.

    Raises
    ------
    SteeringError
        If nothing could be read.
    """
    probes = {layer: one.probe for layer, one in plan.layers.items() if one.probe is not None}
    requests = [case.request for case in cases]
    found = collect(model, requests, plan.labels, sorted(plan.layers), progress=progress)
    best = np.where(found.kept[:, None], found.log_likelihoods, -np.inf).argmax(axis=1)
    conflict = {
        layer: np.nan_to_num(probability(probe, torch.from_numpy(found.features[layer])).numpy(), nan=0.0)
        for layer, probe in probes.items()
    }
    return Reading(np.where(found.kept, best, UNPARSED), conflict)


class Variants:
    """Answers to the same cases under many plans made of one fit.

    Parameters
    ----------
    model
        Unsteered.
    cases
        What is asked.
    reading
        What the model makes of them by itself.
    task
        Name and version of the task, for the keys under which answers are kept.
    store
        Where answers are kept as they come.
    """

    def __init__(
        self,
        model: HfModel,
        cases: Sequence[Case],
        reading: Reading,
        task: tuple[str, str],
        store: AnswerStore,
    ) -> None:
        self._model, self._cases, self._reading = model, cases, reading
        self._task, self._store = task, store
        self._told_by_answers: Opened | None = None

    def opened(self, plan: ChasePlan) -> Opened:
        """Say for which cases the plan's gate may open."""
        known: Opened = self._reading.answers != UNPARSED
        settings = plan.settings
        if settings.gate == "always" or settings.soft:
            return known
        if settings.gate == "probe":
            return np.asarray(known & (self._surest(plan) >= settings.tau - _MARGIN))
        if self._told_by_answers is None:
            requests = [self._cases[place].request for place in np.flatnonzero(known).tolist()]
            self._told_by_answers = known.copy()
            self._told_by_answers[known] = chase_steering(plan).strengths(self._model, requests) > 0
        return self._told_by_answers

    def answers(
        self, plan: ChasePlan, opened: Opened, *, stop: threading.Event, progress: Callable[[int], None]
    ) -> Predictions | None:
        """Return the predictions under a plan; None when told to stop.

        Parameters
        ----------
        opened
            See `opened`; other cases are answered as without the plan.
        progress
            Told how many of them are answered.
        """
        # Whether the gate opens for a whole request is known already.
        model = SteeredModel(self._model, replace(chase_steering(plan), strengths=always))
        terms = Terms("score", plan.labels, Sampling(), model.identity, self._task)
        places = np.flatnonzero(opened).tolist()
        asked = asking((self._cases[place].request for place in places), terms)
        lanes = LocalLanes(model, owned=False)
        try:
            tally = answer_all(
                asked, terms, lanes, self._store, stop=stop, progress=lambda done, *_: progress(done)
            )
        finally:
            lanes.close()
        if tally.cancelled:
            return None
        found = self._reading.answers.copy()
        found[places] = [self._answer(question.key) for question in asked]
        return found

    def _answer(self, key: str) -> int:
        kept = self._store.get(key)
        if kept is None or not isinstance(kept.answer, Scores):
            return UNPARSED
        return int(kept.answer.log_likelihoods.argmax())

    def _surest(self, plan: ChasePlan) -> NDArray[np.float32]:
        """Return the highest conflict probability over the steered layers, shape (cases,)."""
        found = [self._reading.conflict[layer] for layer, one in plan.layers.items() if one.heads]
        surest: NDArray[np.float32] = np.max(found, axis=0)
        return surest


@contextmanager
def without_shares(model: HfModel) -> Iterator[None]:
    """Keep a model from giving attention shares inside the block: kept answers would grow a hundredfold."""
    before, model.can = model.can, replace(model.can, attention=False)
    try:
        yield
    finally:
        model.can = before
