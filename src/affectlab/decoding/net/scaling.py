"""Post-hoc scaling of an ensemble on the people each of its networks has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import expit

from affectlab.decoding.epochs import TARGETS, Floats, Target
from affectlab.decoding.evaluation.scaling import fit_scaling
from affectlab.decoding.net.ensemble import Ensemble
from affectlab.decoding.net.graph_net import Beliefs
from affectlab.decoding.net.graph_problem import GraphProblem, run
from affectlab.decoding.net.sampling import Places, class_mass

LIMIT = 0.99
"""Share of windows of people not trained on that count as familiar."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scaled beliefs about windows, each from the network that has not learned from that person.

    Parameters
    ----------
    axes
        What was trained.
    beliefs
        Axis to mean, standard deviation and P(high), each of shape (n,).
    """

    axes: tuple[Target, ...]
    beliefs: Mapping[Target, tuple[Floats, Floats, Floats]]


class _HeldOut(NamedTuple):
    logit: Floats
    mean: Floats
    variance: Floats


def scale(ensemble: Ensemble, problem: GraphProblem, groups: Places, axes: tuple[Target, ...]) -> HeldOut:
    """Set an ensemble's scaling from its networks' held-out windows.

    P(high) by Platt's method and the mean by least squares, both sides of 0 weighing the same; the standard
    deviation so that squared errors average to what it says; distances so that `LIMIT` of the held-out
    windows, on all montages, lie below 1.
    """
    _familiarise(ensemble, problem, groups)
    held = _held_out(ensemble, problem, groups)
    ensemble.trained.zero_()
    for axis in axes:
        _scale_axis(ensemble, TARGETS.index(axis), held, problem.labels)
    return HeldOut(axes, {axis: _scaled(ensemble, TARGETS.index(axis), held) for axis in axes})


def _familiarise(ensemble: Ensemble, problem: GraphProblem, groups: Places) -> None:
    """Set where each network's embeddings lie, and how far from there is unusual."""
    for index, network in enumerate(ensemble.networks):
        rows = np.flatnonzero(groups != index)
        seen = torch.cat([_seen(run(network, view.take(rows))) for view in problem.views])
        ensemble.centre[index] = seen.mean(dim=0)
        ensemble.width[index] = seen.std(dim=0).clamp(min=1e-3)
    far = []
    for view in problem.views:
        for fold in range(len(ensemble.networks)):
            inputs = view.take(np.flatnonzero(groups == fold))
            beliefs = [run(network, inputs) for network in ensemble.networks]
            far.append(ensemble.distances(beliefs)[:, fold])
    ensemble.limit.fill_(float(torch.quantile(torch.cat(far), LIMIT)))


def _seen(beliefs: Beliefs) -> torch.Tensor:
    return torch.cat([beliefs.embedding, beliefs.energy], dim=-1)


def _held_out(ensemble: Ensemble, problem: GraphProblem, groups: Places) -> _HeldOut:
    found = _HeldOut(*(np.zeros((len(groups), 2)) for _ in _HeldOut._fields))
    for fold, network in enumerate(ensemble.networks):
        rows = np.flatnonzero(groups == fold)
        beliefs = run(network, problem.views[0].take(rows))
        covariance = beliefs.factor @ beliefs.factor.transpose(-1, -2)
        found.logit[rows] = beliefs.logit.numpy()
        found.mean[rows] = beliefs.mean.numpy()
        found.variance[rows] = torch.diagonal(covariance, dim1=-2, dim2=-1).numpy()
    return found


def _scale_axis(ensemble: Ensemble, place: int, held: _HeldOut, labels: Floats) -> None:
    known = np.isfinite(labels[:, place])
    label = labels[known, place]
    mass = class_mass(label)
    chance = fit_scaling(held.logit[known, place], label, mass)
    value = fit_scaling(held.mean[known, place], label, mass)
    mean = np.clip(value.gain * held.mean[known, place] + value.offset, -1, 1)
    ensemble.trained[place] = 1
    ensemble.slope[place], ensemble.intercept[place] = chance.slope, chance.intercept
    ensemble.gain[place], ensemble.offset[place] = value.gain, value.offset
    ensemble.spread[place] = float(np.sqrt(mass @ ((label - mean) ** 2 / held.variance[known, place])))


def _scaled(ensemble: Ensemble, place: int, held: _HeldOut) -> tuple[Floats, Floats, Floats]:
    gain, offset, spread, slope, intercept = (
        float(getattr(ensemble, name)[place]) for name in ("gain", "offset", "spread", "slope", "intercept")
    )
    mean = np.clip(gain * held.mean[:, place] + offset, -1, 1)
    return mean, spread * np.sqrt(held.variance[:, place]), expit(slope * held.logit[:, place] + intercept)
