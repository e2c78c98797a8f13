"""Cases that a fit has not seen, asked under one setting after another.

A case is asked again only where the gate opens for it, and the gate is known from reading the cases once: the
first layer that is steered at all is steered by what the unsteered model knows there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from affectlab.models import Sampling, Scores
from affectlab.models.hf.model import HfModel
from affectlab.steering.case import Case
from affectlab.steering.chase import chase_steering
from affectlab.steering.features import Collected
from affectlab.steering.model import SteeredModel, always
from affectlab.steering.plan import ChasePlan
from affectlab.steering.router import probability

Opened: TypeAlias = NDArray[np.bool_]
"""Shape (cases,): for which cases a gate opens somewhere."""

_MARGIN = 1e-3
"""A probability this close below the threshold may be above it in another batch."""


class Variants:
    """Answers of a model to the same cases under many plans made of one fit.

    Parameters
    ----------
    model
        Unsteered.
    cases, labels
        What is asked, and the words of the possible answers.
    unsteered
        What the model makes of the cases by itself, with the features of every layer that is steered.
    task
        Name and version of the task, for the keys under which answers are kept.
    store
        Where answers are kept as they come.
    """

    def __init__(
        self,
        model: HfModel,
        cases: Sequence[Case],
        labels: Sequence[str],
        unsteered: Collected,
        task: tuple[str, str],
        store: AnswerStore,
    ) -> None:
        self._model, self._cases, self._labels = model, cases, tuple(labels)
        self._task, self._store, self._known = task, store, unsteered
        best = np.where(unsteered.kept[:, None], unsteered.log_likelihoods, -np.inf).argmax(axis=1)
        self.unsteered: Predictions = np.where(unsteered.kept, best, UNPARSED)

    def opened(self, plan: ChasePlan) -> Opened:
        """Say for which cases the plan's gate may open."""
        settings, kept = plan.settings, self._known.kept
        if settings.gate == "probe":
            return kept if settings.soft else kept & (self._surest(plan) >= settings.tau - _MARGIN)
        requests = [self._cases[place].request for place in np.flatnonzero(kept)]
        found = np.zeros(len(kept), dtype=np.bool_)
        found[kept] = chase_steering(plan).strengths(self._model, requests) > 0
        return found

    def predictions(
        self,
        plan: ChasePlan,
        opened: Opened,
        *,
        stop: threading.Event,
        progress: Callable[[int], None],
    ) -> Predictions | None:
        """Return the answers under a plan; None when told to stop.

        Parameters
        ----------
        opened
            See `opened`; other cases are answered as without the plan.
        progress
            Told how many of them are answered.
        """
        # Whether the gate opens for a whole request is known already.
        steering = replace(chase_steering(plan), strengths=always)
        model = SteeredModel(self._model, steering)
        terms = Terms("score", self._labels, Sampling(), model.identity, self._task)
        places = np.flatnonzero(opened)
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
        found = self.unsteered.copy()
        found[places] = [self._answer(question.key) for question in asked]
        return found

    def _answer(self, key: str) -> int:
        kept = self._store.get(key)
        if kept is None or not isinstance(kept.answer, Scores):
            return UNPARSED
        return int(kept.answer.log_likelihoods.argmax())

    def _surest(self, plan: ChasePlan) -> NDArray[np.float64]:
        """Return the highest conflict probability over the steered layers, shape (cases,)."""
        found = [
            probability(one.probe, torch.from_numpy(self._known.features[layer])).numpy()
            for layer, one in plan.layers.items()
            if one.probe is not None and one.heads
        ]
        surest: NDArray[np.float64] = np.max(found, axis=0)
        return np.nan_to_num(surest, nan=0.0)
