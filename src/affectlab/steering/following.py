"""Which modalities a model's answers follow, found by asking it about each alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from affectlab.models import MODALITIES, Request
from affectlab.models.hf.model import HfModel
from affectlab.steering._asking import in_chunks
from affectlab.steering._sub_requests import modalities, only
from affectlab.steering.causal import log_probabilities


def followed(joint: NDArray[np.intp], alone: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which modalities the model's answers follow.

    Parameters
    ----------
    joint
        Shape (cases,): index of the label answered to the whole request.
    alone
        Shape (cases, 3): index of the label answered to each modality alone, -1 where it is absent.

    Returns
    -------
    array of bool
        Shape (cases, 3): the modalities whose own answer is the joint one; none where all or none are, since
        such a case does not tell.
    """
    there = alone >= 0
    same = there & (alone == joint[:, None])
    tells = (there & ~same).any(axis=1)
    return np.asarray(same & tells[:, None])


def answers_alone(
    model: HfModel, requests: Sequence[Request], labels: Sequence[str], *, told: Callable[[int], None]
) -> NDArray[np.intp]:
    """Ask about each modality of each request by itself.

    Parameters
    ----------
    told
        Called with a number of answers whenever there are some.

    Returns
    -------
    array of int
        Shape (requests, 3): index of the most probable label, -1 where the modality is absent or the model
        gave no answer.
    """
    asked = [
        (row, column, only(request, modality))
        for row, request in enumerate(requests)
        for column, modality in enumerate(MODALITIES)
        if modality in modalities(request)
    ]
    found = np.full((len(requests), len(MODALITIES)), -1, dtype=np.intp)

    def ask(chunk: Sequence[Request]) -> NDArray[np.float64]:
        return log_probabilities(model.score(chunk, labels), len(labels))

    for places, answers in in_chunks(model, [request for _, _, request in asked], ask):
        for place, answer in zip(places, answers, strict=True):
            row, column, _ = asked[place]
            found[row, column] = -1 if np.isnan(answer).any() else answer.argmax()
        told(len(places))
    return found
