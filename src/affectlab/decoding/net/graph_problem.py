"""The Transformer-GNN's data in training: montages, poor channels, gains and time shifts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from affectlab.decoding.epochs import Floats
from affectlab.decoding.inputs import Inputs
from affectlab.decoding.net.graph_net import Beliefs, GraphNet
from affectlab.decoding.net.losses import cross_entropy, total_loss
from affectlab.decoding.net.sampling import Places, class_mass
from affectlab.decoding.net.settings import TrainingSettings
from affectlab.decoding.spectra import FINE_BANDS, PATCHES

BATCH = 256


class GraphProblem:
    """What `GraphNet` is to learn.

    Parameters
    ----------
    views
        The same windows on the full montage and on smaller ones.
    labels
        Shape (n, 2), NaN where unknown.
    settings
        Of the augmentation.
    """

    def __init__(self, views: Sequence[Inputs], labels: Floats, settings: TrainingSettings) -> None:
        self.views = views
        self.labels = labels
        self._tensor = torch.from_numpy(labels.astype(np.float32))
        self._settings = settings

    def loss(self, network: GraphNet, rows: Places, rng: np.random.Generator) -> Tensor:
        """Return the loss on windows seen on one montage, disturbed at random."""
        small = len(self.views) > 1 and rng.random() < self._settings.subset_share
        chosen = self.views[int(rng.integers(1, len(self.views))) if small else 0].take(rows)
        beliefs = network(*tensors(_disturbed(chosen, self._settings, rng)))
        return total_loss(beliefs, self._tensor[rows], network.settings)

    def validation(self, network: GraphNet, rows: Places) -> float:
        """Return the cross entropy on the full montage, both classes weighing the same."""
        beliefs = run(network, self.views[0].take(rows))
        labels = self._tensor[rows]
        mass = np.column_stack([class_mass(column) for column in self.labels[rows].T])
        weight = torch.from_numpy(mass.astype(np.float32))
        return float(cross_entropy(beliefs.logit, labels, weight))


def tensors(inputs: Inputs) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the network's arguments."""
    return (
        torch.from_numpy(inputs.patches),
        torch.from_numpy(inputs.relations),
        torch.from_numpy(inputs.positions),
        torch.from_numpy(inputs.weight),
    )


@torch.no_grad()  # type: ignore[untyped-decorator]
def run(network: GraphNet, inputs: Inputs) -> Beliefs:
    """Run a network over many windows, batch by batch."""
    parts = [
        network(*tensors(inputs.take(slice(begin, begin + BATCH)))) for begin in range(0, len(inputs), BATCH)
    ]
    return Beliefs(*(torch.cat(column) for column in zip(*parts, strict=True)))


def _disturbed(inputs: Inputs, settings: TrainingSettings, rng: np.random.Generator) -> Inputs:
    windows, channels = inputs.weight.shape
    usable = rng.random((windows, channels)) >= settings.poor
    usable |= ~usable.any(axis=1, keepdims=True)
    gain = np.asarray(settings.gain * rng.standard_normal(windows), dtype=np.float32)
    patches = np.roll(inputs.patches, rng.integers(PATCHES), axis=2) * usable[:, :, None, None]
    patches[..., : len(FINE_BANDS)] += (gain[:, None] * usable)[:, :, None, None]
    both = (usable[:, :, None] & usable[:, None, :])[:, None]
    louder = gain[:, None, None, None] * np.eye(channels, dtype=np.float32)
    return Inputs(
        patches.astype(np.float32),
        ((inputs.relations + louder) * both).astype(np.float32),
        inputs.positions,
        (inputs.weight * usable).astype(np.float32),
    )
