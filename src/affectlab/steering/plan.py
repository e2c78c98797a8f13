"""The file a fitted steering is kept in.

``affectlab steer fit`` writes it. It is JSON, to be read by people too: which heads are steered and why, how
well each layer's probe tells conflict, on which model and data it was fitted. Weights of probes are float32
in base64.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from affectlab.config import explain
from affectlab.errors import SteeringError
from affectlab.files import write_json
from affectlab.models import Modality
from affectlab.steering._arrays import from_base64, to_base64
from affectlab.steering.rules import UNIFORM
from affectlab.steering.steered_plan import Phase, Rows

FORMAT: Literal["affectlab chase 1"] = "affectlab chase 1"

Select = Literal["causal", "dominance", "discriminability", "random", "all"]
"""By what heads are chosen: the gain when one is steered alone, the share of the modality that wins, how well
its shares tell conflict from agreement; or by chance, or not at all."""

GateKind = Literal["probe", "always", "entropy", "disagreement"]
"""What opens the gate: a probe at each layer, nothing (always open), the entropy of the unsteered answer, or
the disagreement of the answers to single modalities."""

Array = Annotated[
    NDArray[np.float32], BeforeValidator(from_base64), PlainSerializer(to_base64, return_type=str)
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ChaseSettings(_Strict):
    """What is not public of CHASE, and can be chosen.

    Parameters
    ----------
    eta
        How far shares move towards the target; the paper's case study has .6.
    tau
        Conflict probability from which a layer is steered; the paper's case study has .7.
    k
        Steered heads of a layer; the paper's case study has 4 of 28.
    layers
        "upper" begins at 12/28 of the depth, as the paper's layers 13 to 28 do; or "all", or layer numbers.
    target
        Wanted parts of T, A and V.
    rows, phase
        Which queries are steered, and when; see `SteeredPlan`.
    select, gate
        See `Select` and `GateKind`.
    soft
        Steer with eta times the conflict probability instead of fully above tau.
    """

    eta: float = Field(default=0.6, ge=0, le=1)
    tau: float = Field(default=0.7, ge=0, le=1)
    k: int = Field(default=4, ge=1)
    layers: Literal["upper", "all"] | tuple[int, ...] = "upper"
    target: Mapping[Modality, Annotated[float, Field(ge=0)]] = Field(default_factory=lambda: dict(UNIFORM))
    rows: Rows = "all"
    phase: Phase = "both"
    select: Select = "causal"
    gate: GateKind = "probe"
    soft: bool = False


class ModelPrint(_Strict):
    """What tells whether a model is the one a plan was fitted on.

    Parameters
    ----------
    name
        As it was loaded.
    architecture
        Class of the transformers model.
    layers, heads, groups, width
        Of the language model: layers, query heads, key-value heads, width of a head.
    weights
        Hash of samples of its weights that survive a change of number format.
    """

    name: str
    architecture: str
    layers: int
    heads: int
    groups: int
    width: int
    weights: str


class DataPrint(_Strict):
    """What a plan was fitted on.

    Parameters
    ----------
    name
        Of the folder.
    samples_sha256
        Of the data set.
    split
        Side of the source-level split.
    cases, conflicts, sources
        How many requests, how many of them in conflict, from how many sources.
    """

    name: str
    samples_sha256: str
    split: str
    cases: int
    conflicts: int
    sources: int


class ProbeWeights(_Strict):
    """A network of one hidden layer that tells the probability of conflict from a layer's features.

    Parameters
    ----------
    mean, scale
        Shape (features,): features are standardised by them.
    inner, inner_bias
        Shapes (features, hidden), flattened by rows, and (hidden,).
    outer
        Shape (hidden,).
    slope, intercept
        Calibration of the network's output, as logits.
    auc
        Area under the ROC curve on sources that were held out of the fit.
    """

    mean: Array
    scale: Array
    inner: Array
    inner_bias: Array
    outer: Array
    slope: float
    intercept: float
    auc: float


class HeadScores(_Strict):
    """What is known of one head; see `Select`. None where it was not measured."""

    layer: int
    head: int
    dominance: float | None = None
    discriminability: float | None = None
    causal: float | None = None


class LayerPlan(_Strict):
    """What is done at one layer."""

    heads: tuple[int, ...]
    probe: ProbeWeights | None = None


class AnswerGate(_Strict):
    """Threshold of a gate that looks at answers: steer where the value is above it; `auc` as for probes."""

    threshold: float
    auc: float


class Overlap(_Strict):
    """How far two scores choose the same heads.

    Parameters
    ----------
    scores
        Names of the two; see `Select`.
    jaccard, by_layer
        Heads chosen by both, of those chosen by either: over all layers, and in each.
    tau
        Kendall's tau-b of the scores within a layer, averaged over layers; None where a score does not vary.
    """

    scores: tuple[str, str]
    jaccard: float
    by_layer: Mapping[int, float]
    tau: float | None


class Stability(_Strict):
    """As `Overlap`, of one score between halves of the sources."""

    jaccard: float
    tau: float | None


class Selection(_Strict):
    """How heads came to be chosen.

    Parameters
    ----------
    causal
        "exact" or "first-order" gains; None where they were not measured.
    cases
        How many cases the causal score was measured on, about half of them in conflict.
    penalty
        What a loss on cases without conflict weighs in it.
    followed
        Of the cases in conflict that can tell, the part in which the model's answer is that of T, A or V
        alone. Empty where none can tell; dominance is then of the modality with most attention.
    overlap, stability
        Of the scores that were measured, by name.
    chance
        The Jaccard index that random choices have on average.
    """

    causal: Literal["exact", "first-order"] | None
    cases: int
    penalty: float
    followed: Mapping[Modality, float]
    overlap: tuple[Overlap, ...]
    stability: Mapping[str, Stability]
    chance: float


class ChasePlan(_Strict):
    """A fitted steering.

    Parameters
    ----------
    model, data
        What it was fitted on.
    labels
        Words of the possible answers, for gates that look at answers.
    settings
        How it steers.
    layers
        Layer number to what is done there.
    answer_gate
        For the gates "entropy" and "disagreement".
    scores
        Of every head that was looked at.
    selection
        How far the scores agree.
    """

    format: Literal["affectlab chase 1"] = FORMAT
    model: ModelPrint
    data: DataPrint
    labels: tuple[str, ...]
    settings: ChaseSettings
    layers: Mapping[int, LayerPlan]
    answer_gate: AnswerGate | None = None
    scores: tuple[HeadScores, ...] = ()
    selection: Selection | None = None


def write_plan(plan: ChasePlan, path: Path) -> None:
    """Write a plan whole or not at all."""
    write_json(path, plan.model_dump(mode="json"))


def read_plan(path: Path) -> ChasePlan:
    """Read a plan.

    Raises
    ------
    SteeringError
        If the file is missing or is no plan.
    """
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SteeringError(
            f"{path} does not exist; make a plan: affectlab steer fit --model MODEL --data DIR --out {path}"
        ) from None
    except (OSError, ValueError) as error:
        raise SteeringError(f"{path} is no steering plan ({error}); make it again: steer fit") from error
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise SteeringError(f"{path} is no steering plan: format {found!r}, expected {FORMAT!r}")
    try:
        return ChasePlan.model_validate(content)
    except ValidationError as error:
        raise SteeringError(f"{path} is damaged ({explain(error)}); make it again: steer fit") from error
