"""Methods that look at no brain: what labels and stimuli alone give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from affectlab.decoding.epochs import Floats, Target
from affectlab.decoding.evaluation.method import Examples, Prediction
from affectlab.decoding.evaluation.scaling import LEAST_SD


@dataclass(frozen=True, slots=True)
class Belief:
    """One belief: mean, standard deviation, probability of a label above 0."""

    mean: float
    sd: float
    high: float

    @classmethod
    def of(cls, label: Floats) -> Belief:
        return cls(float(label.mean()), max(float(label.std()), LEAST_SD), float(np.mean(label > 0)))


@dataclass(frozen=True, slots=True)
class Told:
    """Says of each window what was told about its stimulus, or about everything.

    Parameters
    ----------
    about
        Stimulus to belief.
    otherwise
        Of other stimuli, and of rest.
    """

    about: dict[str, Belief]
    otherwise: Belief

    def predict(self, examples: Examples) -> Prediction:
        told = [self.about.get(name, self.otherwise) for name in examples.table.stimulus.tolist()]
        columns = np.array([(one.mean, one.sd, one.high) for one in told]).reshape(-1, 3).T
        return Prediction(*columns)


class Majority:
    """Always says what was most common: mean, spread and share of the labels learned from."""

    name = "majority"

    def fit(self, examples: Examples, target: Target, *, seed: int) -> Told:  # noqa: ARG002
        return Told({}, Belief.of(examples.table.label(target)))


class StimulusMean:
    """Says what other people felt with the same stimulus; how far the stimulus alone tells the answer."""

    name = "stimulus-mean"

    def fit(self, examples: Examples, target: Target, *, seed: int) -> Told:  # noqa: ARG002
        label, stimulus = examples.table.label(target), examples.table.stimulus
        shown = dict.fromkeys(name for name in stimulus.tolist() if name)
        return Told({name: Belief.of(label[stimulus == name]) for name in shown}, Belief.of(label))
