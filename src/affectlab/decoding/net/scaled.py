"""A network as a decoder, whose probabilities, variances and distances mean what they say."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from affectlab.decoding.net.graph_net import Beliefs, GraphNet
from affectlab.decoding.prior import PRIOR_SD

ENERGIES = 3


class Decoded(NamedTuple):
    """See `affectlab.decoding.weights.Output`."""

    mean: Tensor
    covariance: Tensor
    trajectory: Tensor
    high: Tensor
    embedding: Tensor
    distance: Tensor


class ScaledNet(nn.Module):  # type: ignore[misc]
    """A network with its scaling; this is what is exported.

    Few electrodes tell less than many, so that there are two scalings, of dense and of sparse montages, and
    between the two what lies between. The mean follows P(high), which is what it does where labels are two: a
    line through it, fitted by least squares. A trajectory's average is the mean. An axis that was not trained
    has mean 0, standard deviation `PRIOR_SD`, P(high) one half and a trajectory of zeros.

    Parameters
    ----------
    network
        Trained.
    """

    def __init__(self, network: GraphNet) -> None:
        super().__init__()
        self.network = network
        for name, value in _neutral(network.settings.embedding + ENERGIES).items():
            self.register_buffer(name, value)

    def forward(self, patches: Tensor, relations: Tensor, positions: Tensor, weight: Tensor) -> Decoded:
        """Decode windows; shapes as in `affectlab.decoding.inputs.Inputs`."""
        return self.scaled(self.network(patches, relations, positions, weight))

    def scaled(self, beliefs: Beliefs) -> Decoded:
        """Return what the network's beliefs amount to."""
        slope, intercept, gain, offset, spread = (
            _between(one, beliefs.density)
            for one in (self.slope, self.intercept, self.gain, self.offset, self.spread)
        )
        high = torch.sigmoid((slope * beliefs.logit + intercept) * self.trained)
        mean = torch.clamp(gain * (2 * high - 1) + offset, -1, 1) * self.trained
        course = beliefs.trajectory - beliefs.trajectory.mean(dim=1, keepdim=True) + mean[:, None]
        return Decoded(
            mean,
            self._covariance(beliefs.factor, spread),
            torch.clamp(course, -1, 1) * self.trained,
            high,
            beliefs.embedding,
            self.distance(beliefs) / self.limit,
        )

    def _covariance(self, factor: Tensor, spread: Tensor) -> Tensor:
        scaled = factor @ factor.transpose(-1, -2) * (spread[:, :, None] * spread[:, None, :])
        wide = torch.diag((1 - self.trained) * PRIOR_SD**2)
        return scaled * (self.trained[:, None] * self.trained[None, :]) + wide

    def distance(self, beliefs: Beliefs) -> Tensor:
        """Return the distance from what the network was trained on, not yet scaled, shape (n,)."""
        standard = (seen(beliefs) - self.centre) / self.width
        inside = (standard[:, :-ENERGIES] ** 2).mean(dim=-1)
        energy = (standard[:, -ENERGIES:] ** 2).mean(dim=-1)
        return torch.sqrt(torch.maximum(inside, energy))


def seen(beliefs: Beliefs) -> Tensor:
    """Return what familiarity is judged by, shape (n, embedding + `ENERGIES`)."""
    return torch.cat([beliefs.embedding, beliefs.energy], dim=-1)


def _between(kinds: Tensor, density: Tensor) -> Tensor:
    """Return values, shape (n, 2), from those of dense and sparse montages, shape (2, 2)."""
    share = density[:, None]
    return share * kinds[0] + (1 - share) * kinds[1]


def _neutral(size: int) -> dict[str, Tensor]:
    return {
        "trained": torch.ones(2),
        "slope": torch.ones(2, 2),
        "intercept": torch.zeros(2, 2),
        "gain": torch.ones(2, 2),
        "offset": torch.zeros(2, 2),
        "spread": torch.ones(2, 2),
        "centre": torch.zeros(size),
        "width": torch.ones(size),
        "limit": torch.ones(()),
    }
