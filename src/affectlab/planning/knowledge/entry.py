"""An entry of the knowledge base: a claim, what it implies for a plan, and the source that says so."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectlab.planning.plan import PlanField
from affectlab.planning.profile import Contraindication

Topic = Literal[
    "iso-principle",
    "tempo",
    "mode",
    "register",
    "timbre",
    "dynamics",
    "articulation",
    "harmony",
    "rhythm",
    "texture",
    "familiarity",
    "preference",
    "culture",
    "relaxation",
    "sleep",
    "anxiety",
    "pain",
    "mood-repair",
    "sadness",
    "focus",
    "energy",
    "contraindication",
    "loudness",
    "session",
    "safety",
    "measurement",
    "general",
]

Direction = Literal["raise", "lower", "keep", "limit", "begin_at_state", "avoid", "choose"]

Level = Literal[
    "meta-analysis",
    "systematic-review",
    "rct",
    "experiment",
    "observational",
    "guideline",
    "standard",
    "expert",
    "theory",
]

Text = Annotated[str, Field(min_length=1, max_length=600)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Implication(_Part):
    """What a claim implies for one field of a plan; `when` is a condition in words."""

    field: PlanField
    direction: Direction
    value: float | tuple[float, float] | tuple[str, ...] | None = None
    when: str = ""


class Evidence(_Part):
    """What kind of study stands behind a claim, and what to keep in mind."""

    level: Level
    note: str = ""


class Source(_Part):
    """Where a claim comes from; a DOI or an address is always there."""

    authors: tuple[Text, ...] = ()
    year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    title: Text
    venue: str = ""
    doi: Annotated[str, Field(pattern=r"^10\.\d{4,9}/\S+$")] | None = None
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None

    @model_validator(mode="after")
    def _can_be_found(self) -> Source:
        if self.doi is None and self.url is None:
            raise ValueError("a source needs a doi or a url")
        return self


class Verified(_Part):
    """How the source was looked up, and what was seen there."""

    how: Text
    where: Text
    saw: Text


class KnowledgeEntry(_Part):
    """One claim with its source; `id` begins with a topic and is what plans cite.

    Ids of a user's own entries begin with ``own:`` once they are read.
    """

    id: Annotated[str, Field(pattern=r"^(own:)?[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
    topic: Topic
    claim: Text
    implies: tuple[Implication, ...] = Field(min_length=1)
    population: Text
    evidence: Evidence
    contraindications: frozenset[Contraindication] = frozenset()
    source: Source
    verified: Verified | None = None

    def speaks_for(self, field: PlanField) -> bool:
        """Whether it implies something for `field`."""
        return any(one.field == field for one in self.implies)
