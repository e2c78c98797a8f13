"""How EEGNet and EEG-Conformer are trained and scored: the same loop, on windows aligned to rest.

One network each, as the decoder is one, stopped and scaled on a fifth of the people.

Euclidean alignment (He and Wu 2020, IEEE Trans. Biomed. Eng. 67, 399-410) takes the covariance of the
person's rest where it is known, else that of everybody learned from; it is what deep networks gain most from
across people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from affectlab.decoding.epochs import Floats, Target
from affectlab.decoding.evaluation.inner import inner_groups
from affectlab.decoding.evaluation.method import Examples, Prediction
from affectlab.decoding.evaluation.scaling import Scaling, fit_scaling
from affectlab.decoding.net.fitting import Part, deterministic, fit_network
from affectlab.decoding.net.losses import cross_entropy
from affectlab.decoding.net.sampling import Places, class_mass, draw_weights, label_matrix, trained_axes
from affectlab.decoding.net.settings import TrainingSettings
from affectlab.decoding.spectra import Singles

SHRINKAGE = 0.05
BATCH = 128
SETTINGS = TrainingSettings(folds=5, epochs=20, windows=1024, batch=64, patience=5)

Maker = Callable[[int, float], nn.Module]
"""(channels, samples per second) to a new network that gives one score per window."""


@dataclass(frozen=True, slots=True, eq=False)
class AlignedProblem:
    """What a rival is to learn.

    Parameters
    ----------
    data
        Shape (n, channels, samples), aligned.
    label
        Shape (n,), all known.
    """

    data: Singles
    label: Floats

    def loss(self, network: nn.Module, rows: Places, rng: np.random.Generator) -> Tensor:  # noqa: ARG002
        """Return the cross entropy of some windows."""
        label = torch.from_numpy(self.label[rows].astype(np.float32))
        return cross_entropy(network(torch.from_numpy(self.data[rows])), label)

    def validation(self, network: nn.Module, rows: Places) -> float:
        """Return the cross entropy, both classes weighing the same."""
        label = self.label[rows]
        score, known = torch.from_numpy(scores(network, self.data[rows])), torch.from_numpy(label)
        return float(cross_entropy(score, known, torch.from_numpy(class_mass(label))))


@dataclass(frozen=True, slots=True, eq=False)
class FittedRival:
    """A trained rival, and how its scores are scaled."""

    network: nn.Module
    scaling: Scaling
    stranger: Floats

    def predict(self, examples: Examples) -> Prediction:
        data = aligned(examples, self.stranger)
        return self.scaling.apply(scores(self.network, data))


def fit_rival(maker: Maker, examples: Examples, target: Target, *, seed: int) -> FittedRival:
    """Train a network, stopped and scaled on people it has not seen."""
    labels = label_matrix(examples.table, (target,))
    trained_axes(labels)
    known = np.flatnonzero(np.isfinite(labels).any(axis=1))
    examples = examples.take(known)
    label = np.nansum(labels[known], axis=1)
    stranger = _root(covariance(examples.epochs.data))
    problem = AlignedProblem(aligned(examples, stranger), label)
    groups = inner_groups(examples.table, SETTINGS.folds)
    learned, held = np.flatnonzero(groups > 0), np.flatnonzero(groups == 0)
    part = Part(learned, held, draw_weights(label[learned, None], examples.persons[learned]))
    network = _trained(maker, problem, part, examples.info.sfreq, seed)
    scaling = fit_scaling(scores(network, problem.data[held]), label[held], class_mass(label[held]))
    return FittedRival(network, scaling, stranger)


def _trained(maker: Maker, problem: AlignedProblem, part: Part, sfreq: float, seed: int) -> nn.Module:
    with deterministic(seed):
        network = maker(problem.data.shape[1], sfreq).eval()
        scores(network, problem.data[:1])  # gives lazy layers their size
        fit_network(network, problem, part, SETTINGS, seed=seed)
    return network.eval()


@torch.no_grad()  # type: ignore[untyped-decorator]
def scores(network: nn.Module, data: Singles) -> Floats:
    """Return the network's scores of windows, shape (n,)."""
    parts = [network(torch.from_numpy(data[begin : begin + BATCH])) for begin in range(0, len(data), BATCH)]
    return np.asarray(torch.cat(parts).double().numpy())


def aligned(examples: Examples, stranger: Floats) -> Singles:
    """Return windows whitened by their person's rest, or by `stranger` where none is known."""
    data = np.empty(examples.epochs.data.shape, dtype=np.float32)
    persons = examples.persons
    for person in dict.fromkeys(persons.tolist()):
        rest = examples.rest.get(person)
        root = stranger if rest is None else _root(covariance(rest.data))
        rows = persons == person
        data[rows] = root.astype(np.float32) @ examples.epochs.data[rows]
    return np.clip(data, -10, 10)


def covariance(data: np.ndarray) -> Floats:
    """Return the average covariance of windows, lightly shrunk, shape (channels, channels)."""
    channels, samples = data.shape[1:]
    total = np.zeros((channels, channels))
    for window in data:
        total += window.astype(np.float64) @ window.T.astype(np.float64) / samples
    mean = total / len(data)
    power = max(float(np.trace(mean)) / channels, 1e-6)
    return np.asarray((1 - SHRINKAGE) * mean + SHRINKAGE * power * np.eye(channels))


def _root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T)
