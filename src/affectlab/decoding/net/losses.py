"""What the Transformer-GNN is trained on; labels that are not known (NaN) count for nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from affectlab.decoding.net.graph_net import Beliefs
from affectlab.decoding.net.settings import GraphSettings


def total_loss(beliefs: Beliefs, labels: Tensor, settings: GraphSettings) -> Tensor:
    """Return the weighted sum of all losses for labels of shape (n, 2)."""
    return (
        cross_entropy(beliefs.logit, labels)
        + settings.nll * gaussian_nll(beliefs.mean, beliefs.factor, labels)
        + settings.agreement * agreement(beliefs, labels)
        + settings.smoothness * smoothness(beliefs.trajectory)
    )


def cross_entropy(logit: Tensor, labels: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return the cross entropy of label above 0, averaged over known labels; `weight` has their shape."""
    high = (labels > 0).to(logit.dtype)
    losses = nn.functional.binary_cross_entropy_with_logits(logit, high, reduction="none")
    return _average(losses, labels, weight)


def gaussian_nll(mean: Tensor, factor: Tensor, labels: Tensor) -> Tensor:
    """Return the mean negative log likelihood: joint where both axes are known, else of the known one."""
    known = torch.isfinite(labels)
    error = torch.where(known, labels - mean, torch.zeros_like(mean))
    covariance = factor @ factor.transpose(-1, -2)
    both = known.all(dim=1)
    variance = torch.diagonal(covariance, dim1=-2, dim2=-1)
    single = (0.5 * (error**2 / variance + torch.log(variance)) * known).sum(dim=1)
    white = torch.linalg.solve_triangular(factor, error[..., None], upper=False).squeeze(-1)
    joint = 0.5 * (white**2).sum(dim=1) + torch.log(torch.diagonal(factor, dim1=-2, dim2=-1)).sum(dim=1)
    return torch.where(both, joint, single).sum() / known.any(dim=1).sum().clamp(min=1)


def agreement(beliefs: Beliefs, labels: Tensor) -> Tensor:
    """Return how far the trajectory's average lies from the label and from the global mean, squared."""
    average = beliefs.trajectory.mean(dim=1)
    from_label = _average((average - torch.nan_to_num(labels)) ** 2, labels)
    from_mean = _average((average - beliefs.mean.detach()) ** 2, labels)
    return from_label + from_mean


def smoothness(trajectory: Tensor) -> Tensor:
    """Return the mean squared step of a trajectory, shape (n, L, 2); 0 for a single point."""
    if trajectory.shape[1] < 2:
        return trajectory.new_zeros(())
    return ((trajectory[:, 1:] - trajectory[:, :-1]) ** 2).mean()


def _average(losses: Tensor, labels: Tensor, weight: Tensor | None = None) -> Tensor:
    known = torch.isfinite(labels).to(losses.dtype) * (1.0 if weight is None else weight)
    return (torch.nan_to_num(losses) * known).sum() / known.sum().clamp(min=1e-9)
