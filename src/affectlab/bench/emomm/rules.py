"""From the numbers and votes of a corpus to classes, and from classes to aligned or in conflict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from affectlab.affect import Taxonomy, taxonomy
from affectlab.bench.emomm.clip import Channel
from affectlab.errors import InvalidData
from affectlab.models import Modality

MOSI_BOUND = 3
"""MOSI's ratings lie in [-3, 3]."""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The classes of a corpus.

    Parameters
    ----------
    name
        "sims5" or "emotions6".
    words
        Label to what a model calls it, in natural order.
    values
        Label to its number, for absolute errors; empty where labels have no order.
    polarity
        Label to what is compared when two channels are asked whether they agree.
    """

    name: str
    words: Mapping[str, str]
    values: Mapping[str, float] = field(default_factory=dict)
    polarity: Mapping[str, str] = field(default_factory=dict)


SIMS5 = LabelSet(
    "sims5",
    MappingProxyType(
        {
            "N": "negative",
            "WN": "weakly negative",
            "Neu": "neutral",
            "WP": "weakly positive",
            "P": "positive",
        }
    ),
    # Midpoints of the bins.
    MappingProxyType({label: place[0] for label, place in taxonomy("sims5").coordinates.items()}),
    MappingProxyType(
        {"N": "negative", "WN": "negative", "Neu": "neutral", "WP": "positive", "P": "positive"}
    ),
)
"""Five classes of valence; three polarities, neutral being the class Neu."""

_EMOTIONS = {
    "A": "anger",
    "D": "disgust",
    "F": "fear",
    "H": "happiness",
    "N": "neutral",
    "S": "sadness",
}
EMOTIONS6 = LabelSet("emotions6", MappingProxyType(_EMOTIONS), polarity=MappingProxyType(_EMOTIONS))
"""CREMA-D's six answers, with its letters; channels agree when they have the same emotion."""

_OF_CORPUS = MappingProxyType({"sims": SIMS5, "mosi": SIMS5, "synth": SIMS5, "crema_d": EMOTIONS6})


def label_set(corpus: str) -> LabelSet:
    """Return the classes of a corpus.

    Raises
    ------
    InvalidData
        If no such corpus is known.
    """
    if corpus not in _OF_CORPUS:
        raise InvalidData(f"unknown corpus {corpus!r}; known are {', '.join(_OF_CORPUS)}")
    return _OF_CORPUS[corpus]


class EmoMMRules(BaseModel):
    """What the paper leaves open, with our choices.

    Parameters
    ----------
    edges
        Inner edges of the five classes on [-1, 1]; a value on an edge belongs to the class below. The default
        is MMSA's for CH-SIMS.
    mosi_scale
        A MOSI rating in [-3, 3] is divided by this, cut off at -1 and 1, and classed with the same edges. The
        default, 3, is ours: the paper does not say how it maps MOSI.
    conflict
        "reference" (EmoMM): in conflict when the polarity of any available modality differs from that of the
        multimodal reference label. "unimodal": when the available modalities differ among themselves, the
        definition by which other work calls 48.97 % of CH-SIMS conflicting.
    clips_per_corpus
        Clips drawn at random from a corpus that has more; EmoMM has 2,000 from each of two. None keeps all.
    stratify
        Draw equal numbers of each reference class ("class"), as far as there are enough, or whatever comes
        ("none"). How EmoMM drew its clips is not published.
    test_share
        Share of sources on the test side of the split. EmoMM's test split has 800 of 4,000 clips.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    edges: tuple[float, float, float, float] = (-0.7, -0.1, 0.1, 0.7)
    mosi_scale: float = Field(default=3.0, gt=0)
    conflict: Literal["reference", "unimodal"] = "reference"
    clips_per_corpus: int | None = Field(default=2000, ge=1)
    stratify: Literal["none", "class"] = "none"
    test_share: float = Field(default=0.2, ge=0, le=1)

    @field_validator("edges")
    @classmethod
    def _ascend(cls, edges: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        if not all(low < high for low, high in zip((-1.0, *edges), (*edges, 1.0), strict=True)):
            raise ValueError(f"edges must ascend within (-1, 1), got {edges}")
        return edges

    def class_of(self, value: float) -> str:
        """Return the sims5 class of a value in [-1, 1].

        Raises
        ------
        InvalidData
            If `value` is not in [-1, 1].
        """
        return _scale(self.edges).label_at(value)

    def from_mosi(self, rating: float) -> float:
        """Return a MOSI rating as a value in [-1, 1].

        Raises
        ------
        InvalidData
            If it lies outside.
        """
        if not -MOSI_BOUND <= rating <= MOSI_BOUND:
            raise InvalidData(f"rating {rating:g} lies outside [-{MOSI_BOUND}, {MOSI_BOUND}]")
        # Division leaves noise in the last digit, which would move ratings that lie on an edge.
        value = round(rating / self.mosi_scale, 12)
        return min(max(value, -1.0), 1.0)

    def in_conflict(
        self, labels: Mapping[Channel, str], modalities: Iterable[Modality], of: LabelSet = SIMS5
    ) -> bool:
        """Say whether the available `modalities` conflict, by the rule chosen.

        Parameters
        ----------
        labels
            Label of each channel.
        modalities
            Those that are available.
        of
            The classes the labels belong to.
        """
        heard = [of.polarity[labels[modality]] for modality in modalities]
        if self.conflict == "unimodal":
            return any(one != other for one, other in combinations(heard, 2))
        return any(one != of.polarity[labels["M"]] for one in heard)


@lru_cache(maxsize=8)
def _scale(edges: tuple[float, ...]) -> Taxonomy:
    return replace(taxonomy("sims5"), valence_edges=edges)
