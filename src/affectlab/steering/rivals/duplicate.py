"""Duplication: every token of a modality counts as if it were there n times.

A repeated prompt section is a plain way to give it weight. Here log n is added to the logits on the modality,
which is exactly what n copies of each key and value at the position of the original do; copies that are
written after one another would also move everything behind them, and that effect of position is left out.
"""

from __future__ import annotations

import math
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


class DuplicateSettings(LayeredSettings):
    """Settings of duplication.

    Parameters
    ----------
    n
        How often each token counts; 1 changes nothing.
    """

    n: int = Field(default=2, ge=1)


@dataclass(frozen=True, slots=True)
class Copies:
    """Counts each token of `modality` `n` times."""

    modality: Modality
    n: int

    def weigh(self, logits: Tensor, kinds: Tensor, strength: Tensor) -> Tensor:
        """Return probabilities, copies of a token taken together; see `Rule.weigh`.

        A strength of one half counts them as the root of `n`.
        """
        more = math.log(self.n) * per_row(strength) * among(kinds, self.modality)
        return torch.softmax(logits + more, dim=-1)


def duplicate(settings: DuplicateSettings, site: Site) -> Steering:
    """Make duplication for the model of `site`."""
    layers = site.everywhere(Copies(settings.modality, settings.n), settings.start)

    def plan(codes: Codes, strengths: Strengths) -> SteeredPlan:
        return SteeredPlan(codes, layers, Given(strengths))

    return Steering("duplicate", described(settings), plan)


DUPLICATE = Rival(
    "duplicate",
    DuplicateSettings,
    tuple(DuplicateSettings(n=n) for n in (2, 3, 4, 8, 16, 64)),
    duplicate,
)
