"""Small data sets of Persona-E² for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from affectlab.bench.dataset import Dataset, DatasetInfo, read_dataset, write_dataset
from affectlab.bench.persona.build import build_persona
from affectlab.bench.persona.event import EMOTIONS
from affectlab.bench.persona.synthetic import SyntheticSettings
from affectlab.bench.sample import Sample
from affectlab.prompting.persona import ReaderProfile


def synthetic(folder: Path, effect: float = 0.0, **settings: int) -> Dataset:
    build_persona(folder, synthetic=SyntheticSettings(effect, **settings))
    return read_dataset(folder)


def answered(
    folder: Path, answers: Sequence[Sequence[str]], groups: Mapping[str, Sequence[str]], domain: str = "news"
) -> Dataset:
    """Write a data set of readers R1, R2 and so on; an empty word is no answer."""
    samples = [
        Sample(
            id=f"persona_{number}",
            subset=domain,
            split="test",
            groups={"source": str(number), "event": str(number)},
            target={name: float(name == "joy") for name in EMOTIONS},
            details={
                "readers": {
                    f"R{reader + 1}": {"emotion": emotion, "confidence": None}
                    for reader, emotion in enumerate(given)
                    if emotion
                },
                "consensus": {},
            },
        )
        for number, given in enumerate(answers)
    ]
    readers = [f"R{number + 1}" for number in range(len(answers[0]))]
    parameters = {
        "level": "reader",
        "profiles": {reader: ReaderProfile(reader).to_json() for reader in readers},
        "groups": {group: list(members) for group, members in groups.items()},
    }
    write_dataset(folder, DatasetInfo("persona", EMOTIONS, parameters=parameters), samples)
    return read_dataset(folder)


def with_answer(data: Dataset, event: int, reader: str, emotion: str) -> Dataset:
    """Return the data set with one answer changed."""
    samples = list(data.samples)
    details = json.loads(json.dumps(samples[event].details))
    details["readers"][reader]["emotion"] = emotion
    fields = {name: getattr(samples[event], name) for name in samples[event].__slots__}
    samples[event] = Sample(**{**fields, "details": details})
    return Dataset(data.folder, data.info, tuple(samples))
