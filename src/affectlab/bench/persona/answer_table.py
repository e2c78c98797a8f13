"""A data set as one array: what each unit (a reader, or a group) answered to each event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.dataset import Dataset
from affectlab.bench.persona.event import EMOTIONS
from affectlab.bench.persona.profiles import group_profile
from affectlab.errors import BenchError
from affectlab.prompting.persona import TRAITS, ReaderProfile

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

LABELS = tuple(EMOTIONS)
"""Emotions in the order of the codes."""


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTable:
    """Answers as codes.

    Parameters
    ----------
    level
        "reader" or "group": what the units are.
    units
        Their ids.
    answers
        Index into `LABELS`, −1 where a unit did not answer; shape (n_units, n_events).
    sources
        What the events' intervals are clustered by, shape (n_events,).
    subsets
        Domain of each event, shape (n_events,).
    groups
        Number of the group of each unit, −1 where it has none, shape (n_units,); at group level each unit is
        its own.
    traits
        Big Five of each unit, NaN where unknown, shape (n_units, 5).
    """

    level: str
    units: tuple[str, ...]
    answers: Codes
    sources: NDArray[np.object_]
    subsets: NDArray[np.object_]
    groups: Codes
    traits: Array

    @property
    def one_hot(self) -> Array:
        """Answers as zeros and ones, shape (n_units, n_events, 7); no one where a unit did not answer."""
        return np.asarray(self.answers[..., None] == np.arange(len(LABELS)), dtype=float)

    def part(self, events: NDArray[np.bool_]) -> AnswerTable:
        """Return the same units with some of the events."""
        return AnswerTable(
            self.level,
            self.units,
            self.answers[:, events],
            self.sources[events],
            self.subsets[events],
            self.groups,
            self.traits,
        )


def answer_table(dataset: Dataset) -> AnswerTable:
    """Arrange a data set's answers.

    Raises
    ------
    BenchError
        If the data set is of another benchmark, or holds no answers.
    """
    parameters = dataset.info.parameters
    if dataset.info.benchmark != "persona":
        raise BenchError(f"{dataset.folder} is a data set of {dataset.info.benchmark!r}; expected 'persona'")
    level = str(parameters["level"])
    details = "readers" if level == "reader" else "consensus"
    units = tuple(dict.fromkeys(unit for one in dataset.samples for unit in one.details[details]))
    if not units:
        raise BenchError(f"{dataset.folder} holds no answers; build the data set again")
    answers = np.full((len(units), len(dataset.samples)), -1, dtype=np.intp)
    place = {unit: row for row, unit in enumerate(units)}
    for column, sample in enumerate(dataset.samples):
        for unit, found in sample.details[details].items():
            answers[place[unit], column] = LABELS.index(found["emotion"])
    return AnswerTable(
        level,
        units,
        answers,
        np.array([sample.groups["source"] for sample in dataset.samples], dtype=object),
        np.array([sample.subset for sample in dataset.samples], dtype=object),
        _groups(units, parameters["groups"], level),
        np.array([_traits(_profile(unit, dataset)) for unit in units]),
    )


def _groups(units: tuple[str, ...], groups: Mapping[str, list[str]], level: str) -> Codes:
    if level == "group":
        return np.arange(len(units))
    own = {reader: number for number, members in enumerate(groups.values()) for reader in members}
    return np.array([own.get(unit, -1) for unit in units])


def _profile(unit: str, dataset: Dataset) -> ReaderProfile:
    profiles = dataset.info.parameters["profiles"]
    if dataset.info.parameters["level"] == "reader":
        return ReaderProfile.from_json(profiles[unit])
    members = dataset.info.parameters["groups"][unit]
    return group_profile(unit, [ReaderProfile.from_json(profiles[one]) for one in members])


def _traits(profile: ReaderProfile) -> list[float]:
    return [value for _, value in profile.big_five.items()] if profile.big_five else [np.nan] * len(TRAITS)
