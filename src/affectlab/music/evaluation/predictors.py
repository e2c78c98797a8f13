"""Valence and arousal of music by two independent predictors, fitted on EMOPIA alone.

- ``cues`` reads the notes: `cues.cues` into a ridge-penalised logistic regression.
- ``sound`` hears them on one piano: `spectra.spectra` into gradient-boosted trees.

They share neither input, features nor model. Neither may be used to train or select a composer; nothing in
`affectlab.music.learned` imports this package. EMOPIA's licence forbids to ship what is fitted on it, so they
are fitted whenever they are needed, from features kept in a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra
from affectlab.music.evaluation.cues import WINDOW, cues
from affectlab.music.evaluation.spectra import spectra
from affectlab.music.evaluation.take import Played

Matrix = NDArray[np.float64]
AXES: Final = ("valence", "arousal")
DESCRIBE: Final[MappingProxyType[str, Callable[[Played, Matrix], Matrix]]] = MappingProxyType(
    {"cues": cues, "sound": spectra}
)
# Features beyond what nearly all clips have say "as much as that", not more.
_TAILS: Final = (0.005, 0.995)
_RIDGE: Final = 0.1


class _Classifier(Protocol):
    def fit(self, rows: Matrix, classes: NDArray[np.bool_], weights: Matrix) -> None: ...

    def chance(self, rows: Matrix) -> Matrix: ...


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Windows of labelled clips.

    Parameters
    ----------
    rows
        Features, shape (windows, features).
    clip
        Number of the clip of each window, shape (windows,).
    labels
        Valence and arousal of each clip, -1 or 1, shape (clips, 2).
    songs
        Of each clip, length clips.
    """

    rows: Matrix
    clip: NDArray[np.int64]
    labels: NDArray[np.int64]
    songs: tuple[str, ...]

    def of(self, clips: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which windows belong to some clips."""
        chosen: NDArray[np.bool_] = np.isin(self.clip, clips)
        return chosen


class Predictor:
    """One way to tell valence and arousal.

    Parameters
    ----------
    name
        One of `DESCRIBE`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._describe = DESCRIBE[name]
        self._models: tuple[_Classifier, ...] = ()
        self._limits = np.zeros((2, 0))

    def fit(self, examples: Examples, clips: NDArray[np.int64] | None = None) -> None:
        """Fit on all clips or on some, each clip weighing the same; MissingExtra without scikit-learn."""
        chosen = examples.of(np.arange(len(examples.songs)) if clips is None else clips)
        clip = examples.clip[chosen]
        self._limits = np.nanquantile(examples.rows[chosen], _TAILS, axis=0)
        rows = self._limited(examples.rows[chosen])
        weights = 1 / np.bincount(clip)[clip]
        self._models = tuple(_MODELS[self.name]() for _ in AXES)
        for axis, model in enumerate(self._models):
            model.fit(rows, examples.labels[clip, axis] > 0, weights * len(clip) / weights.sum())

    def judge(self, rows: Matrix) -> Matrix:
        """Return valence and arousal in [-1, 1] of rows of features, shape (rows, 2): 2 p - 1."""
        limited = self._limited(rows)
        return np.stack([2 * model.chance(limited) - 1 for model in self._models], axis=1)

    def read(self, notes: Played, centres: Matrix, seconds: float) -> Matrix:
        """Return valence and arousal around some moments.

        Parameters
        ----------
        notes
            Of dtype `PLAYED`.
        centres
            Seconds, shape (n,); those near an end look at the first or last `WINDOW` seconds.
        seconds
            Length of the music.

        Returns
        -------
        NDArray
            Shape (n, 2).
        """
        return self.judge(self._describe(notes, inside(centres, seconds)))

    def _limited(self, rows: Matrix) -> Matrix:
        limited: Matrix = np.clip(rows, *self._limits)
        return limited


def inside(centres: Matrix, seconds: float) -> Matrix:
    """Move moments inwards until their windows lie within the music, or to its middle if it is too short."""
    half = min(WINDOW, seconds) / 2
    return np.clip(centres, half, seconds - half)


class _Ridge:
    """Logistic regression on standardised features; unknown ones are taken as usual."""

    def __init__(self) -> None:
        sklearn = _sklearn()
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        parts = (SimpleImputer(), StandardScaler(), LogisticRegression(C=_RIDGE, max_iter=1000))
        self._model = sklearn.pipeline.make_pipeline(*parts)

    def fit(self, rows: Matrix, classes: NDArray[np.bool_], weights: Matrix) -> None:
        self._model.fit(rows, classes, logisticregression__sample_weight=weights)

    def chance(self, rows: Matrix) -> Matrix:
        return np.asarray(self._model.predict_proba(rows)[:, 1])


class _Trees:
    """Gradient-boosted trees."""

    def __init__(self) -> None:
        _sklearn()
        from sklearn.ensemble import HistGradientBoostingClassifier

        self._model = HistGradientBoostingClassifier(
            max_iter=120, learning_rate=0.05, max_leaf_nodes=12, l2_regularization=10.0, random_state=0
        )

    def fit(self, rows: Matrix, classes: NDArray[np.bool_], weights: Matrix) -> None:
        self._model.fit(rows, classes, sample_weight=weights)

    def chance(self, rows: Matrix) -> Matrix:
        return np.asarray(self._model.predict_proba(rows)[:, 1])


_MODELS: Final[MappingProxyType[str, Callable[[], _Classifier]]] = MappingProxyType(
    {"cues": _Ridge, "sound": _Trees}
)


def fit_all(examples: dict[str, Examples]) -> tuple[Predictor, ...]:
    """Fit every predictor on all of its examples."""
    predictors = tuple(Predictor(name) for name in examples)
    for predictor in predictors:
        predictor.fit(examples[predictor.name])
    return predictors


def mean_of(readings: Sequence[Matrix]) -> Matrix:
    """Average the readings of several predictors."""
    mean: Matrix = np.mean(readings, axis=0)
    return mean


def _sklearn() -> Any:
    try:
        import sklearn.pipeline
    except ImportError as error:
        raise MissingExtra("scikit-learn", "train") from error
    return sklearn
