"""Methods made of features, a linear score and a scaling of that score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from affectlab.decoding.epochs import Floats, Target
from affectlab.decoding.evaluation.inner import balanced_weights, inner_groups
from affectlab.decoding.evaluation.method import Examples, Prediction
from affectlab.decoding.evaluation.ridge import fit_ridge
from affectlab.decoding.evaluation.scaling import Scaling, fit_scaling


class Features(Protocol):
    """What is read from windows."""

    def features(self, examples: Examples) -> Floats:
        """Return features of shape (n, d)."""
        ...


class Scorer(Protocol):
    """What features are worth."""

    def scores(self, features: Floats) -> Floats:
        """Return one number per window, shape (n,), larger for higher labels."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A fitted method.

    Parameters
    ----------
    features, scorer, scaling
        From windows to features, to scores, to beliefs.
    """

    features: Features
    scorer: Scorer
    scaling: Scaling

    def predict(self, examples: Examples) -> Prediction:
        return self.scaling.apply(self.scorer.scores(self.features.features(examples)))


def ridge_on(features: Features, examples: Examples, target: Target) -> Scored:
    """Fit ridge regression on features, both classes weighing the same, and scale its scores."""
    label = examples.table.label(target)
    mass = balanced_weights(label)
    ridge, guesses = fit_ridge(features.features(examples), label, mass, inner_groups(examples.table))
    return Scored(features, ridge, fit_scaling(guesses, label, mass))
