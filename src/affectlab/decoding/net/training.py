"""Training of the Transformer-GNN.

First one network per inner fold of people, to learn from those it has not seen how many passes are best and
what scores are worth; then one on everybody, with that many passes and that scaling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from affectlab.decoding.epochs import Floats, Target
from affectlab.decoding.evaluation.inner import inner_groups
from affectlab.decoding.evaluation.method import Examples
from affectlab.decoding.net.checkpoints import Checkpoints, Trained
from affectlab.decoding.net.fitting import Part, deterministic, fit_network, fit_passes
from affectlab.decoding.net.graph_net import GraphNet
from affectlab.decoding.net.graph_problem import GraphProblem
from affectlab.decoding.net.sampling import Places, draw_weights, label_matrix, trained_axes
from affectlab.decoding.net.scaled import ScaledNet
from affectlab.decoding.net.scaling import HeldOut, scale
from affectlab.decoding.net.settings import GraphSettings, TrainingSettings
from affectlab.decoding.net.start import start_readout
from affectlab.decoding.net.views import montages, view
from affectlab.errors import DecodingError

Progress = Callable[[int, int], None]
"""Told (passes finished, passes in all)."""

LEAST_WINDOWS = 8
_MONTAGE_SEED = 20
"""Montages are drawn the same for every training, so that their inputs are computed once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training is made of.

    Parameters
    ----------
    network, training
        Sizes and losses; how they are learned.
    seed
        Of everything drawn at random: the same seed gives the same weights.
    """

    network: GraphSettings
    training: TrainingSettings
    seed: int


def train(
    examples: Examples,
    targets: tuple[Target, ...],
    plan: Plan,
    *,
    folder: Path | None = None,
    progress: Progress = lambda _finished, _all: None,
) -> tuple[ScaledNet, HeldOut]:
    """Train a decoder.

    Parameters
    ----------
    examples
        Windows with labels, and what is known of everybody's rest.
    targets
        Axes to learn; those without labels on both sides of 0 stay untrained.
    plan
        Sizes, training and seed.
    folder
        Where finished networks are kept, so that a training that was cut off goes on to the same weights;
        None keeps nothing.
    progress
        Told after each pass.

    Returns
    -------
    decoder
        In evaluation mode, scaled.
    held_out
        What was trained, and what was believed of each window by the network that held its person out.

    Raises
    ------
    DecodingError
        If there are too few windows, or no axis to learn; or if `folder` holds another training.
    """
    labels = label_matrix(examples.table, targets)
    axes = trained_axes(labels)
    if len(examples) < LEAST_WINDOWS:
        raise DecodingError(
            f"{len(examples)} windows are too few to learn from; expected {LEAST_WINDOWS} or more"
        )
    shown = montages(examples.info.channels, plan.training.subsets, plan.training.headbands, _MONTAGE_SEED)
    problem = GraphProblem([view(examples, channels) for channels in shown], labels, plan.training)
    groups = inner_groups(examples.table, plan.training.folds)
    kept = Checkpoints.open(folder, plan, examples, labels) if folder is not None else None
    run = _Run(problem, examples, groups, plan, kept, progress)
    held_out = [run.holding_out(fold) for fold in range(run.folds)]
    passes = round(float(np.mean([one.passes for one in held_out])))
    decoder = ScaledNet(run.on_everybody(passes)).eval()
    return decoder, scale(decoder, [one.network for one in held_out], problem, groups, axes)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """A training, network by network."""

    problem: GraphProblem
    examples: Examples
    groups: Places
    plan: Plan
    kept: Checkpoints | None
    progress: Progress

    @property
    def folds(self) -> int:
        return int(self.groups.max()) + 1

    def holding_out(self, fold: int) -> Trained:
        """Return the network that holds a fold out, made now or earlier."""
        part = _part(self.problem.labels, self.examples.persons, self.groups == fold)

        def fit(network: GraphNet, seed: int, done: Progress) -> int:
            settings = self.plan.training
            return fit_network(network, self.problem, part, settings, seed=seed, slow=_is_slow, done=done)

        return self._network(str(fold), fold, part, fit)

    def on_everybody(self, passes: int) -> GraphNet:
        """Return the network that has learned from everybody, made now or earlier."""
        part = _part(self.problem.labels, self.examples.persons, self.groups < 0)

        def fit(network: GraphNet, seed: int, done: Progress) -> int:
            settings = self.plan.training
            fit_passes(network, self.problem, part, settings, passes, seed=seed, slow=_is_slow, done=done)
            return passes

        return self._network("all", self.folds, part, fit).network

    def _network(
        self, name: str, number: int, part: Part, fit: Callable[[GraphNet, int, Progress], int]
    ) -> Trained:
        epochs = self.plan.training.epochs
        before, most = number * epochs, (self.folds + 1) * epochs
        trained = None if self.kept is None else self.kept.get(name)
        if trained is None:
            seed = self.plan.seed * 1000 + number
            with deterministic(seed):
                network = GraphNet(self.plan.network)
                start_readout(network, self.problem, part.learned)
                passes = fit(network, seed, _shifted(self.progress, before, most))
            trained = Trained(network, passes)
            if self.kept is not None:
                self.kept.put(name, trained)
        self.progress(before + epochs, most)
        trained.network.eval()
        return trained


def _is_slow(name: str) -> bool:
    """Whether a parameter is of the readout that starts at the ridge solution."""
    return name.startswith("related")


def _shifted(progress: Progress, before: int, most: int) -> Progress:
    return lambda done, _all: progress(before + done, most)


def _part(labels: Floats, persons: np.ndarray, held: np.ndarray) -> Part:
    known = np.isfinite(labels).any(axis=1)
    learned = np.flatnonzero(~held & known)
    return Part(learned, np.flatnonzero(held & known), draw_weights(labels[learned], persons[learned]))
