"""Gates that look at answers: how sure the model is, and how far single modalities disagree.

Neither needs a layer to be looked at, so they serve as what a probe has to be better than; both ask the
unsteered model, the second once more for each modality.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import SteeringError
from affectlab.models import Failure, Model, Request
from affectlab.steering._asking import Progress, in_chunks, silent
from affectlab.steering._folds import source_folds
from affectlab.steering._sub_requests import modalities, modality_of, only
from affectlab.steering.plan import AnswerGate
from affectlab.steering.roc import auc, youden

__all__ = [
    "disagreement",
    "divergence",
    "entropy",
    "entropy_of",
    "fit_answer_gate",
    "modalities",
    "modality_of",
    "only",
]

Array = NDArray[np.float64]


def entropy(
    model: Model, requests: Sequence[Request], labels: Sequence[str], *, progress: Progress = silent
) -> Array:
    """Return how unsure a model is of the label of each request; see `entropy_of`.

    Returns
    -------
    array of float
        Shape (n,), NaN where a request cannot be answered.

    Raises
    ------
    OutOfMemory
        If a single request does not fit.
    ModelError
        If the model has no logits or can answer nothing at all.
    """
    return entropy_of(_log_likelihoods(model, requests, labels, progress))


def entropy_of(log_likelihoods: Array) -> Array:
    """Return the entropy of the labels' probabilities, scaled to sum to 1.

    Parameters
    ----------
    log_likelihoods
        Shape (n, labels), at least two labels.

    Returns
    -------
    array of float
        Shape (n,), in [0, 1]: 0 for one certain label, 1 where all are equally likely.
    """
    return np.asarray(_nats(_probabilities(log_likelihoods)) / np.log(log_likelihoods.shape[1]))


def disagreement(
    model: Model, requests: Sequence[Request], labels: Sequence[str], *, progress: Progress = silent
) -> Array:
    """Return how far the answers to the single modalities of each request lie apart.

    Each request is asked once for every modality it shows, reduced to it; see `only`. The value is the
    divergence of the two answers that are furthest apart (see `divergence`), so that one modality against
    two counts as much as one against one.

    Returns
    -------
    array of float
        Shape (n,), in [0, 1]; 0 where fewer than two modalities are shown; NaN where an answer is missing.

    Raises
    ------
    OutOfMemory, ModelError
        As `entropy`.
    """
    alone = [_alone(request) for request in requests]
    # Requests about one clip share answers: what it says alone is the same in all of them.
    asked = list(dict.fromkeys(one for several in alone for one in several))
    answers = _probabilities(_log_likelihoods(model, asked, labels, progress))
    of_request = dict(zip(asked, answers, strict=True))
    return np.array([_furthest([of_request[one] for one in several]) for several in alone])


def _alone(request: Request) -> list[Request]:
    """Return what is asked of each modality where there are several."""
    shown = modalities(request)
    return [only(request, modality) for modality in shown] if len(shown) > 1 else []


def _furthest(answers: Sequence[Array]) -> float:
    apart = [divergence(one, other) for one, other in combinations(answers, 2)]
    return float(np.max(apart)) if apart else 0.0


def divergence(one: Array, other: Array) -> float:
    """Return the Jensen-Shannon divergence of two distributions in bits, in [0, 1].

    References
    ----------
    Lin (1991), Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37,
    145-151.
    """
    apart = _nats((one + other) / 2) - (_nats(one) + _nats(other)) / 2
    return float(np.maximum(0.0, apart) / np.log(2))


def fit_answer_gate(
    values: Array, conflict: NDArray[np.bool_], sources: Sequence[str], *, folds: int = 5
) -> AnswerGate:
    """Choose the threshold with the largest Youden index; cases without a value are left out.

    The area under the curve needs no held-out sources: a value is the model's own and nothing is fitted to
    it but the threshold, on which the area does not depend.

    Raises
    ------
    SteeringError
        If no case has a value, or conflict or agreement is found in fewer than `folds` sources.
    """
    there = np.isfinite(values)
    if not there.any():
        raise SteeringError("no case has an answer to look at; see why the model's answers are missing")
    found, truth = values[there], np.asarray(conflict, dtype=bool)[there]
    source_folds(truth, np.asarray(sources)[there].tolist(), folds=folds, seed=0)
    return AnswerGate(threshold=youden(found, truth), auc=auc(found, truth))


def _log_likelihoods(
    model: Model, requests: Sequence[Request], labels: Sequence[str], progress: Progress
) -> Array:
    found = np.full((len(requests), len(labels)), np.nan)
    for places, answers in in_chunks(model, requests, lambda chunk: model.score(chunk, labels), progress):
        for place, answer in zip(places, answers, strict=True):
            if not isinstance(answer, Failure):
                found[place] = answer.log_likelihoods
    return found


def _probabilities(log_likelihoods: Array) -> Array:
    scaled = np.exp(log_likelihoods - log_likelihoods.max(axis=-1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True))


def _nats(probabilities: Array) -> Array:
    """Return the entropy along the last axis, with 0 log 0 = 0."""
    logarithms = np.log(np.where(probabilities > 0, probabilities, 1.0))
    return -np.asarray((probabilities * logarithms).sum(axis=-1))
