"""What the paper of AICA-Bench leaves open about its data, with our choices."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectlab.bench.aica.picture_index import FURTHEST
from affectlab.errors import InvalidConfig

PUBLISHED: Mapping[str, int | None] = MappingProxyType(
    {
        "emoset": 1000,
        "emotion6": 1000,
        "fi": 1000,
        "flickr_ldl": 1000,
        "twitter_ldl": 1000,
        "findingemo": 1000,
        "emotic": 1000,
        "artphoto": 806,
        "abstract": 280,
        "oasis": None,
        "bass": None,
    }
)
"""Images of each corpus in AICA-Bench (arXiv 2604.05900), in the order in which duplicates are kept; None for
the two sets with ratings that are ours to add."""


class AicaRules(BaseModel):
    """What the paper leaves open, with our choices.

    Parameters
    ----------
    draw
        "published" draws as many images of a corpus as the paper has, all of those it does not use; "all"
        keeps every image of every corpus.
    limit_per_corpus
        At most so many images of any corpus; None sets no limit.
    stratify
        "equal" draws equal numbers of each stratum (emotion, class or kind of scene) as far as there are
        enough, "proportional" as many as its share of the corpus, "none" whatever comes.
    test_share
        Share of sources on the test side of the split.
    duplicate_bits
        Of 256 bits of two picture hashes, how many may differ in pictures that count as the same; the first
        is kept.
    related_bits
        How many may differ in pictures that share a source; at least `duplicate_bits`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    draw: Literal["published", "all"] = "published"
    limit_per_corpus: int | None = Field(default=None, ge=1)
    stratify: Literal["equal", "proportional", "none"] = "equal"
    test_share: float = Field(default=0.2, ge=0, le=1)
    duplicate_bits: int = Field(default=24, ge=0, le=FURTHEST)
    related_bits: int = Field(default=FURTHEST, ge=0, le=FURTHEST)

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        if self.related_bits < self.duplicate_bits:
            raise ValueError(
                f"related_bits ({self.related_bits}) must be at least duplicate_bits ({self.duplicate_bits})"
            )
        return self

    def wanted(self, corpus: str, found: int) -> int:
        """Return how many images to draw of a corpus that has `found`.

        Raises
        ------
        InvalidConfig
            If no such corpus is known.
        """
        if corpus not in PUBLISHED:
            raise InvalidConfig(f"unknown corpus {corpus!r}; known are {', '.join(PUBLISHED)}")
        published = PUBLISHED[corpus] if self.draw == "published" else None
        return min([found, *(limit for limit in (published, self.limit_per_corpus) if limit is not None)])
