"""Data sets of made-up readers in the format of ``bench build persona``, and models that answer them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from persona_world import World, softmax, world

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.sample import Sample
from affectlab.models import Capabilities, Failure, Generation, Identity, Request, Sampling, Scores
from affectlab.prompting.persona import TRAITS, BigFive, ReaderProfile

EMOTIONS = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
TYPES = ("INTJ", "ESFP", "ISTJ", "ENFP", "INFP", "ESTJ")


def readers(of: World) -> list[ReaderProfile]:
    return [
        ReaderProfile(f"E{place + 1}", "MF"[place % 2], TYPES[place % 6], BigFive(*scores))
        for place, scores in enumerate(of.traits.tolist())
    ]


def persona_data(
    folder: Path, of: World, *, level: str = "reader", language: str = "en", say: str = "something happened"
) -> Path:
    """Write a data set; every fifth event is of the test side."""
    people = readers(of)
    groups = {"g1": [people[0].id]} | {f"g{g + 2}": [one.id for one in people[1 + g :: 2]] for g in range(2)}
    parameters: dict[str, Any] = {
        "level": level,
        "language": language,
        "profiles": {one.id: one.to_json() for one in people},
        "groups": groups,
        "licence": "made up",
        "synthetic": None,
    }
    samples = [_sample(of, people, groups, event, say) for event in range(len(of.felt))]
    words = {emotion: emotion for emotion in EMOTIONS}
    write_dataset(folder, DatasetInfo("persona", words, {}, parameters), samples)
    return folder


def _sample(
    of: World, people: list[ReaderProfile], groups: Mapping[str, list[str]], event: int, say: str
) -> Sample:
    felt = {one.id: EMOTIONS[label] for one, label in zip(people, of.felt[event].tolist(), strict=True)}
    consensus = {}
    for name, members in groups.items():
        theirs = [felt[member] for member in members]
        consensus[name] = {"emotion": max(EMOTIONS, key=theirs.count), "score": 50.0, "members": members}
    texts = {"en": f"Event number {event}: {say}.", "zh": f"第 {event} 号事件。"}
    return Sample(
        id=f"persona_{event}",
        subset=("news", "social", "life")[event % 3],
        split="train" if event % 5 else "test",
        groups={"source": f"ev{event}", "event": f"ev{event}", "data_source": "made up"},
        target={one: list(felt.values()).count(one) / len(felt) for one in EMOTIONS},
        text=texts["en"],
        details={
            "text": texts,
            "writer": EMOTIONS[event % 7],
            "readers": {name: {"emotion": label, "confidence": 3} for name, label in felt.items()},
            "consensus": consensus,
        },
    )


class ReadersModel:
    """Answers by the formula of `persona_world.world`, from the numbers it finds in a prompt.

    Parameters
    ----------
    of
        The readers' world, for the events.
    loading
        What traits do to the emotions, shape (5, 7); zeros ignore them.
    logits
        Whether it gives likelihoods; else it says the most probable emotion.
    """

    batch_size, lanes = 64, 1

    def __init__(self, of: World, loading: NDArray[np.float64], *, logits: bool = True) -> None:
        self.identity = Identity(f"readers:{abs(loading).sum():.3f}", "1", {})
        self.can = Capabilities(logits=logits)
        self._world, self._loading = of, loading
        self.asked: list[str] = []

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        self.asked += [request.text for request in requests]
        return [
            Scores(np.log(self._shares(request.text)), np.ones(len(labels), dtype=np.int64))
            for request in requests
        ]

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        self.asked += [request.text for request in requests]
        return [Generation(EMOTIONS[int(self._shares(request.text).argmax())]) for request in requests]

    def close(self) -> None:
        self.closed = True

    def _shares(self, text: str) -> NDArray[np.float64]:
        found = re.search(r"(?:number|第) (\d+)", text)
        assert found
        event = self._world.base[int(found[1])]
        scores = [float(one) for one in re.findall(r" (\d\.\d\d)\b", text)]
        if len(scores) != len(TRAITS):
            return softmax(event)
        return softmax(event + (np.array(scores) - 0.5) @ self._loading * 4)


def oracle_loading(effect: float, seed: int, events: int, units: int) -> NDArray[np.float64]:
    """Return the loading that `world` drew, times the effect."""
    generator = np.random.default_rng(seed)
    generator.normal(0, 1.2, (events, 7))
    generator.random((units, 5))
    return np.asarray(effect * generator.normal(0, 1, (5, 7)))


def small_world(events: int = 60, units: int = 6, effect: float = 0.8, seed: int = 3) -> World:
    return world(events, units, effect, seed)
