"""Training of the Transformer-GNN: one network per inner fold of people, then scaling on those held out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from affectlab.decoding.epochs import Floats, Target
from affectlab.decoding.evaluation.inner import inner_groups
from affectlab.decoding.evaluation.method import Examples
from affectlab.decoding.net.checkpoints import Checkpoints
from affectlab.decoding.net.ensemble import Ensemble
from affectlab.decoding.net.fitting import Part, deterministic, fit_network
from affectlab.decoding.net.graph_net import GraphNet
from affectlab.decoding.net.graph_problem import GraphProblem
from affectlab.decoding.net.sampling import Places, draw_weights, label_matrix, trained_axes
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
) -> tuple[Ensemble, HeldOut]:
    """Train an ensemble.

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
    ensemble
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
    networks = _networks(problem, examples, groups, plan, kept, progress)
    ensemble = Ensemble(networks).eval()
    return ensemble, scale(ensemble, problem, groups, axes)


def _networks(
    problem: GraphProblem,
    examples: Examples,
    groups: Places,
    plan: Plan,
    kept: Checkpoints | None,
    progress: Progress,
) -> list[GraphNet]:
    folds = int(groups.max()) + 1
    most = folds * plan.training.epochs
    networks = []
    for fold in range(folds):
        before = fold * plan.training.epochs
        part = _part(problem.labels, examples.persons, groups == fold)
        network = None if kept is None else kept.get(fold)
        if network is None:
            network = _network(problem, part, plan, fold, _shifted(progress, before, most))
            if kept is not None:
                kept.put(fold, network)
        progress(before + plan.training.epochs, most)
        networks.append(network.eval())
    return networks


def _shifted(progress: Progress, before: int, most: int) -> Progress:
    return lambda done, _all: progress(before + done, most)


def _part(labels: Floats, persons: np.ndarray, held: np.ndarray) -> Part:
    known = np.isfinite(labels).any(axis=1)
    learned = np.flatnonzero(~held & known)
    return Part(learned, np.flatnonzero(held & known), draw_weights(labels[learned], persons[learned]))


def _network(problem: GraphProblem, part: Part, plan: Plan, fold: int, done: Progress) -> GraphNet:
    with deterministic(plan.seed * 1000 + fold):
        network = GraphNet(plan.network)
        start_readout(network, problem, part.learned)
        fit_network(
            network,
            problem,
            part,
            plan.training,
            seed=plan.seed * 1000 + fold,
            slow=lambda name: name.startswith("related"),
            done=done,
        )
    return network
