"""Several networks as one decoder, whose probabilities, variances and distances mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
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


class Ensemble(nn.Module):  # type: ignore[misc]
    """The average of networks, scaled; this is what is exported.

    An axis that was not trained has mean 0, standard deviation `PRIOR_SD`, P(high) one half and a trajectory
    of zeros. Covariances are those of the mixture of the networks' Gaussians.

    Parameters
    ----------
    networks
        Trained networks of one size.
    """

    def __init__(self, networks: Sequence[GraphNet]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        count = len(networks)
        size = networks[0].settings.embedding + ENERGIES
        for name, value in _neutral(count, size).items():
            self.register_buffer(name, value)

    def forward(self, patches: Tensor, relations: Tensor, positions: Tensor, weight: Tensor) -> Decoded:
        """Decode windows; shapes as in `affectlab.decoding.inputs.Inputs`."""
        all_beliefs = [network(patches, relations, positions, weight) for network in self.networks]
        return self.combine(all_beliefs)

    def combine(self, all_beliefs: Sequence[Beliefs]) -> Decoded:
        """Return what the networks' beliefs amount to."""
        logit = torch.stack([one.logit for one in all_beliefs]).mean(dim=0)
        high = torch.sigmoid((self.slope * logit + self.intercept) * self.trained)
        mean, covariance = self._moments(all_beliefs)
        course = torch.stack([one.trajectory for one in all_beliefs]).mean(dim=0)
        return Decoded(
            mean,
            covariance,
            torch.clamp(self.gain * course + self.offset, -1, 1) * self.trained,
            high,
            torch.cat([one.embedding for one in all_beliefs], dim=-1),
            self.distances(all_beliefs).mean(dim=-1) / self.limit,
        )

    def _moments(self, all_beliefs: Sequence[Beliefs]) -> tuple[Tensor, Tensor]:
        means = torch.stack([one.mean for one in all_beliefs])
        factors = torch.stack([one.factor for one in all_beliefs])
        middle = means.mean(dim=0)
        apart = (means - middle)[..., None]
        mixture = (factors @ factors.transpose(-1, -2) + apart @ apart.transpose(-1, -2)).mean(dim=0)
        scaled = mixture * (self.spread[:, None] * self.spread[None, :])
        mask = self.trained[:, None] * self.trained[None, :]
        wide = torch.diag((1 - self.trained) * PRIOR_SD**2)
        mean = torch.clamp(self.gain * middle + self.offset, -1, 1) * self.trained
        return mean, scaled * mask + wide

    def distances(self, all_beliefs: Sequence[Beliefs]) -> Tensor:
        """Return each network's distance from what it was trained on, not yet scaled, shape (n, networks)."""
        columns = []
        for index, one in enumerate(all_beliefs):
            seen = torch.cat([one.embedding, one.energy], dim=-1)
            standard = (seen - self.centre[index]) / self.width[index]
            inside = (standard[:, :-ENERGIES] ** 2).mean(dim=-1)
            energy = (standard[:, -ENERGIES:] ** 2).mean(dim=-1)
            columns.append(torch.sqrt(torch.maximum(inside, energy)))
        return torch.stack(columns, dim=-1)


def _neutral(count: int, size: int) -> dict[str, Tensor]:
    return {
        "trained": torch.ones(2),
        "slope": torch.ones(2),
        "intercept": torch.zeros(2),
        "gain": torch.ones(2),
        "offset": torch.zeros(2),
        "spread": torch.ones(2),
        "centre": torch.zeros(count, size),
        "width": torch.ones(count, size),
        "limit": torch.ones(()),
    }
