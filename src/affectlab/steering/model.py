"""A model whose attention is steered, to be asked like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from affectlab.models import Failure, Generation, Model, Request, Sampling, Scores
from affectlab.models.hf.attention import AttentionPlan
from affectlab.models.hf.batch import Batch
from affectlab.models.hf.model import HfModel, Steer

Codes: TypeAlias = NDArray[np.int8]
"""Shape (rows, tokens): 0, 1, 2 for T, A, V, 3 for the rest, -1 for padding and rows that are not known."""

Strengths: TypeAlias = NDArray[np.float64]
"""Shape (rows,): how strongly each request is steered; 0 leaves it alone."""


def unchanged(request: Request) -> Request:
    """Ask what was asked."""
    return request


def always(_: Model, requests: Sequence[Request]) -> Strengths:
    """Steer every request fully."""
    return np.ones(len(requests))


@dataclass(frozen=True, slots=True)
class Steering:
    """One way of steering.

    Parameters
    ----------
    name
        Short and unique among those compared.
    settings
        JSON-ready: everything that decides what it does; belongs to the identity of the steered model.
    plan
        Says what is done with the attention of a batch, None for nothing.
    strengths
        Says how strongly each request is steered, from what the unsteered model answers if need be.
    ask
        Returns a request as the model is to be asked it.
    """

    name: str
    settings: Mapping[str, Any]
    plan: Callable[[Codes, Strengths], AttentionPlan | None]
    strengths: Callable[[Model, Sequence[Request]], Strengths] = always
    ask: Callable[[Request], Request] = unchanged


class SteeredModel:
    """Answers requests as `inner` does under a steering; see `affectlab.models.Model`."""

    def __init__(self, inner: HfModel, steering: Steering) -> None:
        self.inner, self.steering = inner, steering
        added = {"steering": {"name": steering.name, **steering.settings}}
        self.identity = replace(inner.identity, settings={**inner.identity.settings, **added})
        self.can, self.batch_size, self.lanes = inner.can, inner.batch_size, inner.lanes

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        """Answer each request in words; see `Model.generate`."""
        asked = [self.steering.ask(request) for request in requests]
        return self.inner.generate(asked, sampling, steer=self._steer(requests))

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        """Return the log-likelihood of each label after each request; see `Model.score`."""
        asked = [self.steering.ask(request) for request in requests]
        return self.inner.score(asked, labels, steer=self._steer(requests))

    def close(self) -> None:
        """Let the weights go."""
        self.inner.close()

    def _steer(self, requests: Sequence[Request]) -> Steer:
        strengths = self.steering.strengths(self.inner, requests)

        def plan(batch: Batch) -> AttentionPlan | None:
            of_rows = strengths[[ready.index for ready in batch.requests]]
            return self.steering.plan(batch.codes, of_rows)

        return plan
