"""Who means what in a clip: which class each modality shows, and which the reference is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectlab.bench.emomm.synth.seeds import Stream, generator
from affectlab.models import MODALITIES, Modality

CLASSES: Final = ("N", "WN", "Neu", "WP", "P")

CORES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"N": (-1.0, -0.85), "WN": (-0.52, -0.32), "Neu": (-0.05, 0.05), "WP": (0.32, 0.52), "P": (0.85, 1.0)}
)
"""Valences shown, per class: the inner part of MMSA's bins, so that classes differ by more than jitter."""

RELIABILITIES: Final[Mapping[Modality, float]] = MappingProxyType({"T": 0.30, "A": 0.28, "V": 0.42})
"""What each modality's vote counts towards the reference: two outvote one; when all differ, V decides."""

SPEAKER_CLIPS: Final = 4
"""Consecutive clips of one synthetic person."""

Kind = Literal["aligned", "odd_text", "odd_audio", "odd_video", "all_differ"]

_ODD: Mapping[Kind, Modality] = MappingProxyType({"odd_text": "T", "odd_audio": "A", "odd_video": "V"})


class Scenario(BaseModel):
    """Proportions of clips; they sum to 1.

    Parameters
    ----------
    aligned
        All modalities show the class of the reference. The default is the published share of EmoMM,
        1,381 of 4,000.
    odd_text, odd_audio, odd_video
        That modality alone differs, in polarity, from the two others.
    all_differ
        The three modalities show three polarities.
    chinese
        Share of clips whose words are Chinese; the others are English.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    aligned: float = Field(default=0.345, ge=0, le=1)
    odd_text: float = Field(default=0.16, ge=0, le=1)
    odd_audio: float = Field(default=0.16, ge=0, le=1)
    odd_video: float = Field(default=0.16, ge=0, le=1)
    all_differ: float = Field(default=0.175, ge=0, le=1)
    chinese: float = Field(default=0.5, ge=0, le=1)

    @model_validator(mode="after")
    def _check_sum(self) -> Scenario:
        if abs(sum(self.shares.values()) - 1) > 1e-9:
            raise ValueError(f"the proportions of kinds of clips must sum to 1, got {self.shares}")
        return self

    @property
    def shares(self) -> dict[Kind, float]:
        """Kind of clip to its proportion."""
        return {
            "aligned": self.aligned,
            "odd_text": self.odd_text,
            "odd_audio": self.odd_audio,
            "odd_video": self.odd_video,
            "all_differ": self.all_differ,
        }


ALIGNED: Final = Scenario(aligned=1, odd_text=0, odd_audio=0, odd_video=0, all_differ=0)
"""Clips without any conflict, for training."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one clip is to show.

    Parameters
    ----------
    kind
        How the modalities relate.
    values
        Modality to valence, in [-1, 1], inside its class's core.
    arousal
        Modality (A and V) to arousal in [-1, 1], independent of valence: a nuisance.
    language
        Of the words.
    reference
        Class of the reference.
    reference_value
        Mean valence of the modalities that vote for it, weighted by their reliabilities.
    """

    kind: Kind
    values: Mapping[Modality, float]
    arousal: Mapping[Modality, float]
    language: Literal["zh", "en"]
    reference: str
    reference_value: float

    def facts(self) -> dict[str, Any]:
        """Return what only the maker of a clip knows, JSON-ready."""
        return {"kind": self.kind, "arousal": {name: round(value, 4) for name, value in self.arousal.items()}}


def plan_clip(scenario: Scenario, stream: Stream, seed: int, index: int) -> Plan:
    """Draw what clip `index` is to show."""
    rng = generator(stream, seed, index, "plan")
    kind: Kind = rng.choice(np.array(list(scenario.shares)), p=list(scenario.shares.values())).item()
    classes = _draw_classes(kind, rng)
    values = {name: float(rng.uniform(*CORES[classes[name]])) for name in MODALITIES}
    reference, value = refer(classes, values)
    arousal: dict[Modality, float] = {"A": float(rng.uniform(-1, 1)), "V": float(rng.uniform(-1, 1))}
    language: Literal["zh", "en"] = "zh" if rng.random() < scenario.chinese else "en"
    return Plan(kind, values, arousal, language, reference, value)


def refer(classes: Mapping[Modality, str], values: Mapping[Modality, float]) -> tuple[str, float]:
    """Return the class with the largest sum of reliabilities, and the valence of those who vote for it."""
    support: dict[str, float] = {}
    for name in MODALITIES:
        support[classes[name]] = support.get(classes[name], 0.0) + RELIABILITIES[name]
    winner = max(support, key=support.__getitem__)
    voters = [name for name in MODALITIES if classes[name] == winner]
    mean = np.average([values[name] for name in voters], weights=[RELIABILITIES[name] for name in voters])
    return winner, float(mean)


def polarity(label: str) -> int:
    """Return -1, 0 or 1 for a negative, neutral or positive class."""
    return int(np.sign(CLASSES.index(label) - CLASSES.index("Neu")))


def _draw_classes(kind: Kind, rng: np.random.Generator) -> dict[Modality, str]:
    main = str(rng.choice(CLASSES))
    classes: dict[Modality, str] = dict.fromkeys(MODALITIES, main)
    if kind == "all_differ":
        others = rng.permutation([sign for sign in (-1, 0, 1) if sign != polarity(main)])
        classes["T"], classes["A"] = (_of_polarity(int(sign), rng) for sign in others)
    elif kind != "aligned":
        classes[_ODD[kind]] = str(rng.choice([one for one in CLASSES if polarity(one) != polarity(main)]))
    return classes


def _of_polarity(sign: int, rng: np.random.Generator) -> str:
    return str(rng.choice([one for one in CLASSES if polarity(one) == sign]))
