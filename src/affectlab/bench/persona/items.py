"""From events to samples: one of each, with everything its readers said in its details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from affectlab.bench.emomm.items import split_of
from affectlab.bench.persona.event import EMOTIONS, Event
from affectlab.bench.persona.loading import Corpus
from affectlab.bench.sample import Sample

LANGUAGES = ("en", "zh")
"""Languages that every event is there in."""


def samples_of(corpus: Corpus, *, language: str, test_share: float, seed: int) -> list[Sample]:
    """Make a sample of each event, named ``persona_<event>``.

    The target is the distribution of readers' emotions, or of groups' emotions weighted by members. Events
    with the same words share their source, so that they are on one side of the split.
    """
    first: dict[str, str] = {}
    return [
        Sample(
            id=f"persona_{event.id}",
            subset=event.domain,
            split=split_of(source, test_share, seed),
            groups={"source": source, "event": event.id, "data_source": event.source},
            target=_target(event, corpus.groups),
            text=event.texts[language],
            details=_details(event, corpus.groups),
        )
        for event in corpus.events
        for source in (first.setdefault(event.texts["en"], event.id),)
    ]


def _target(event: Event, groups: Mapping[str, tuple[str, ...]]) -> dict[str, float]:
    votes = dict.fromkeys(EMOTIONS, 0)
    for answer in event.answers.values():
        votes[answer.emotion] += 1
    if not event.answers:
        for group, consensus in event.consensus.items():
            votes[consensus.emotion] += len(groups[group])
    total = sum(votes.values())
    return {emotion: n / total for emotion, n in votes.items()}


def _details(event: Event, groups: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    return {
        "text": dict(event.texts),
        "writer": event.writer,
        "readers": {
            reader: {"emotion": answer.emotion, "confidence": answer.confidence}
            for reader, answer in event.answers.items()
        },
        "consensus": {
            group: {"emotion": found.emotion, "score": found.score, "members": list(groups[group])}
            for group, found in event.consensus.items()
        },
    }
