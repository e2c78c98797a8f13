"""PASTA: chosen heads look away from everything in the prompt that is not highlighted (arXiv 2311.02262).

The original multiplies the attention of all other tokens of the prompt by alpha and renormalises, at every
query; tokens the model wrote itself keep their attention, as in its published code. Highlighted is a whole
modality here instead of a span of words. The original finds its heads by steering each alone on training data
and takes the best of the whole model; a plan's causal scores are that ranking, with CHASE's intervention in
the place of PASTA's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import torch
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor

from affectlab.errors import SteeringError
from affectlab.models import MODALITIES, Modality
from affectlab.steering.gates import Given
from affectlab.steering.model import Codes, Steering, Strengths
from affectlab.steering.plan import ChasePlan
from affectlab.steering.rivals._tokens import per_row
from affectlab.steering.rivals.rival import Rival, RivalSettings, Site, described
from affectlab.steering.steered_plan import LayerSteering, SteeredPlan

_OTHER, _HIGHLIGHTED = 0, 1

Heads: TypeAlias = dict[int, tuple[int, ...]]


class PastaSettings(RivalSettings):
    """Settings of PASTA.

    Parameters
    ----------
    alpha
        By what the attention on other tokens is multiplied; 1 changes nothing.
    heads
        "plan" for those of the CHASE plan at hand, "all", or LAYER.HEAD+LAYER.HEAD.
    part
        With "plan": take this part of the model's heads, at least one, the best of all layers by the plan's
        causal scores, instead of those the plan steers. The original takes 25 to 150 of 1,024 heads. A plan
        without causal scores ranks heads by discriminability, else by dominance.
    """

    alpha: float = Field(default=0.01, gt=0)
    heads: Literal["plan", "all"] | str = "all"
    part: float | None = Field(default=None, gt=0, le=1)

    @field_validator("heads")
    @classmethod
    def _heads_are_written_so(cls, heads: str) -> str:
        if heads not in ("plan", "all") and not re.fullmatch(r"\d+\.\d+(\+\d+\.\d+)*", heads):
            raise ValueError("expected plan, all, or heads written LAYER.HEAD+LAYER.HEAD")
        return heads

    @field_validator("part")
    @classmethod
    def _only_a_plan_ranks_heads(cls, part: float | None, given: ValidationInfo) -> float | None:
        if part is not None and given.data.get("heads") != "plan":
            raise ValueError("it is of a plan's best heads; say heads=plan with it")
        return part


@dataclass(frozen=True, slots=True)
class LookAway:
    """Multiplies attention on the prompt's other tokens by alpha and renormalises.

    Its kinds are those of `marked`: tokens the model wrote are neither highlighted nor others, and stay.
    """

    alpha: float

    def weigh(self, logits: Tensor, kinds: Tensor, strength: Tensor) -> Tensor:
        """Return probabilities; see `Rule.weigh`. A strength of one half multiplies by alpha's root."""
        of_kind = kinds[:, None, None]
        # Where nothing is highlighted, alpha would only move attention from the prompt to what was written.
        others = of_kind[..., _OTHER] * of_kind[..., _HIGHLIGHTED].amax(dim=-1, keepdim=True)
        return torch.softmax(logits + math.log(self.alpha) * per_row(strength) * others, dim=-1)


def marked(codes: Codes, modality: Modality) -> Codes:
    """Return 1 for tokens of `modality`, 0 for others of the prompt, -1 for padding and unknown rows."""
    code = MODALITIES.index(modality)
    return np.where(codes == code, _HIGHLIGHTED, np.where(codes >= 0, _OTHER, codes)).astype(np.int8)


def pasta(settings: PastaSettings, site: Site) -> Steering:
    """Make PASTA for the model of `site`.

    Raises
    ------
    SteeringError
        If the heads do not exist, or there is no plan to take them from.
    """
    heads, rule = _heads(settings, site), LookAway(settings.alpha)
    layers = {layer: LayerSteering(of_layer, rule) for layer, of_layer in heads.items()}

    def plan(codes: Codes, strengths: Strengths) -> SteeredPlan:
        return SteeredPlan(marked(codes, settings.modality), layers, Given(strengths))

    return Steering("pasta", described(settings, chosen=_written(heads)), plan)


def _heads(settings: PastaSettings, site: Site) -> Heads:
    if settings.heads == "all":
        return {layer: tuple(range(site.heads)) for layer in range(site.layers)}
    if settings.heads == "plan":
        return _of_plan(settings, site)
    named = [tuple(map(int, one.split("."))) for one in settings.heads.split("+")]
    for layer, head in named:
        if layer >= site.layers or head >= site.heads:
            raise SteeringError(
                f"the model has no head {layer}.{head}; its layers are 0 to {site.layers - 1}, their heads "
                f"0 to {site.heads - 1}"
            )
    return _by_layer((layer, head) for layer, head in named)


def _of_plan(settings: PastaSettings, site: Site) -> Heads:
    if site.plan is None:
        raise SteeringError(
            "PASTA takes its heads from a plan and there is none; say heads=all, name the heads, or give a "
            "plan with plan=PATH"
        )
    if settings.part is None:
        return {layer: of_layer.heads for layer, of_layer in site.plan.layers.items()}
    ranked = _ranked(site.plan)
    count = max(1, round(settings.part * site.layers * site.heads))
    if len(ranked) < count:
        raise SteeringError(
            f"PASTA is to take the best {count} heads of a plan that has scores of {len(ranked)}; take a "
            f"smaller part than {settings.part}, or fit the plan with layers=all"
        )
    return _by_layer(ranked[:count])


def _ranked(plan: ChasePlan) -> list[tuple[int, int]]:
    """Return layer and head of all heads that were measured, best first."""
    for score in ("causal", "discriminability", "dominance"):
        known = [one for one in plan.scores if getattr(one, score) is not None]
        if known:
            return [(one.layer, one.head) for one in sorted(known, key=lambda one: -getattr(one, score))]
    return []


def _by_layer(heads: Iterable[tuple[int, int]]) -> Heads:
    found: dict[int, set[int]] = {}
    for layer, head in heads:
        found.setdefault(layer, set()).add(head)
    return {layer: tuple(sorted(found[layer])) for layer in sorted(found)}


def _written(heads: Heads) -> str:
    return "+".join(f"{layer}.{head}" for layer, of_layer in heads.items() for head in of_layer)


PASTA = Rival(
    "pasta",
    PastaSettings,
    (
        PastaSettings(heads="plan", part=0.1, alpha=0.01),
        PastaSettings(heads="plan", part=0.2, alpha=0.1),
        PastaSettings(heads="plan", part=0.3, alpha=0.3),
        PastaSettings(heads="plan", alpha=0.1),
        PastaSettings(heads="plan", alpha=0.3),
        PastaSettings(heads="all", alpha=0.3),
    ),
    pasta,
)
