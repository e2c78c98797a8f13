"""AdaptVis: attention on the image is sharpened where the model is sure, else smoothed (arXiv 2503.01773).

The model answers once without steering. If the probability of its answer is below a threshold, the last
query's logits on the image are multiplied by one factor (below 1: smoother), else by another (above 1:
sharper), while the prompt is read a second time: all heads of all layers, nothing while the answer is
written, as in its published code. There confidence is the probability of the first token that is generated;
here it is that of the likeliest label among the labels, which does not depend on how many tokens labels have.
The image is any modality here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import BeforeValidator, Field
from torch import Tensor

from affectlab.models import Failure, Modality, Model, Request
from affectlab.steering.gates import Given
from affectlab.steering.model import Codes, Steering, Strengths
from affectlab.steering.rivals._tokens import among, open_to, per_row
from affectlab.steering.rivals.rival import Rival, RivalSettings, Site, described
from affectlab.steering.steered_plan import Rows, SteeredPlan


def _split(labels: Any) -> Any:
    return tuple(labels.split("|")) if isinstance(labels, str) else labels


class AdaptvisSettings(RivalSettings):
    """Settings of AdaptVis.

    Parameters
    ----------
    beta
        Confidence from which the model counts as sure.
    unsure, sure
        Factors on the logits; 1 changes nothing.
    rows
        Which queries; the last one in the original.
    labels
        Possible answers among which confidence is measured; written A|B|C in a text.
    """

    beta: float = Field(default=0.5, ge=0, le=1)
    unsure: float = Field(default=0.5, gt=0)
    sure: float = Field(default=1.5, gt=0)
    rows: Rows = "last"
    labels: Annotated[tuple[str, ...], BeforeValidator(_split), Field(min_length=2)] = (
        "negative",
        "weakly negative",
        "neutral",
        "weakly positive",
        "positive",
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """Multiplies the logits of `modality` by one plus the strength, so that 0 changes nothing."""

    modality: Modality

    def weigh(self, logits: Tensor, kinds: Tensor, strength: Tensor) -> Tensor:
        """Return probabilities; see `Rule.weigh`."""
        reached = among(kinds, self.modality) & open_to(logits)
        return torch.softmax(torch.where(reached, logits * (1 + per_row(strength)), logits), dim=-1)


def adaptvis(settings: AdaptvisSettings, site: Site) -> Steering:
    """Make AdaptVis for the model of `site`."""
    layers = site.everywhere(Scale(settings.modality))

    def plan(codes: Codes, strengths: Strengths) -> SteeredPlan:
        return SteeredPlan(codes, layers, Given(strengths), rows=settings.rows, phase="prefill")

    def strengths(model: Model, requests: Sequence[Request]) -> Strengths:
        found = [confidence(one) for one in _log_likelihoods(model, requests, settings.labels)]
        factors = [settings.unsure if sure < settings.beta else settings.sure for sure in found]
        # A request that fails now fails again when it is asked for good, and says why.
        return np.where(np.isnan(found), 0.0, np.array(factors) - 1)

    return Steering("adaptvis", described(settings), plan, strengths)


def confidence(log_likelihoods: Sequence[float]) -> float:
    """Return the probability of the likeliest label among the labels, NaN where there are none."""
    if not len(log_likelihoods):
        return float("nan")
    values = np.asarray(log_likelihoods, dtype=float)
    return float(1 / np.exp(values - values.max()).sum())


def _log_likelihoods(
    model: Model, requests: Sequence[Request], labels: Sequence[str]
) -> list[Sequence[float]]:
    outcomes = model.score(requests, labels)
    return [() if isinstance(one, Failure) else one.log_likelihoods.tolist() for one in outcomes]


ADAPTVIS = Rival(
    "adaptvis",
    AdaptvisSettings,
    (
        AdaptvisSettings(beta=0.5, unsure=0.5, sure=1.2),
        AdaptvisSettings(beta=0.9, unsure=0.5, sure=1.5),
        AdaptvisSettings(beta=0.9, unsure=1.5, sure=0.5),
        AdaptvisSettings(beta=0.5, unsure=0.5, sure=1.5, rows="all"),
        AdaptvisSettings(beta=0.9, unsure=0.5, sure=1.5, rows="all"),
        AdaptvisSettings(beta=0.9, unsure=2.0, sure=1.0, rows="all"),
    ),
    adaptvis,
)
