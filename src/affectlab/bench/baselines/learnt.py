"""Baselines that learn to read one modality, and their late fusion."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.baselines.constant import LabelShares
from affectlab.bench.baselines.looks import Content, Look
from affectlab.bench.baselines.material import Material, Sources
from affectlab.errors import MissingExtra, UnreadableFile
from affectlab.models import Failure, Request

Vector = NDArray[np.float64]

_FLOOR = 1e-6
"""Least probability of a label, so that none is an infinite surprise. Ours."""

_log = logging.getLogger(__name__)


class OneModality:
    """Logistic regression on one modality of the items of other sources.

    Where a request lacks the modality it says what `LabelShares` says.

    Parameters
    ----------
    material
        What to learn from.
    look
        The modality.

    Raises
    ------
    MissingExtra
        If scikit-learn is not installed.
    """

    def __init__(self, material: Material, look: Look) -> None:
        _require_sklearn()
        self._material, self._look = material, look
        self._shares = LabelShares(material)
        self._fitted: dict[Sources, Any] = {}
        self._rows: dict[int, Any] | None = None

    def predict(self, requests: Sequence[Request]) -> list[Vector | Failure]:
        """Return the probability of each label, shape (n_labels,), for each request."""
        return [
            self._shares.without(self._material.held_out(request)) if said is None else said
            for request, said in zip(requests, self.read(requests), strict=True)
        ]

    def read(self, requests: Sequence[Request]) -> list[Vector | Failure | None]:
        """Return what the modality says of each request, None where it has none of it."""
        # A thread per core for these small matrices would spend its time waiting for the others.
        with _threadpool_limits(1):
            found = self._features(requests)
            readable: dict[Sources, list[int]] = defaultdict(list)
            for place, one in enumerate(found):
                if one is not None and not isinstance(one, Failure):
                    readable[self._material.held_out(requests[place])].append(place)
            for held_out, places in readable.items():
                said = self._classify(held_out, [found[place] for place in places])
                for place, probabilities in zip(places, said, strict=True):
                    found[place] = probabilities
            return found

    def _features(self, requests: Sequence[Request]) -> list[Any]:
        """Features of each request, a `Failure` where they cannot be had, None where there is nothing."""
        contents = [self._look.of_request(request) for request in requests]
        self._look.prepare(content for content in contents if content is not None)
        return [None if content is None else self._read_one(content) for content in contents]

    def _read_one(self, content: Content) -> Any:
        try:
            return self._look.features(content)
        except UnreadableFile as error:
            return Failure("media", str(error))

    def _classify(self, held_out: Sources, features: list[Any]) -> list[Vector]:
        if held_out not in self._fitted:
            self._fitted[held_out] = self._fit(held_out)
        classifier = self._fitted[held_out]
        if classifier is None:
            return [self._shares.without(held_out)] * len(features)
        probabilities = np.zeros((len(features), len(self._material.labels)))
        probabilities[:, classifier.classes_] = classifier.predict_proba(features)
        floored = np.maximum(probabilities, _FLOOR)
        return list(floored / floored.sum(axis=1, keepdims=True))

    def _fit(self, held_out: Sources) -> Any:
        """Learn from all but these sources; None where they show fewer than two labels."""
        rows = self._all_rows()
        chosen = [index for index in self._material.without(held_out) if index in rows]
        places = [int(np.argmax(self._material.items[index].target)) for index in chosen]
        if len(set(places)) < 2:
            return None
        return self._look.classifier().fit([rows[index] for index in chosen], places)

    def _all_rows(self) -> dict[int, Any]:
        """Features of every item that has the modality and can be decoded."""
        if self._rows is None:
            contents = {
                index: content
                for index, item in enumerate(self._material.items)
                if (content := self._look.of_item(item)) is not None
            }
            self._look.prepare(contents.values())
            self._rows = {}
            for index, content in contents.items():
                try:
                    self._rows[index] = self._look.features(content)
                except UnreadableFile as error:
                    _log.warning("not learnt from: %s", error)
        return self._rows


class LateFusion:
    """The mean of what the modalities say that a request has."""

    def __init__(self, modalities: Sequence[OneModality]) -> None:
        self._modalities = modalities

    def predict(self, requests: Sequence[Request]) -> list[Vector | Failure]:
        """Return the probability of each label, shape (n_labels,), for each request."""
        said = [modality.read(requests) for modality in self._modalities]
        return [
            _fuse([one for one in of_request if one is not None]) for of_request in zip(*said, strict=True)
        ]


def _fuse(said: Sequence[Vector | Failure]) -> Vector | Failure:
    for one in said:
        if isinstance(one, Failure):
            return one
    return np.asarray(np.mean(np.array(said), axis=0))


def _threadpool_limits(threads: int) -> AbstractContextManager[object]:
    # Comes with scikit-learn.
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(threads)
    return limits


def _require_sklearn() -> None:
    try:
        import sklearn  # noqa: F401 - whether it is there
    except ImportError as error:
        raise MissingExtra("scikit-learn", "bench") from error
