"""PAI (attention): logits on the image grow by a share of their size (arXiv 2407.21771).

At the last query, and at each query the model writes, alpha * |logit| is added to the logits on the image, at
all heads from a layer on. PAI's other half, which sets the answer against that of a prompt without the image,
is left out: it works on words to come, not on attention, and could follow any of the ways compared here. The
image is any modality here.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor

from affectlab.models import Modality
from affectlab.steering.gates import Given
from affectlab.steering.model import Codes, Steering, Strengths
from affectlab.steering.rivals._tokens import among, open_to, per_row
from affectlab.steering.rivals.rival import LayeredSettings, Rival, Site, described
from affectlab.steering.steered_plan import Rows, SteeredPlan


class PaiSettings(LayeredSettings):
    """Settings of PAI (attention).

    Parameters
    ----------
    start
        First layer it touches; 2 of 32 in the original.
    alpha
        Share of its size by which a logit grows; 0 changes nothing.
    rows
        Which queries while the prompt is read; the last one in the original.
    """

    start: int = Field(default=2, ge=0)
    alpha: float = Field(default=0.5, ge=0)
    rows: Rows = "last"


@dataclass(frozen=True, slots=True)
class Amplify:
    """Adds alpha * |logit| to the logits of `modality`."""

    modality: Modality
    alpha: float

    def weigh(self, logits: Tensor, kinds: Tensor, strength: Tensor) -> Tensor:
        """Return probabilities; see `Rule.weigh`. A strength of one half halves alpha."""
        more = logits.abs() * (among(kinds, self.modality) & open_to(logits))
        return torch.softmax(logits + self.alpha * per_row(strength) * more, dim=-1)


def pai(settings: PaiSettings, site: Site) -> Steering:
    """Make PAI (attention) for the model of `site`."""
    layers = site.everywhere(Amplify(settings.modality, settings.alpha), settings.start)

    def plan(codes: Codes, strengths: Strengths) -> SteeredPlan:
        return SteeredPlan(codes, layers, Given(strengths), rows=settings.rows)

    return Steering("pai", described(settings), plan)


PAI = Rival(
    "pai",
    PaiSettings,
    (
        *(PaiSettings(alpha=alpha) for alpha in (0.2, 0.5, 1.0)),
        *(PaiSettings(alpha=alpha, start=0, rows="all") for alpha in (0.2, 0.5, 1.0)),
    ),
    pai,
)
