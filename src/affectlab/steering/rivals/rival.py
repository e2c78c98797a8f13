"""What every published way of steering that CHASE is compared with has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from affectlab.errors import SteeringError
from affectlab.models import Modality
from affectlab.models.hf.model import HfModel
from affectlab.steering.model import Steering
from affectlab.steering.plan import ChasePlan
from affectlab.steering.rules import Rule
from affectlab.steering.steered_plan import LayerSteering


class RivalSettings(BaseModel):
    """What can be chosen of every rival.

    Parameters
    ----------
    modality
        The modality it is to bring out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    modality: Modality = "V"


class LayeredSettings(RivalSettings):
    """Of a rival that leaves the first layers alone.

    Parameters
    ----------
    start
        First layer it touches.
    """

    start: int = Field(default=0, ge=0)


@dataclass(frozen=True, slots=True)
class Site:
    """What a rival may know of the model it is put to work in.

    Parameters
    ----------
    layers, heads
        Of the language model: number of layers, query heads of a layer.
    plan
        A fitted CHASE plan, for rivals that take over its heads.
    """

    layers: int
    heads: int
    plan: ChasePlan | None = None

    def everywhere(self, rule: Rule, start: int = 0) -> dict[int, LayerSteering]:
        """Put all heads of all layers from `start` on under `rule`.

        Raises
        ------
        SteeringError
            If there is no layer `start`.
        """
        if start >= self.layers:
            raise SteeringError(
                f"start is {start}, but the model's layers are 0 to {self.layers - 1}; begin at one of them"
            )
        heads = tuple(range(self.heads))
        return {layer: LayerSteering(heads, rule) for layer in range(start, self.layers)}


def site_of(model: HfModel, plan: ChasePlan | None = None) -> Site:
    """Return what rivals may know of `model`."""
    text = model.weights.config.get_text_config()
    return Site(int(text.num_hidden_layers), int(text.num_attention_heads), plan)


_Settings = TypeVar("_Settings", bound=RivalSettings)


@dataclass(frozen=True, slots=True)
class Rival(Generic[_Settings]):
    """One published way of steering.

    Parameters
    ----------
    name
        As users write it.
    settings
        Class of its settings.
    grid
        What is tried when it is tuned; about as many for each rival, so that none gets more chances.
    build
        Makes the steering for a model.
    """

    name: str
    settings: type[_Settings]
    grid: tuple[_Settings, ...]
    build: Callable[[_Settings, Site], Steering]


def described(settings: RivalSettings, **more: Any) -> Mapping[str, Any]:
    """Return settings as they enter the identity of a steered model."""
    return {**settings.model_dump(mode="json"), **more}
