"""SpotLight: a span gets at least a wanted share of every query's attention (arXiv 2505.12025).

Where a query's share c of attention on the span is below the target t, log(t / c) is added to its logits on
the span, at all heads of all layers, while reading and writing. As the rest keeps its logits, the share
becomes t / (1 - c + t), between t / (1 + t) and t. The span is a modality here instead of an instruction.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor

from affectlab.models import Modality
from affectlab.steering.gates import Given
from affectlab.steering.model import Codes, Steering, Strengths
from affectlab.steering.rivals._tokens import among, per_row
from affectlab.steering.rivals.rival import LayeredSettings, Rival, Site, described
from affectlab.steering.steered_plan import SteeredPlan


class SpotlightSettings(LayeredSettings):
    """Settings of SpotLight.

    Parameters
    ----------
    target
        Wanted share of attention; 0 changes nothing.
    """

    target: float = Field(default=0.3, ge=0, le=1)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Lifts the logits of `modality` where it has less than `target` of a query's attention."""

    modality: Modality
    target: float

    def weigh(self, logits: Tensor, kinds: Tensor, strength: Tensor) -> Tensor:
        """Return probabilities; see `Rule.weigh`. A strength of one half adds half of the logarithm."""
        span = among(kinds, self.modality)
        share = (torch.softmax(logits, dim=-1) * span).sum(dim=-1, keepdim=True)
        # A query that cannot see the span has a share of 0; what is added to hidden logits does not count.
        wanted = self.target / share.clamp_min(torch.finfo(share.dtype).tiny)
        lift = wanted.clamp(min=1).log() * per_row(strength)
        return torch.softmax(logits + lift * span, dim=-1)


def spotlight(settings: SpotlightSettings, site: Site) -> Steering:
    """Make SpotLight for the model of `site`."""
    layers = site.everywhere(AtLeast(settings.modality, settings.target), settings.start)

    def plan(codes: Codes, strengths: Strengths) -> SteeredPlan:
        return SteeredPlan(codes, layers, Given(strengths))

    return Steering("spotlight", described(settings), plan)


SPOTLIGHT = Rival(
    "spotlight",
    SpotlightSettings,
    tuple(SpotlightSettings(target=target) for target in (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)),
    spotlight,
)
