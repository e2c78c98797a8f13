"""The router: at each layer a probe tells how likely it is that modalities conflict, and opens the gate.

arXiv 2605.01024 steers a layer where its conflict probability reaches tau; how that probability is found is
not public. Ours comes from a small network per layer, trained, calibrated and judged on different sources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.errors import SteeringError
from affectlab.models.hf.attention import AttentionCall
from affectlab.steering._calibration import platt
from affectlab.steering._folds import source_folds
from affectlab.steering._probe_training import (
    Recipe,
    batch_of,
    one_thread,
    stopped_early,
    trained,
)
from affectlab.steering.features import layer_features
from affectlab.steering.plan import ProbeWeights
from affectlab.steering.roc import RocCurve, auc, roc_curve

__all__ = [
    "FittedProbe",
    "ProbeGate",
    "RocCurve",
    "auc",
    "cross_fit",
    "fit_probe",
    "probability",
    "roc_curve",
]

FOLDS: Final = 5
"""Parts that sources are divided into, to judge probes on those they have not seen."""

_HIDDEN: Final = 32
_DECAY: Final = 0.1
_FLAT: Final = 1e-6
"""A feature that varies less than this is one that does not vary."""
_SEVERAL: Final = 2
"""Modalities a prompt must show for attention to be reallocated between them."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedProbe:
    """A probe, and what is known of it.

    Parameters
    ----------
    weights
        Fitted on all cases.
    held_out
        Shape (cases,): for each case the calibrated probability of conflict that a probe gives which was
        fitted without the case's source.
    """

    weights: ProbeWeights
    held_out: NDArray[np.float64]


def fit_probe(
    features: NDArray[np.float32],
    conflict: NDArray[np.bool_],
    sources: Sequence[str],
    *,
    seed: int,
    folds: int = FOLDS,
    hidden: int = _HIDDEN,
) -> ProbeWeights:
    """Fit a layer's probe; see `cross_fit`."""
    return cross_fit(features, conflict, sources, seed=seed, folds=folds, hidden=hidden).weights


def cross_fit(
    features: NDArray[np.float32],
    conflict: NDArray[np.bool_],
    sources: Sequence[str],
    *,
    seed: int,
    folds: int = FOLDS,
    hidden: int = _HIDDEN,
) -> FittedProbe:
    """Fit a layer's probe and find out how good it is.

    For each fold a network is trained on the others but one, until it tells the cases of that one no better,
    and gives its logits for the fold. These logits, of cases whose source no network has seen, give area
    under the curve and calibration. The probe itself is then trained on all cases, for as many steps as the
    median of those networks. Cases count as they are, conflict not made as frequent as agreement: tau is a
    probability.

    Parameters
    ----------
    features
        Shape (n, features); see `layer_features`.
    conflict
        Shape (n,).
    sources
        Length n: what folds keep together.
    seed
        Of folds, first weights and order; equal seeds give equal probes.
    folds
        At least 3.
    hidden
        Width of the hidden layer.

    Raises
    ------
    SteeringError
        If a feature is not finite, or conflict or agreement is found in fewer sources than there are folds.
    """
    if not np.isfinite(features).all():
        bad = int((~np.isfinite(features).all(axis=1)).sum())
        raise SteeringError(f"{bad} of {len(features)} cases have no features; leave out those not kept")
    truth = np.asarray(conflict, dtype=bool)
    fold = source_folds(truth, sources, folds=folds, seed=seed)
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > _FLAT, scale, 1.0).astype(np.float32)
    given, wanted = torch.from_numpy((features - mean) / scale), torch.from_numpy(truth.astype(np.float32))
    recipe = Recipe(hidden, _DECAY, batch_of(len(truth)), seed)
    with one_thread():
        logits, epochs = _held_out(given, wanted, fold, folds, recipe)
        network = trained(given, wanted, max(1, round(epochs * (folds - 2) / folds)), recipe)
    slope, intercept = platt(logits, truth)
    weights = ProbeWeights(
        mean=mean,
        scale=scale,
        inner=network.inner.numpy().ravel(),
        inner_bias=network.inner_bias.numpy(),
        outer=network.outer.numpy(),
        slope=slope,
        intercept=intercept + slope * float(network.bias),
        auc=auc(logits, truth),
    )
    return FittedProbe(weights, 1 / (1 + np.exp(-(slope * logits + intercept))))


def _held_out(
    features: Tensor, conflict: Tensor, fold: NDArray[np.intp], folds: int, recipe: Recipe
) -> tuple[NDArray[np.float64], float]:
    """Return for each case the logit of a network that has not seen its source, and the median of epochs."""
    logits, epochs = np.empty(len(fold)), []
    for asked in range(folds):
        of_fold, held = fold == asked, fold == (asked + 1) % folds
        seen = ~(of_fold | held)
        network, reached = stopped_early(
            features[seen], conflict[seen], (features[held], conflict[held]), recipe
        )
        logits[of_fold] = network.logits(features[of_fold]).numpy()
        epochs.append(reached)
    return logits, float(np.median(epochs))


def probability(weights: ProbeWeights, features: Tensor) -> Tensor:
    """Return how likely conflict is.

    Parameters
    ----------
    weights
        A fitted probe.
    features
        Shape (n, features), float32; see `layer_features`.

    Returns
    -------
    Tensor
        Shape (n,), in [0, 1], on the device of `features`.

    Raises
    ------
    SteeringError
        If the probe was fitted on features of another number.
    """
    return _Probe(weights, features.device).probability(features)


class _Probe:
    """A probe on one device."""

    def __init__(self, weights: ProbeWeights, device: torch.device) -> None:
        inner = weights.inner.reshape(len(weights.mean), -1)
        parts = (weights.mean, weights.scale, inner, weights.inner_bias, weights.outer * weights.slope)
        # Copies, since torch refuses arrays that cannot be written to.
        tensors = [torch.tensor(part, dtype=torch.float32, device=device) for part in parts]
        self._mean, self._scale, self._inner, self._inner_bias, self._outer = tensors
        self._intercept = weights.intercept

    def probability(self, features: Tensor) -> Tensor:
        if features.shape[1] != len(self._inner):
            raise SteeringError(
                f"the probe reads {len(self._inner)} features and the layer gives {features.shape[1]}; "
                "use the model that the plan was fitted on"
            )
        hidden = torch.tanh((features - self._mean) / self._scale @ self._inner + self._inner_bias)
        return torch.sigmoid(hidden @ self._outer + self._intercept)


class ProbeGate:
    """Opens at each layer where its probe tells conflict; see `Gate`.

    Prompts that show fewer than two modalities are left alone: there is nothing to move attention between.

    Parameters
    ----------
    probes
        Layer to its probe; at layers without one nothing is steered.
    tau
        Conflict probability, in [0, 1], from which a prompt is steered fully.
    soft
        Steer with the conflict probability itself instead; `tau` is not looked at then.
    """

    def __init__(self, probes: Mapping[int, ProbeWeights], tau: float, soft: bool = False) -> None:
        self._weights, self._tau, self._soft = dict(probes), tau, soft
        self._probes: dict[tuple[int, torch.device], _Probe] = {}

    def strength(self, call: AttentionCall, kinds: Tensor) -> Tensor:
        """Return how strongly each prompt is steered at this layer; see `Gate.strength`."""
        if call.layer not in self._weights:
            return torch.zeros(len(kinds), device=kinds.device)
        # Whoever takes gradients of a model wants none of the gate's.
        with torch.no_grad():
            features = layer_features(call, kinds)
            found = self._probe(call.layer, features.device).probability(features)
        several = (kinds[..., :-1].any(dim=1).sum(dim=1) >= _SEVERAL).float()
        return several * (found if self._soft else (found >= self._tau).float())

    def _probe(self, layer: int, device: torch.device) -> _Probe:
        if (layer, device) not in self._probes:
            self._probes[layer, device] = _Probe(self._weights[layer], device)
        return self._probes[layer, device]
