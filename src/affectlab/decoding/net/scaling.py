"""Post-hoc scaling of a network on people that networks like it have not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import expit

from affectlab.decoding.epochs import TARGETS, Floats, Target
from affectlab.decoding.evaluation.scaling import fit_scaling
from affectlab.decoding.inputs import Inputs
from affectlab.decoding.net.graph_net import GraphNet
from affectlab.decoding.net.graph_problem import GraphProblem, run
from affectlab.decoding.net.sampling import Places, class_mass
from affectlab.decoding.net.scaled import ScaledNet, seen

LIMIT = 0.99
"""Share of windows of people not trained on that count as familiar."""

FAMILIAR_WINDOWS = 512
"""Windows of each montage from which is told what is usual."""

DENSE, SPARSE = 0, 1
"""Places of the two scalings in a decoder."""


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
    variance: Floats


def scale(
    decoder: ScaledNet,
    held_out: Sequence[GraphNet],
    problem: GraphProblem,
    groups: Places,
    axes: tuple[Target, ...],
) -> HeldOut:
    """Set a decoder's scaling by what networks said of the people they held out.

    P(high) by Platt's method and the mean by least squares, both sides of 0 weighing the same; the standard
    deviation so that squared errors average to what it says; distances so that `LIMIT` of the held-out
    windows, on all montages, lie below 1. Dense and sparse montages are scaled each by their own; where
    there are none of a kind, by the other's.

    Parameters
    ----------
    decoder
        Trained on everybody.
    held_out
        Networks of the same kind, number k trained without the windows of group k.
    problem, groups, axes
        What was learned, the group of each window, and which axes.
    """
    _familiarise(decoder, held_out, problem, groups)
    dense, sparse = _kinds(held_out, problem, groups)
    decoder.trained.zero_()
    found = {}
    for axis in axes:
        place = TARGETS.index(axis)
        decoder.trained[place] = 1
        _scale_axis(decoder, SPARSE, place, sparse or dense, problem.labels)
        found[axis] = _scale_axis(decoder, DENSE, place, dense or sparse, problem.labels)
    return HeldOut(axes, found)


def _familiarise(
    decoder: ScaledNet, held_out: Sequence[GraphNet], problem: GraphProblem, groups: Places
) -> None:
    """Set what is usual for the decoder, and beyond which distance a window of a new person is unusual."""
    far: list[torch.Tensor] = []
    for group, network in enumerate(held_out):
        judge = ScaledNet(network)
        _set_usual(judge, problem, np.flatnonzero(groups != group))
        rows = np.flatnonzero(groups == group)
        far.extend(judge.distance(run(network, view.take(rows))) for view in problem.views)
    _set_usual(decoder, problem, np.arange(len(groups)))
    decoder.limit.fill_(float(torch.quantile(torch.cat(far), LIMIT)))


def _set_usual(decoder: ScaledNet, problem: GraphProblem, rows: Places) -> None:
    some = rows[:: max(1, len(rows) // FAMILIAR_WINDOWS)]
    found = torch.cat([seen(run(decoder.network, view.take(some))) for view in problem.views])
    decoder.centre.copy_(found.mean(dim=0))
    decoder.width.copy_(found.std(dim=0).clamp(min=1e-3))


def _kinds(
    networks: Sequence[GraphNet], problem: GraphProblem, groups: Places
) -> tuple[list[_HeldOut], list[_HeldOut]]:
    """Return what was said on dense montages and what was said on sparse ones, montage by montage."""
    kinds: tuple[list[_HeldOut], list[_HeldOut]] = ([], [])
    for view in problem.views:
        said, density = _held_out(networks, view, groups)
        kinds[DENSE if density >= 0.5 else SPARSE].append(said)
    return kinds


def _held_out(networks: Sequence[GraphNet], view: Inputs, groups: Places) -> tuple[_HeldOut, float]:
    found, densities = _HeldOut(np.zeros((len(groups), 2)), np.zeros((len(groups), 2))), []
    for group, network in enumerate(networks):
        rows = np.flatnonzero(groups == group)
        beliefs = run(network, view.take(rows))
        covariance = beliefs.factor @ beliefs.factor.transpose(-1, -2)
        found.logit[rows] = beliefs.logit.numpy()
        found.variance[rows] = torch.diagonal(covariance, dim1=-2, dim2=-1).numpy()
        densities.append(float(beliefs.density.mean()))
    return found, float(np.mean(densities))


def _scale_axis(
    decoder: ScaledNet, kind: int, place: int, held: Sequence[_HeldOut], labels: Floats
) -> tuple[Floats, Floats, Floats]:
    """Set one scaling of one axis; return mean, standard deviation and P(high) on the first montage."""
    label = np.tile(labels[:, place], len(held))
    known = np.isfinite(label)
    label, mass = label[known], class_mass(label[known])
    logit = np.concatenate([one.logit[:, place] for one in held])
    variance = np.concatenate([one.variance[:, place] for one in held])
    chance = fit_scaling(logit[known], label, mass)
    high = expit(chance.slope * logit + chance.intercept)
    value = fit_scaling(2 * high[known] - 1, label, mass)
    mean = np.clip(value.gain * (2 * high - 1) + value.offset, -1, 1)
    spread = float(np.sqrt(mass @ ((label - mean[known]) ** 2 / variance[known])))
    decoder.slope[kind, place], decoder.intercept[kind, place] = chance.slope, chance.intercept
    decoder.gain[kind, place], decoder.offset[kind, place] = value.gain, value.offset
    decoder.spread[kind, place] = spread
    first = slice(0, len(labels))
    return mean[first], spread * np.sqrt(variance[first]), high[first]
