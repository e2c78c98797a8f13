"""A second opinion that knows no rules: logistic regression on character n-grams."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from affectlab.counsel.gate.language import language_of
from affectlab.counsel.gate.plain import readings
from affectlab.counsel.gate.rule_file import SHIPPED
from affectlab.counsel.gate.verdict import LEVELS, Level, Verdict
from affectlab.errors import CounselError
from affectlab.models import Turn

_LENGTHS = (2, 3, 4)
_READ = 4000
"""Characters of a message that are looked at: the first half and the last; ours."""
THRESHOLDS: dict[Level, float] = {"low": 0.95, "high": 0.95, "immediate": 0.95}
"""Least probability of a level or a higher one; ours, chosen on the development half of the cases."""


def ngrams(text: str) -> set[str]:
    """Return the runs of two to four characters in a message, made plain and deciphered."""
    if len(text) > _READ:
        text = f"{text[: _READ // 2]} {text[-_READ // 2 :]}"
    padded = f" {' '.join(readings(text)[-1].split())} "
    return {padded[start : start + n] for n in _LENGTHS for start in range(len(padded) - n + 1)}


class Classifier:
    """Probabilities of the four levels.

    Parameters
    ----------
    vocabulary
        The n-grams it knows.
    weights
        Shape (4, n-grams).
    bias
        Shape (4,).
    """

    def __init__(
        self, vocabulary: Sequence[str], weights: NDArray[np.floating], bias: NDArray[np.floating]
    ) -> None:
        self._places = {gram: place for place, gram in enumerate(vocabulary)}
        self._weights = weights
        self._bias = bias

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a classifier that recipes/gate/train.py wrote.

        Raises
        ------
        CounselError
            If the file is not one.
        """
        try:
            with np.load(path, allow_pickle=False) as held:
                vocabulary, weights, bias = held["vocabulary"].tolist(), held["weights"], held["bias"]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise CounselError(
                f"classifier {path} cannot be read: {error}; make it with recipes/gate/train.py"
            ) from None
        if weights.shape != (len(LEVELS), len(vocabulary)) or not np.isfinite(weights).all():
            raise CounselError(f"classifier {path} holds weights of shape {weights.shape}; make it again")
        return cls(vocabulary, weights, bias)

    def features(self, text: str) -> NDArray[np.float32]:
        """Return shape (n-grams,): which occur, scaled to length 1."""
        row = np.zeros(len(self._places), dtype=np.float32)
        known = [self._places[gram] for gram in ngrams(text) if gram in self._places]
        if known:
            row[known] = 1 / np.sqrt(len(known))
        return row

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """Return shape (4,): the probability of each level."""
        logits = self._weights @ self.features(text) + self._bias
        odds = np.exp((logits - logits.max()).astype(np.float64))
        return np.asarray(odds / odds.sum(), dtype=np.float64)


class ClassifierGrader:
    """Grades the last words of the person by the classifier."""

    name = "classifier"

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    @classmethod
    def shipped(cls) -> Self:
        """Open the one that comes with affectlab."""
        return cls(Classifier.read(SHIPPED / "classifier.npz"))

    def grade(self, turns: Sequence[Turn]) -> Verdict:
        """Return the highest level whose probability, with those above it, reaches its threshold."""
        text = next((turn.text for turn in reversed(turns) if turn.role == "user"), "")
        level, share = graded(self._classifier.probabilities(text), THRESHOLDS)
        reasons = (f"{level} or more with probability {share:.2f}",) if level != "none" else ()
        return Verdict(level, reasons, language_of(text))


def graded(probabilities: NDArray[np.float64], thresholds: dict[Level, float]) -> tuple[Level, float]:
    """Return the highest level that reaches its threshold, and the probability of it or a higher one."""
    if not np.isfinite(probabilities).all():
        raise CounselError("the probabilities of the risk levels are not numbers; the grader is down")
    for level in reversed(LEVELS[1:]):
        share = float(probabilities[LEVELS.index(level) :].sum())
        if share >= thresholds[level]:
            return level, share
    return "none", float(probabilities[0])
