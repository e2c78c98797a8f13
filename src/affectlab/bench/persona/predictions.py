"""The answers of a persona run as arrays: events by units by labels, one set for each arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.exam.table import ExamRun
from affectlab.bench.results import FLOOR, UNPARSED
from affectlab.errors import BenchError
from affectlab.prompting.persona import ReaderProfile

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

NO_TRUTH = -1
"""Stands for the label of a unit that did not answer."""

FALSE_PROFILES = ("shuffled", "random")
"""Conditions whose profile is not the unit's."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What one arm predicts for every unit of every event.

    Parameters
    ----------
    arm, condition, language
        Of the arm.
    probability
        Shape (events, units, labels), NaN where there is no answer; an answer in words is certain of its
        label.
    predicted
        Shape (events, units): index of the label answered, `UNPARSED` where an answer names none.
    answered, failed
        Shape (events, units): the model gave an answer, readable or not; it was asked and gave none.
    likelihoods
        Whether the probabilities are the model's own.
    """

    arm: str
    condition: str
    language: str
    probability: Array
    predicted: Indices
    answered: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    likelihoods: bool


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One event as the report shows it."""

    id: str
    source: str
    subset: str
    texts: Mapping[str, str]
    writer: str | None


@dataclass(frozen=True, slots=True, eq=False)
class PersonaRun:
    """All arms of a run over the same events and units.

    Parameters
    ----------
    run
        As read.
    labels
        Emotions, in the order of the data set.
    events, units
        What the axes of arrays are.
    felt
        Shape (events, units): index of the unit's own label, `NO_TRUTH` where there is none.
    profiles
        Each unit's own profile, where a question told it.
    arms
        By name.
    """

    run: ExamRun
    labels: tuple[str, ...]
    events: tuple[Event, ...]
    units: tuple[str, ...]
    felt: Indices
    profiles: Mapping[str, ReaderProfile]
    arms: Mapping[str, Predictions]

    @property
    def human(self) -> Array:
        """Units' own labels as distributions, shape (events, units, labels), NaN where there is none."""
        return one_hot(self.felt, len(self.labels))


def one_hot(labels: Indices, n_labels: int) -> Array:
    """Return distributions that are certain of `labels`; NaN where a label is below 0."""
    found = np.full((*labels.shape, n_labels), np.nan)
    there = labels >= 0
    found[there] = np.eye(n_labels)[labels[there]]
    return found


def persona_run(run: ExamRun) -> PersonaRun:
    """Lay out the predictions of a run.

    Raises
    ------
    BenchError
        If it holds no answer to the task ``prediction``.
    """
    rows = run.select(task="prediction")
    if not rows:
        raise BenchError(f"{run.folder} predicts nobody's emotion; run it with --tasks prediction")
    labels = tuple(rows[0]["target"])
    events = _events(rows)
    units = tuple(dict.fromkeys(row["details"]["unit"] for row in rows))
    places = _Places({one.id: at for at, one in enumerate(events)}, {one: at for at, one in enumerate(units)})
    felt = np.full(places.shape, NO_TRUTH, dtype=np.intp)
    profiles: dict[str, ReaderProfile] = {}
    by_arm: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_arm.setdefault(row["arm"], []).append(row)
        felt[places.of(row)] = labels.index(max(row["target"], key=row["target"].__getitem__))
        details = row["details"]
        if details["condition"] not in FALSE_PROFILES and details["unit"] not in profiles:
            profiles[details["unit"]] = ReaderProfile.from_json(details["profile"])
    arms = {name: _arm(name, found, labels, places) for name, found in by_arm.items()}
    return PersonaRun(run, labels, events, units, felt, profiles, arms)


@dataclass(frozen=True, slots=True)
class _Places:
    events: Mapping[str, int]
    units: Mapping[str, int]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.events), len(self.units)

    def of(self, row: Mapping[str, Any]) -> tuple[int, int]:
        return self.events[row["sample"]], self.units[row["details"]["unit"]]


def _events(rows: Sequence[Mapping[str, Any]]) -> tuple[Event, ...]:
    first: dict[str, Mapping[str, Any]] = {}
    texts: dict[str, dict[str, str]] = {}
    for row in rows:
        first.setdefault(row["sample"], row)
        texts.setdefault(row["sample"], {})[row["details"]["language"]] = row["details"]["text"]
    return tuple(
        Event(name, row["source"], row["subset"], texts[name], row["details"].get("writer"))
        for name, row in first.items()
    )


def _arm(
    name: str, rows: Sequence[Mapping[str, Any]], labels: tuple[str, ...], places: _Places
) -> Predictions:
    predicted = np.full(places.shape, UNPARSED, dtype=np.intp)
    answered, failed = np.zeros(places.shape, dtype=bool), np.zeros(places.shape, dtype=bool)
    scored = np.full((*places.shape, len(labels)), np.nan)
    for row in rows:
        at = places.of(row)
        failed[at] = row["status"] == "failed"
        answered[at] = not failed[at]
        if row["prediction"] is not None:
            predicted[at] = labels.index(row["prediction"])
        if row["probabilities"]:
            shares = np.maximum([row["probabilities"][label] for label in labels], FLOOR)
            scored[at] = shares / shares.sum()
    likelihoods = bool(np.isfinite(scored).any())
    probability = scored if likelihoods else one_hot(predicted, len(labels))
    details = rows[0]["details"]
    about = name, details["condition"], details["language"]
    return Predictions(*about, probability, predicted, answered, failed, likelihoods)
