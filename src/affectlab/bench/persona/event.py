"""An event that was read, and what its readers felt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EMOTIONS: Mapping[str, str] = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "joy": "joy",
    "sadness": "sadness",
    "surprise": "surprise",
    "neutral": "neutral",
}
"""The published labels, with the words that name them to a model."""

CONFIDENCES = range(1, 6)
"""How sure a reader may say to be."""

DOMAINS: Mapping[str, str] = {
    "ABC News": "news",
    "BBC News": "news",
    "Independent News": "news",
    "The Paper": "news",
    "Today's Headlines": "news",
    "WeChat article": "news",
    "Reddit": "social",
    "SocialChemistry": "social",
    "Weibo Trending Topics": "social",
    "BenignExistence": "life",
    "FMylife": "life",
    "IUTB": "life",
    "RandomActsofKindness": "life",
}
"""Published source to domain. The paper's counts of domains disagree with each other; the sorting is ours."""

OTHER_DOMAIN = "other"
"""Domain of a source that `DOMAINS` does not know."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one reader felt.

    Parameters
    ----------
    emotion
        One of `EMOTIONS`.
    confidence
        One of `CONFIDENCES`; None where the reader gave none.
    """

    emotion: str
    confidence: int | None = None


@dataclass(frozen=True, slots=True)
class Consensus:
    """What a group of readers felt, as published.

    Parameters
    ----------
    emotion
        The group's most frequent emotion.
    score
        100 · (1 − H / ln 7), H the entropy of the members' emotions in nats; in [0, 100].
    """

    emotion: str
    score: float


@dataclass(frozen=True, slots=True)
class Event:
    """A short text about something that happened.

    Parameters
    ----------
    id
        Unique in its data set.
    texts
        Language (en, zh) to the text.
    source
        Where the text was taken from, for example "FMylife".
    domain
        A coarser place: news, social or life; see `DOMAINS`.
    writer
        Emotion the text was published with; None where it has none of the seven.
    answers
        Reader to answer; empty where only groups are known.
    consensus
        Group to consensus; empty where only readers are known.
    """

    id: str
    texts: Mapping[str, str]
    source: str
    domain: str
    writer: str | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    consensus: Mapping[str, Consensus] = field(default_factory=dict)
