"""Readers and events whose trait effect is known: for tests of the measures, and to show them.

Reader r names emotion k for event e with a probability proportional to exp(u_ek + E · t_rk + h_rk):

- u_ek, the event: ``event_strength`` for the emotion it is meant to evoke, plus a normal deviate of standard
  deviation ``event_sd`` for every emotion.
- t_rk, the traits: the reader's standardised Big Five times `LOADINGS`, scaled so that its mean square over
  readers and emotions is 1. The effect E is therefore the root mean square of what traits add to the
  logits; with E = 0 readers differ in nothing that their profile tells.
- h_rk, the reader's own habit, unrelated to traits: a normal deviate of standard deviation ``reader_sd``.

Gender has no effect. Model, loadings and texts are ours. Strength and spread are chosen so that with no
effect the most frequent emotion of an event is that of 47 % of its readers, as in the published data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.persona._event_texts import MOST, event_texts
from affectlab.bench.persona._synthetic_readers import draw_groups, draw_readers
from affectlab.bench.persona.consensus import consensus_score, plurality
from affectlab.bench.persona.event import EMOTIONS, Answer, Consensus, Event
from affectlab.bench.persona.loading import Corpus
from affectlab.errors import BenchError
from affectlab.prompting.persona import TRAITS, ReaderProfile

Array = NDArray[np.float64]

LOADINGS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "openness": {"surprise": 1.0, "disgust": -0.5, "neutral": -0.5},
        "conscientiousness": {"neutral": 0.5, "anger": 0.5, "surprise": -1.0},
        "extraversion": {"joy": 1.0, "neutral": -0.5, "fear": -0.5},
        "agreeableness": {"sadness": 1.0, "joy": 0.5, "anger": -1.0, "disgust": -0.5},
        "neuroticism": {"fear": 1.0, "sadness": 0.5, "anger": 0.5, "neutral": -1.0, "joy": -1.0},
    }
)
"""What one standard deviation of a trait adds to an emotion's logit, before scaling."""


@dataclass(frozen=True, slots=True)
class SyntheticSettings:
    """How a synthetic data set is drawn.

    Parameters
    ----------
    effect
        E, at least 0.
    seed
        Of everything that is drawn.
    events, readers, groups
        How many; groups are clusters of readers with like traits.
    event_strength, event_sd, reader_sd
        See the module.

    Raises
    ------
    BenchError
        If a value is out of range.
    """

    effect: float = 0.0
    seed: int = 0
    events: int = 300
    readers: int = 36
    groups: int = 6
    event_strength: float = 1.7
    event_sd: float = 0.9
    reader_sd: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.effect <= 100:
            raise BenchError(f"--effect is {self.effect:g}; expected a number from 0 to 100")
        if not 2 <= self.events <= MOST:
            raise BenchError(f"--events is {self.events}; expected 2 to {MOST}")
        if not 4 <= self.readers <= 1000:
            raise BenchError(f"--readers is {self.readers}; expected 4 to 1000")
        if not 2 <= self.groups <= self.readers // 2:
            raise BenchError(
                f"groups is {self.groups}; expected 2 to {self.readers // 2}, half of the readers"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Synthetic:
    """A synthetic corpus and the truth behind it.

    Parameters
    ----------
    corpus
        As if it had been read.
    event_logits
        u, shape (n_events, 7), emotions in the order of `EMOTIONS`.
    trait_logits
        E · t, shape (n_readers, 7).
    habit_logits
        h, shape (n_readers, 7).
    """

    corpus: Corpus
    event_logits: Array
    trait_logits: Array
    habit_logits: Array

    def truth(self, settings: SyntheticSettings) -> dict[str, Any]:
        """Return what decided the answers, JSON-ready: settings, and logits of readers by emotion."""
        readers = list(self.corpus.profiles)
        return {
            **{name: getattr(settings, name) for name in settings.__slots__},
            "loadings": {trait: dict(found) for trait, found in LOADINGS.items()},
            "trait_logits": _by_name(readers, self.trait_logits),
            "habit_logits": _by_name(readers, self.habit_logits),
        }


def make_synthetic(settings: SyntheticSettings) -> Synthetic:
    """Draw readers, events and answers; same settings, same corpus."""
    generator = np.random.default_rng(settings.seed)
    profiles = draw_readers(settings.readers, generator)
    groups = draw_groups(profiles, settings.groups, generator)
    traits = settings.effect * trait_logits(profiles)
    habits = settings.reader_sd * generator.standard_normal((settings.readers, len(EMOTIONS)))
    meant = generator.permutation(np.arange(settings.events) % len(EMOTIONS))
    events = settings.event_strength * np.eye(len(EMOTIONS))[meant]
    events += settings.event_sd * generator.standard_normal(events.shape)
    logits = events[:, None] + (traits + habits)[None]
    # The largest of logits plus Gumbel deviates is a draw from their softmax.
    noisy = logits + generator.gumbel(size=logits.shape)
    answers = np.argmax(noisy, axis=-1)
    confidences = _confidences(noisy)
    names = [list(EMOTIONS)[index] for index in meant]
    texts = event_texts(names, generator)
    corpus = Corpus(
        tuple(
            _event(
                number, texts[number], names[number], answers[number], confidences[number], profiles, groups
            )
            for number in range(settings.events)
        ),
        {profile.id: profile for profile in profiles},
        groups,
    )
    return Synthetic(corpus, events, traits, habits)


def trait_logits(profiles: Sequence[ReaderProfile]) -> Array:
    """Return t of the module's formula for readers with traits, shape (n_readers, 7)."""
    scores = np.array([[value for _, value in one.big_five.items()] for one in profiles if one.big_five])
    spread = scores.std(axis=0)
    standard = (scores - scores.mean(axis=0)) / np.where(spread > 0, spread, 1)
    loadings = np.array([[LOADINGS[trait].get(name, 0.0) for name in EMOTIONS] for trait in TRAITS])
    raw = standard @ loadings
    # A constant over emotions changes no probability.
    raw -= raw.mean(axis=1, keepdims=True)
    return np.asarray(raw / np.sqrt(np.mean(raw**2)))


def _confidences(noisy: Array) -> NDArray[np.intp]:
    """Rate from 1 to 5 by how far the chosen emotion is ahead of the next; each rating a fifth of answers."""
    ordered = np.sort(noisy, axis=-1)
    margin = ordered[..., -1] - ordered[..., -2]
    return np.asarray(1 + np.searchsorted(np.quantile(margin, [0.2, 0.4, 0.6, 0.8]), margin))


def _event(
    number: int,
    texts: Mapping[str, str],
    meant: str,
    answers: NDArray[np.intp],
    confidences: NDArray[np.intp],
    profiles: Sequence[ReaderProfile],
    groups: Mapping[str, tuple[str, ...]],
) -> Event:
    labels = list(EMOTIONS)
    found = {
        profile.id: Answer(labels[answer], int(confidence))
        for profile, answer, confidence in zip(profiles, answers, confidences, strict=True)
    }
    consensus = {
        group: _consensus([found[one].emotion for one in members]) for group, members in groups.items()
    }
    return Event(str(number + 1), texts, "synthetic", "synthetic", meant, found, consensus)


def _consensus(emotions: Sequence[str]) -> Consensus:
    score = consensus_score([emotions.count(name) for name in EMOTIONS])
    return Consensus(plurality(emotions), round(score, 4))


def _by_name(readers: Sequence[str], logits: Array) -> dict[str, list[float]]:
    return {
        reader: [round(value, 6) for value in row]
        for reader, row in zip(readers, logits.tolist(), strict=True)
    }
