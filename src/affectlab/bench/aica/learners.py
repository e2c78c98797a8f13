"""How the baselines of AICA-Bench learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.baselines.image_features import image_features
from affectlab.bench.baselines.picture_features import LONGEST_SIDE
from affectlab.errors import MissingExtra, UnreadableFile
from affectlab.models import Media
from affectlab.models.media import MediaReader

Array = NDArray[np.float64]

_THREADS = 2
_ALPHAS = tuple(np.logspace(1, 5, 9).tolist())


class Majority:
    """The most frequent label, of equals the first; the mean rating."""

    def classify(
        self,
        learnt: Sequence[Media],  # noqa: ARG002 - images play no part
        labels: Sequence[int],
        k: int,
        asked: Media,  # noqa: ARG002
    ) -> Array:
        """Return certainty of the most frequent label, shape (k,)."""
        return np.asarray(np.eye(k)[int(np.bincount(labels, minlength=k).argmax())])

    def rate(
        self,
        learnt: Sequence[Media],  # noqa: ARG002 - images play no part
        ratings: Sequence[float],
        asked: Media,  # noqa: ARG002
    ) -> float:
        """Return the mean rating."""
        return float(np.mean(ratings))


class ImageStatistics:
    """Regression on statistics of images: logistic for labels, ridge for ratings.

    Raises
    ------
    MissingExtra
        If scikit-learn is not installed.
    """

    def __init__(self) -> None:
        try:
            import sklearn  # noqa: F401 - whether it is there
        except ImportError as error:
            raise MissingExtra("scikit-learn", "bench") from error
        # Features are kept, decoded images need not be.
        self._reader = MediaReader(0)
        self._features: dict[str, Array | UnreadableFile] = {}
        self._fitted: dict[tuple[Any, ...], Any] = {}

    def classify(self, learnt: Sequence[Media], labels: Sequence[int], k: int, asked: Media) -> Array:
        """Return the probability of each label, shape (k,); the one label there is where none differs."""
        if len(set(labels)) < 2:
            return np.asarray(np.eye(k)[labels[0]])
        fitted = self._fit(learnt, labels, _classifier)
        shares = np.zeros(k)
        shares[fitted.classes_] = fitted.predict_proba(self._row(asked))[0]
        return shares

    def rate(self, learnt: Sequence[Media], ratings: Sequence[float], asked: Media) -> float:
        """Return the rating."""
        return float(self._fit(learnt, ratings, _regression).predict(self._row(asked))[0])

    def _fit(self, learnt: Sequence[Media], values: Sequence[float], make: Callable[[], Any]) -> Any:
        key = (make.__name__, tuple(values), tuple(one.sha256 for one in learnt))
        if key not in self._fitted:
            self._look(learnt)
            rows = [(self._features[one.sha256], value) for one, value in zip(learnt, values, strict=True)]
            seen = [(row, value) for row, value in rows if not isinstance(row, UnreadableFile)]
            self._fitted[key] = make().fit([row for row, _ in seen], [value for _, value in seen])
        return self._fitted[key]

    def _row(self, image: Media) -> list[Array]:
        """Return the features of one image as a table of one row.

        Raises
        ------
        UnreadableFile
            If the image cannot be decoded.
        """
        self._look([image])
        found = self._features[image.sha256]
        if isinstance(found, UnreadableFile):
            raise found
        return [found]

    def _look(self, images: Sequence[Media]) -> None:
        """Make the features of images that have none; one that cannot be decoded keeps the reason."""
        missing = {one.sha256: one for one in images if one.sha256 not in self._features}
        if missing:
            with ThreadPoolExecutor(_THREADS) as threads:
                self._features.update(
                    zip(missing, threads.map(self._describe, missing.values()), strict=True)
                )

    def _describe(self, image: Media) -> Array | UnreadableFile:
        try:
            return image_features(self._reader.image(image, LONGEST_SIDE))
        except UnreadableFile as error:
            return error


def _classifier() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=2000))


def _regression() -> Any:
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), RidgeCV(_ALPHAS))
