"""Where the readout of relations starts: at the ridge solution, and at principal directions beside it.

A linear fit on a tangent space is a strong decoder by itself (Barachant et al. 2012, IEEE Trans. Biomed. Eng.
59, 920-928) and has a closed form; gradient descent from random weights would spend most of its time on the
way there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from affectlab.decoding.inputs import Inputs
from affectlab.decoding.net.graph_net import GraphNet
from affectlab.decoding.net.graph_problem import BATCH, GraphProblem
from affectlab.decoding.net.sampling import Places, class_mass

Doubles = NDArray[np.float64]

LOGIT = 1.5
"""Log odds per standard deviation of the ridge's score, at the start."""


def start_readout(network: GraphNet, problem: GraphProblem, rows: Places) -> None:
    """Set the readout and the head of a new network from some windows."""
    features = [_features(network, view.take(rows)) for view in problem.views]
    half = network.readout.half
    dense, sparse = _by_density(features, half)
    level = np.concatenate([dense[0].mean(axis=0), sparse[0].mean(axis=0)])
    directions = []
    for axis, column in enumerate(problem.labels[rows].T):
        if (column > 0).any() and (column <= 0).any():
            found = [_ridge(part, column, network.settings.ridge) for part in (dense, sparse)]
            directions.append(np.concatenate(found))
            _read_off(network, axis, len(directions) - 1)
    room = network.related.out_features - len(directions)
    directions.extend(np.hstack([_principal(dense, room), _principal(sparse, room)]))
    matrix = np.array(directions[: network.related.out_features])
    with torch.no_grad():
        network.related.weight.copy_(torch.from_numpy(matrix))
        network.related.bias.copy_(torch.from_numpy(-matrix @ level))


def _by_density(features: Sequence[Doubles], half: int) -> tuple[list[Doubles], list[Doubles]]:
    """Return what dense and what sparse montages give; all there are where there are none of a kind."""
    dense = [one[:, :half] for one in features if _norm(one[:, :half]) >= _norm(one[:, half:])]
    sparse = [one[:, half:] for one in features if _norm(one[:, :half]) < _norm(one[:, half:])]
    return dense or sparse, sparse or dense


def _norm(features: Doubles) -> float:
    return float(np.linalg.norm(features))


@torch.no_grad()  # type: ignore[untyped-decorator]
def _features(network: GraphNet, inputs: Inputs) -> Doubles:
    positions = torch.from_numpy(inputs.positions)
    parts = []
    for begin in range(0, len(inputs), BATCH):
        some = inputs.take(slice(begin, begin + BATCH))
        read = network.readout(torch.from_numpy(some.relations), positions, torch.from_numpy(some.weight))
        parts.append(read.double().numpy())
    return np.concatenate(parts)


def _ridge(features: Sequence[Doubles], column: Doubles, penalty: float) -> Doubles:
    """Return the direction that tells labels above 0 from the others on several montages, at unit spread.

    The penalty is in units of each feature's own variance, half and half with the mean variance of all: what
    is read where no electrode is near hardly varies, and must not be blown up.
    """
    mass = class_mass(column)
    known = mass > 0
    target = np.where(column[known] > 0, 1.0, -1.0)
    normal = np.zeros((features[0].shape[1],) * 2)
    right = np.zeros(len(normal))
    for one in features:
        centred = one[known] - mass[known] @ one[known]
        weighted = centred * (mass[known] / len(features))[:, None]
        normal += weighted.T @ centred
        right += weighted.T @ target
    variance = np.diagonal(normal)
    normal = normal + penalty * np.diag((variance + variance.mean()) / 2)
    return _scaled(features[0], np.asarray(np.linalg.solve(normal, right), dtype=np.float64))


def _principal(features: Sequence[Doubles], count: int) -> Doubles:
    centred = features[0] - features[0].mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return np.array([_scaled(centred, one) for one in vectors[:, ::-1][:, :count].T])


def _scaled(features: Doubles, direction: Doubles) -> Doubles:
    return np.asarray(direction / max(float((features @ direction).std()), 1e-9))


def _read_off(network: GraphNet, axis: int, place: int) -> None:
    with torch.no_grad():
        network.head.weight[axis] = 0
        network.head.weight[axis, place] = LOGIT
        network.head.bias[axis] = 0
