"""Measures every head that may be steered, in each of the ways there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.models import MODALITIES, Modality
from affectlab.models.hf.model import HfModel
from affectlab.steering._partial import Partial
from affectlab.steering._watch import Watch
from affectlab.steering.case import Case
from affectlab.steering.causal import Gains, exact_gains
from affectlab.steering.drawing import digest
from affectlab.steering.first_order import first_order_gains
from affectlab.steering.following import answers_alone, followed
from affectlab.steering.heads import Shares, most_attended
from affectlab.steering.plan import ChaseSettings, ModelPrint
from affectlab.steering.rankings import Ranking, by_discriminability, by_dominance, by_gain, measured


@dataclass(frozen=True, slots=True)
class Measuring:
    """How heads are measured.

    Parameters
    ----------
    causal
        "exact" steers each head alone: as many passes over the cases as there are heads in the planned
        layers. "first-order" takes derivatives, one pass and back for all heads, and memory as for training.
        None leaves the causal score out.
    cases
        On how many cases the causal score is measured, and which modality wins; half of them in conflict.
    penalty
        What a loss where modalities agree weighs against a gain in conflict.
    """

    causal: Literal["exact", "first-order"] | None = "exact"
    cases: int = 256
    penalty: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What was measured of heads.

    Parameters
    ----------
    rankings
        By name; see `affectlab.steering.plan.Select`.
    followed
        See `affectlab.steering.plan.Selection`.
    """

    rankings: Mapping[str, Ranking]
    followed: Mapping[Modality, float]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What heads are measured on.

    Parameters
    ----------
    model
        Unsteered.
    about
        What tells it from others.
    cases
        Those the model could read.
    labels
        Words of the possible answers.
    layers
        Whose heads are measured.
    predictions
        Shape (cases,): the label answered to each case.
    shares
        Shape (cases, layers, heads, 4); None where the model does not keep them.
    sample
        Places of the cases for what costs many passes.
    """

    model: HfModel
    about: ModelPrint
    cases: Sequence[Case]
    labels: Sequence[str]
    layers: Sequence[int]
    predictions: NDArray[np.intp]
    shares: Shares | None
    sample: Sequence[int]

    @property
    def conflict(self) -> NDArray[np.bool_]:
        return np.array([case.conflict for case in self.cases])

    @property
    def sources(self) -> list[str]:
        return [case.source for case in self.cases]

    @property
    def drawn(self) -> list[Case]:
        return [self.cases[place] for place in self.sample]


def measure(
    material: Material,
    settings: ChaseSettings,
    measuring: Measuring,
    *,
    seed: int,
    watch: Watch,
    partial: Path | None,
) -> Heads:
    """Measure heads in every way that `measuring` and the model allow."""
    rankings: dict[str, Ranking] = {}
    follows: dict[Modality, float] = {}
    if material.shares is not None:
        won, follows = _winners(material, watch)
        places = [place for place in material.sample if material.cases[place].conflict]
        sources = [material.cases[place].source for place in places]
        rankings["dominance"] = by_dominance(material.shares[places], won, sources)
        rankings["discriminability"] = by_discriminability(
            material.shares, material.conflict, material.sources, seed
        )
    if measuring.causal is not None:
        rankings["causal"] = _by_gain(material, settings, measuring, watch, partial)
    return Heads(measured(rankings), follows)


def _winners(material: Material, watch: Watch) -> tuple[NDArray[np.bool_], dict[Modality, float]]:
    """Find which modality each answer to a drawn case in conflict follows, and how often each is followed."""
    places = [place for place in material.sample if material.cases[place].conflict]
    requests = [material.cases[place].request for place in places]
    alone = answers_alone(material.model, requests, material.labels, told=watch.told)
    won = followed(material.predictions[places], alone)
    tells = won.any(axis=1)
    if not tells.any() and places and material.shares is not None:
        return most_attended(material.shares[places]), {}
    if not tells.any():
        return won, {}
    return won, dict(zip(MODALITIES, won[tells].mean(axis=0).round(6).tolist(), strict=True))


def _by_gain(
    material: Material, settings: ChaseSettings, measuring: Measuring, watch: Watch, partial: Path | None
) -> Ranking:
    cases = material.drawn
    if measuring.causal == "first-order":
        gains = first_order_gains(
            material.model,
            cases,
            material.labels,
            settings,
            material.layers,
            material.about.heads,
            told=watch.told,
        )
    else:
        gains = _exact(material, cases, settings, watch, partial)
    conflict = np.array([case.conflict for case in cases])
    return by_gain(gains, conflict, [case.source for case in cases], measuring.penalty)


def _exact(
    material: Material, cases: Sequence[Case], settings: ChaseSettings, watch: Watch, partial: Path | None
) -> Gains:
    sites = [(layer, head) for layer in material.layers for head in range(material.about.heads)]
    how = settings.model_dump(mode="json", include={"eta", "target", "rows", "phase"})
    model = material.model.identity
    key = digest(cases, model.name, model.revision, dict(model.settings), material.labels, how, sites)
    kept = Partial(partial, key)
    gains = exact_gains(material.model, cases, material.labels, settings, sites, kept=kept, told=watch.told)
    return gains.reshape(len(cases), len(material.layers), -1)
