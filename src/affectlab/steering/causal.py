"""What each head does when it alone is steered.

After PASTA (arXiv 2311.02262), which profiles heads one by one: each is steered for all prompts, and what
that does to the true answer is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from affectlab.models import Failure, Request, Scores
from affectlab.models.hf.batch import Batch
from affectlab.models.hf.model import HfModel, Steer
from affectlab.steering._asking import in_chunks
from affectlab.steering._memo import remembered_media
from affectlab.steering._partial import Partial
from affectlab.steering.case import Case
from affectlab.steering.gates import Given
from affectlab.steering.plan import ChaseSettings
from affectlab.steering.rules import Reallocation
from affectlab.steering.steered_plan import LayerSteering, SteeredPlan

Gains: TypeAlias = NDArray[np.float32]
"""Shape (cases, layers, heads): by how much the log-probability of the true label, among the labels, rises
when the head alone is steered; NaN for cases that failed."""

Site: TypeAlias = tuple[int, int]
"""Layer and head."""


def causal(gains: Gains, conflict: NDArray[np.bool_], *, penalty: float = 1.0) -> NDArray[np.float64]:
    """Return what steering a head brings in conflict, less what it costs where modalities agree.

    Parameters
    ----------
    gains
        See `Gains`.
    conflict
        Shape (cases,).
    penalty
        What a loss on the other cases weighs; a gain there counts nothing.

    Returns
    -------
    array of float
        Shape (layers, heads), in nats; NaN where no conflict was measured.
    """
    measured = ~np.isnan(gains).any(axis=(1, 2))
    inside, outside = gains[conflict & measured], gains[~conflict & measured]
    if not len(inside):
        return np.full(gains.shape[1:], np.nan)
    loss = np.maximum(-outside.mean(axis=0), 0) if len(outside) else 0.0
    return np.asarray(inside.mean(axis=0) - penalty * loss, dtype=np.float64)


def exact_gains(
    model: HfModel,
    cases: Sequence[Case],
    labels: Sequence[str],
    settings: ChaseSettings,
    sites: Sequence[Site],
    *,
    kept: Partial,
    told: Callable[[int], None],
) -> NDArray[np.float32]:
    """Measure the gain of each head by steering it: one pass over the cases for each, and one without.

    Parameters
    ----------
    settings
        Say how heads are steered; the gate is always open.
    sites
        Heads to measure.
    kept
        Cases that are in it are not asked again; the others are added as they come.
    told
        Called with a number of answers whenever there are some, from any thread; what it raises ends the
        measurement.

    Returns
    -------
    array of float
        Shape (cases, sites); see `Gains`.
    """
    steers: list[Steer | None] = [None, *(_alone(settings, site) for site in sites)]

    def measure(requests: Sequence[Request]) -> NDArray[np.float64]:
        answers = []
        for steer in steers:
            answers.append(log_probabilities(model.score(requests, labels, steer=steer), len(labels)))
            told(len(requests))
        return np.stack(answers)

    missing = [place for place in range(len(cases)) if place not in kept.rows]
    told((len(cases) - len(missing)) * len(steers))
    with remembered_media(model.weights):
        for places, found in in_chunks(model, [cases[place].request for place in missing], measure):
            asked = [missing[place] for place in places]
            true = found[:, np.arange(len(asked)), [cases[place].truth for place in asked]]
            kept.add(dict(zip(asked, (true[1:] - true[0]).T.astype(np.float32), strict=True)))
    return np.stack([kept.rows[place] for place in range(len(cases))])


def log_probabilities(answers: Sequence[Scores | Failure], labels: int) -> NDArray[np.float64]:
    """Return how probable each of `labels` labels is among them, NaN where there is no answer.

    Returns
    -------
    array of float
        Shape (answers, labels), natural logarithms.
    """
    found = np.full((len(answers), labels), np.nan)
    for row, answer in zip(found, answers, strict=True):
        if not isinstance(answer, Failure):
            row[:] = answer.log_likelihoods - np.logaddexp.reduce(answer.log_likelihoods)
    return found


def _alone(settings: ChaseSettings, site: Site) -> Steer:
    """Steer one head, for all prompts."""
    layer, head = site
    steered = {layer: LayerSteering((head,), Reallocation(settings.eta, settings.target))}

    def plan(batch: Batch) -> SteeredPlan:
        everyone = Given(np.ones(len(batch.requests)))
        return SteeredPlan(batch.codes, steered, everyone, rows=settings.rows, phase=settings.phase)

    return plan
