"""The label spaces of the corpora: their words, their polarity, and Mikels' wheel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Taxonomy, taxonomy
from affectlab.bench.aica._words import CHINESE, FORMS
from affectlab.errors import BenchError

Array = NDArray[np.float64]
Language = Literal["en", "zh"]

LANGUAGES: tuple[Language, ...] = ("en", "zh")

SPACE_OF: Mapping[str, str | None] = MappingProxyType(
    {
        "emoset": "mikels8",
        "emotion6": "ekman6",
        "fi": "mikels8",
        "flickr_ldl": "mikels8",
        "twitter_ldl": "mikels8",
        "findingemo": "plutchik24",
        "emotic": "emotic26",
        "artphoto": "mikels8",
        "abstract": "mikels8",
        "oasis": None,
        "bass": None,
    }
)
"""Corpus to the name of its label space, None where images have ratings only."""

# Zhao et al. (2016), Predicting personalized emotion perceptions of social images, ACM Multimedia: the four
# positive emotions, then the four negative ones.
_WHEEL = ("amusement", "contentment", "awe", "excitement", "fear", "sadness", "disgust", "anger")
_ORDERS: Mapping[str, tuple[str, ...]] = {
    "mikels8": ("amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"),
    "ekman6": ("joy", "surprise", "anger", "disgust", "fear", "sadness"),
}


@dataclass(frozen=True, slots=True)
class LabelSpace:
    """The labels that the images of a corpus may have.

    Parameters
    ----------
    name
        Of the taxonomy of `affectlab.affect` that it is.
    labels
        In published order.
    several
        Whether an image has several labels that are all true, as in EMOTIC.
    """

    name: str
    labels: tuple[str, ...]
    several: bool = False

    @property
    def taxonomy(self) -> Taxonomy:
        return taxonomy(self.name)

    def words(self, language: Language = "en") -> dict[str, str]:
        """Return label to the word that names it to a model."""
        return {label: label if language == "en" else CHINESE[label] for label in self.labels}

    def wordings(self) -> dict[str, tuple[str, ...]]:
        """Return label to all words that name it in an answer, in every language known."""
        return wordings_of(self.labels)

    @property
    def positive(self) -> NDArray[np.bool_]:
        """Which labels are pleasant, by their valence in `taxonomy`, shape (n_labels,)."""
        coordinates = self.taxonomy.coordinates
        return np.array([coordinates[label][0] > 0 for label in self.labels])

    @property
    def same_valence(self) -> Array:
        """1 where two labels are both pleasant or both unpleasant, shape (n_labels, n_labels)."""
        return np.asarray(self.positive[:, None] == self.positive[None, :], dtype=float)

    @property
    def wheel(self) -> Array | None:
        """Steps between two labels on Mikels' wheel, 0 to 4, shape (8, 8); None for other spaces.

        References
        ----------
        Zhao et al. (2016), Predicting personalized emotion perceptions of social images, ACM Multimedia;
        their distance is one more.
        """
        if self.name != "mikels8":
            return None
        places = np.array([_WHEEL.index(label) for label in self.labels])
        steps = np.abs(places[:, None] - places[None, :])
        return np.asarray(np.minimum(steps, len(_WHEEL) - steps), dtype=float)


def wordings_of(labels: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return label to all words that name it in an answer, in every language known."""
    return {label: (label, CHINESE[label], *FORMS.get(label, ())) for label in labels}


@cache
def label_space(name: str) -> LabelSpace:
    """Return the label space called `name`: ekman6, mikels8, plutchik24 or emotic26.

    Raises
    ------
    BenchError
        If there is none of that name.
    """
    known = sorted({space for space in SPACE_OF.values() if space})
    if name not in known:
        raise BenchError(f"no label space {name!r}; expected one of {', '.join(known)}")
    return LabelSpace(name, _ORDERS.get(name) or taxonomy(name).labels, several=name == "emotic26")


def space_of(corpus: str) -> LabelSpace | None:
    """Return the label space of a corpus, None where its images have ratings only.

    Raises
    ------
    BenchError
        If there is no such corpus.
    """
    if corpus not in SPACE_OF:
        raise BenchError(f"no corpus {corpus!r}; expected one of {', '.join(SPACE_OF)}")
    name = SPACE_OF[corpus]
    return None if name is None else label_space(name)
