"""A baseline as a model like any other, so that one runner measures all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.baselines.material import FOLDS
from affectlab.bench.dataset import DatasetInfo
from affectlab.errors import ModelError
from affectlab.models import (
    Capabilities,
    Failure,
    Generation,
    Identity,
    ModelOptions,
    Request,
    Sampling,
    Scores,
)

_VERSION = 1


class Predictor(Protocol):
    """Says how probable each label of a data set is."""

    def predict(self, requests: Sequence[Request]) -> list[NDArray[np.float64] | Failure]:
        """Return the probability of each label, shape (n_labels,), each above 0, for each request."""
        ...


class BaselineModel:
    """A baseline behind the protocol of models.

    Parameters
    ----------
    name
        Without ``baseline:``.
    info
        The data set it was fitted on and answers about.
    predictor
        What it predicts.
    settings
        What else decides its answers, JSON-ready.
    options
        Of which the batch size is read.
    """

    def __init__(
        self,
        name: str,
        info: DatasetInfo,
        predictor: Predictor,
        options: ModelOptions,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._predictor = predictor
        self._place = {words: place for place, words in enumerate(info.labels.values())}
        self._words = tuple(info.labels.values())
        self._identity = Identity(
            f"baseline:{name}",
            info.samples_sha256,
            {"version": _VERSION, "folds": FOLDS, **(settings or {})},
        )
        self._batch_size = options.batch_size or 64

    @property
    def identity(self) -> Identity:
        return self._identity

    @property
    def can(self) -> Capabilities:
        return Capabilities(image=True, audio=True, video=True, logits=True)

    @property
    def batch_size(self) -> int:
        return self._batch_size

    @property
    def lanes(self) -> int:
        return 1

    def generate(
        self,
        requests: Sequence[Request],
        sampling: Sampling,  # noqa: ARG002 - the most probable label is the most probable at any temperature
    ) -> list[Generation | Failure]:
        """Answer with the words of the most probable label.

        Raises
        ------
        ModelError
            If a request is about no sample of the data set.
        """
        return [
            found if isinstance(found, Failure) else Generation(self._words[int(np.argmax(found))])
            for found in self._predictor.predict(requests)
        ]

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        """Return the logarithm of each label's probability.

        Raises
        ------
        ModelError
            If a request is about no sample of the data set, or a label is none of its labels' words.
        """
        places = [self._find(words) for words in labels]
        tokens = np.ones(len(places), dtype=np.int64)
        return [
            found if isinstance(found, Failure) else Scores(np.log(found[places]), tokens)
            for found in self._predictor.predict(requests)
        ]

    def close(self) -> None:
        """Keep everything: a baseline holds no connections."""

    def _find(self, words: str) -> int:
        if words not in self._place:
            raise ModelError(f"label {words!r} is none of the data set's; it has {', '.join(self._words)}")
        return self._place[words]
