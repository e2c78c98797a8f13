"""Pruning: part of a modality's tokens are dropped from a layer on.

If a modality is neglected because its tokens are redundant (arXiv 2605.01024), fewer of them should do it no
harm or even good. Kept are tokens evenly spaced in time, or, as in FastV (arXiv 2403.06764), those the last
query looks at most at the layer before, averaged over heads. FastV takes the others out of the computation;
here nothing looks at them any more, which gives the tokens that are kept the same output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor

from affectlab.models import MODALITIES
from affectlab.models.hf.attention import AttentionCall, last_row
from affectlab.steering.gates import Given
from affectlab.steering.model import Codes, Steering, Strengths
from affectlab.steering.rivals.rival import LayeredSettings, Rival, Site, described
from affectlab.steering.steered_plan import LayerSteering, SteeredPlan

_DROPPED = -1
"""Code of tokens that nothing looks at, as of padding."""


class PruneSettings(LayeredSettings):
    """Settings of pruning.

    Parameters
    ----------
    start
        First layer at which tokens are gone; the default is FastV's. By attention it is at least 1.
    keep
        Share of the tokens that stay, at least one of them; 1 changes nothing.
    by
        "time" for evenly spaced tokens, "attention" for those the last query looks at most.
    """

    start: int = Field(default=2, ge=0)
    keep: float = Field(default=0.5, gt=0, le=1)
    by: Literal["time", "attention"] = "time"

    @field_validator("by")
    @classmethod
    def _attention_is_seen_a_layer_before(cls, by: str, given: ValidationInfo) -> str:
        if by == "attention" and given.data.get("start") == 0:
            raise ValueError("there is no layer before layer 0 to look at; say start=1 or more")
        return by


@dataclass(frozen=True, slots=True)
class Blind:
    """Nothing looks at tokens that are of no kind."""

    def weigh(self, logits: Tensor, kinds: Tensor, strength: Tensor) -> Tensor:  # noqa: ARG002 - all or nothing
        """Return probabilities; see `Rule.weigh`. Any strength but 0 drops tokens wholly."""
        gone = kinds.sum(dim=-1)[:, None, None] == 0
        return torch.softmax(logits.masked_fill(gone, torch.finfo(logits.dtype).min), dim=-1)


class ByAttention:
    """Drops tokens once it has been seen which of them the last query looks at.

    Parameters
    ----------
    codes, strengths
        Of the batch; see `Steering.plan`.
    settings
        What is kept.
    layers
        What is done at the layers from `settings.start` on.
    """

    def __init__(
        self,
        codes: Codes,
        strengths: Strengths,
        settings: PruneSettings,
        layers: dict[int, LayerSteering],
    ) -> None:
        self._codes, self._strengths, self._settings, self._layers = codes, strengths, settings, layers
        self._pruned: SteeredPlan | None = None

    def attend(self, call: AttentionCall) -> Tensor:
        """Return the layer's output; see `AttentionPlan.attend`."""
        reads = call.rows is None and call.query.shape[2] == self._codes.shape[1]
        if reads and call.layer == self._settings.start - 1:
            looks = last_row(call).mean(dim=1).cpu().numpy()
            codes = without(self._codes, self._settings, looks)
            self._pruned = SteeredPlan(codes, self._layers, Given(self._strengths))
        return call.stock() if self._pruned is None else self._pruned.attend(call)


def prune(settings: PruneSettings, site: Site) -> Steering:
    """Make pruning for the model of `site`."""
    layers = site.everywhere(Blind(), settings.start)

    def plan(codes: Codes, strengths: Strengths) -> SteeredPlan | ByAttention:
        if settings.by == "attention":
            return ByAttention(codes, strengths, settings, layers)
        return SteeredPlan(without(codes, settings), layers, Given(strengths))

    return Steering("prune", described(settings), plan)


def without(codes: Codes, settings: PruneSettings, looks: NDArray[np.float32] | None = None) -> Codes:
    """Return `codes` with the dropped tokens marked as such.

    Parameters
    ----------
    looks
        Shape of `codes`: how much each token is looked at; None to keep tokens evenly spaced.
    """
    pruned = codes.copy()
    for row, of_row in enumerate(codes):
        places = np.flatnonzero(of_row == MODALITIES.index(settings.modality))
        count = max(1, round(settings.keep * places.size))
        kept = _evenly(places, count) if looks is None else places[np.argsort(-looks[row, places])[:count]]
        pruned[row, np.setdiff1d(places, kept)] = _DROPPED
    return pruned


def _evenly(places: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the middles of `count` equal stretches of `places`."""
    return places[((np.arange(count) + 0.5) * places.size / count).astype(int)] if places.size else places


PRUNE = Rival(
    "prune",
    PruneSettings,
    (
        *(PruneSettings(keep=keep) for keep in (0.5, 0.25, 0.1)),
        *(PruneSettings(keep=keep, by="attention") for keep in (0.5, 0.25, 0.1)),
    ),
    prune,
)
