"""Persona-E²: every event asked once for every reader or group, under every condition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.exam.item import ExamChoice, Item, Reading
from affectlab.bench.persona.arms import Arm, arms_of
from affectlab.bench.persona.examples import EXAMPLES, Examples, text_of
from affectlab.bench.persona.units import Unit, Units
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError
from affectlab.models import Generation, Scores
from affectlab.models.labels import read_label
from affectlab.prompting.persona import (
    LANGUAGES,
    TRAITS,
    WORDINGS,
    Asking,
    BigFive,
    Language,
    ReaderProfile,
    appraisal_request,
    deranged,
    prediction_request,
    random_profiles,
    rationale_request,
)

TASKS = ("prediction", "sweep", "rationale")
GRID = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Values that a swept trait takes."""

SWEPT = ("bigfive", "bigfive-text")
"""Conditions whose words say something of one trait alone."""

REASONED = ("none", "mbti", "bigfive", "bigfive-text", "both", "shuffled", "random", "demographic")
"""Conditions that rationales are asked under."""

_APPRAISAL_TOKENS, _RATIONALE_TOKENS = 160, 120


@dataclass(frozen=True, slots=True)
class _Told:
    """Whom a model is told of, and what the question's details say about it."""

    unit: Unit
    about: Mapping[str, Any]


class PersonaExam:
    """Asks what each reader feels about each event.

    Tasks: ``prediction`` (default) asks for the unit's emotion; ``sweep`` sets one trait of the mean profile
    to each value of `GRID` and asks the same; ``rationale`` asks for reasons in words, for judges. Arms are
    those of `affectlab.bench.persona.arms.arms_of`.

    Parameters
    ----------
    info
        The data set.
    choice
        What is asked. Examples are drawn from ``choice.pool``.

    Raises
    ------
    BenchError
        If a task, condition or language is not known, or the data set does not say who its readers are.
    """

    name, version = "persona", "1"

    def __init__(self, info: DatasetInfo, choice: ExamChoice) -> None:
        self._tasks = choice.tasks or ("prediction",)
        if unknown := [name for name in self._tasks if name not in TASKS]:
            raise BenchError(f"no task {unknown[0]!r}; expected some of {', '.join(TASKS)}")
        self._language = _language(info.parameters.get("language", "en"))
        self._arms = arms_of(choice.arms, self._language)
        self._labels = tuple(info.labels)
        self._units = Units.of(info)
        self._seed, self._most = choice.seed, choice.units
        self._told = self._profiles()
        self._examples = Examples(choice.pool, self._units, choice.seed)
        self._check_arms()

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What is asked, JSON-ready."""
        return {
            "tasks": list(self._tasks),
            "arms": [arm.name for arm in self._arms],
            "level": self._units.level,
            "language": self._language,
            "examples": EXAMPLES,
            "grid": list(GRID),
            "seed": self._seed,
            "units": self._most,
        }

    def items(self, samples: Sequence[Sample], *, scoring: bool) -> Iterable[Item]:
        """Ask about events one after the other, so that what they share is asked in a row."""
        for sample in samples:
            felt = self._units.felt(sample)
            for arm in self._arms:
                yield from self._about(sample, arm, felt, scoring=scoring)

    def read(self, item: Item, text: str) -> Reading:
        """Read the one emotion named; an appraisal or rationale is read as it is."""
        if not item.labels:
            return Reading(bool(text.strip()))
        label = read_label(text, dict(item.labels))
        return Reading(label is not None, label)

    def follow_up(self, item: Item, answer: Generation | Scores) -> Item | None:
        """Ask for the emotion once the event is appraised."""
        if item.task != "appraisal" or isinstance(answer, Scores):
            return None
        details = dict(item.details)
        arm = next(one for one in self._arms if one.name == item.arm)
        asking = self._asking(item.sample, arm, self._told[arm.condition][details["unit"]])
        labels = self._words(arm.language)
        return Item(
            id=item.id.removesuffix("__words"),
            sample=item.sample,
            task="prediction",
            arm=item.arm,
            request=prediction_request(details["text"], asking, tuple(labels.values()), answer.text.strip()),
            labels=labels,
            scored=details["scoring"],
            target=details["felt"],
            details={**details, "appraisal": answer.text},
        )

    def _about(self, sample: Sample, arm: Arm, felt: Mapping[str, str], *, scoring: bool) -> Iterator[Item]:
        units = self._drawn(sample, felt)
        if "prediction" in self._tasks:
            for unit in units:
                yield self._prediction(sample, arm, unit, felt[unit.id], scoring=scoring)
        if "sweep" in self._tasks and arm.condition in SWEPT:
            yield from self._sweep(sample, arm, scoring=scoring)
        if "rationale" in self._tasks and arm.condition in REASONED:
            for unit in units:
                yield self._rationale(sample, arm, unit, felt[unit.id])

    def _drawn(self, sample: Sample, felt: Mapping[str, str]) -> list[Unit]:
        """Return the units that have answered, or as many of them as are wanted, whatever else is asked."""
        there = [unit for unit in self._units.all if unit.id in felt]
        if self._most is None or self._most >= len(there):
            return there
        digest = hashlib.sha256(f"{self._seed}:{sample.id}".encode()).digest()
        drawn = np.random.default_rng(int.from_bytes(digest[:8])).permutation(len(there))[: self._most]
        return [there[place] for place in sorted(drawn)]

    def _prediction(self, sample: Sample, arm: Arm, unit: Unit, label: str, *, scoring: bool) -> Item:
        told = self._told[arm.condition][unit.id]
        asking = self._asking(sample, arm, told)
        text = text_of(sample, arm.language)
        target = {one: float(one == label) for one in self._labels}
        details = self._details(unit.id, arm, told, text)
        name = f"{sample.id}__{unit.id}__{arm.name}"
        if arm.condition == "cot-appraisal":
            return Item(
                id=f"{name}__words",
                sample=_slim(sample),
                task="appraisal",
                arm=arm.name,
                request=appraisal_request(text, asking),
                max_tokens=_APPRAISAL_TOKENS,
                details={**details, "scoring": scoring, "felt": target},
            )
        labels = self._words(arm.language)
        request = prediction_request(text, asking, tuple(labels.values()))
        return Item(
            name, _slim(sample), "prediction", arm.name, request, labels, scoring, 32, target, details
        )

    def _rationale(self, sample: Sample, arm: Arm, unit: Unit, label: str) -> Item:
        told = self._told[arm.condition][unit.id]
        text = text_of(sample, arm.language)
        return Item(
            id=f"{sample.id}__{unit.id}__{arm.name}__why",
            sample=_slim(sample),
            task="rationale",
            arm=arm.name,
            request=rationale_request(text, self._asking(sample, arm, told)),
            max_tokens=_RATIONALE_TOKENS,
            details={**self._details(unit.id, arm, told, text), "felt": label},
        )

    def _sweep(self, sample: Sample, arm: Arm, *, scoring: bool) -> Iterator[Item]:
        """Ask about a reader like the mean of all, with one trait set to one value after the other."""
        mean = _mean_traits([unit.profile for unit in self._units.all])
        labels, text = self._words(arm.language), text_of(sample, arm.language)
        for trait in TRAITS:
            for value in GRID:
                unit = f"{trait}-{value:.1f}"
                profile = ReaderProfile(unit, big_five=mean.replaced(trait, value))
                told = _Told(Unit(profile), {"trait": trait, "value": value})
                asking = Asking(arm.condition, arm.language, profile)
                request = prediction_request(text, asking, tuple(labels.values()))
                yield Item(
                    id=f"{sample.id}__{unit}__{arm.name}__sweep",
                    sample=_slim(sample),
                    task="sweep",
                    arm=arm.name,
                    request=request,
                    labels=labels,
                    scored=scoring,
                    details=self._details(unit, arm, told, text),
                )

    def _asking(self, sample: Sample, arm: Arm, told: _Told) -> Asking:
        few = arm.condition == "fewshot"
        shown = self._examples.of(told.unit.id, sample, arm.language) if few else ()
        return Asking(arm.condition, arm.language, told.unit.profile, told.unit.members, shown)

    def _details(self, unit: str, arm: Arm, told: _Told, text: str) -> dict[str, Any]:
        return {
            "unit": unit,
            self._units.level: unit,
            "condition": arm.condition,
            "language": arm.language,
            "profile": told.unit.profile.to_json(),
            "text": text,
            **told.about,
        }

    def _words(self, language: Language) -> dict[str, str]:
        named = WORDINGS[language].labels
        return {label: named.get(label, label) for label in self._labels}

    def _profiles(self) -> dict[str, dict[str, _Told]]:
        """Return, by condition and unit, whom the model is told of."""
        units = {unit.id: unit for unit in self._units.all}
        own = {name: _Told(unit, {}) for name, unit in units.items()}
        found = {arm.condition: own for arm in self._arms}
        if "shuffled" in found:
            other = deranged(list(units), self._seed)
            found["shuffled"] = {name: _Told(units[to], {"profile_of": to}) for name, to in other.items()}
        if "random" in found:
            members = {name: unit.members for name, unit in units.items()}
            drawn = random_profiles(list(units), members, self._seed)
            found["random"] = {
                name: _Told(Unit(one, members[name]), {"profile_of": "nobody"}) for name, one in drawn.items()
            }
        return found

    def _check_arms(self) -> None:
        there = {arm.condition for arm in self._arms}
        for task, wanted in (("sweep", SWEPT), ("rationale", REASONED)):
            if task in self._tasks and there.isdisjoint(wanted):
                raise BenchError(
                    f"the task {task} is asked under {', '.join(wanted)}; add one to --conditions"
                )


def _language(name: object) -> Language:
    for language in LANGUAGES:
        if name == language:
            return language
    raise BenchError(f"no language {name!r}; expected one of {', '.join(LANGUAGES)}")


def _slim(sample: Sample) -> Sample:
    """Leave out what every reader felt, so that a table's row does not hold the whole event's answers."""
    kept = {"writer": sample.details.get("writer")}
    return replace(sample, details={name: one for name, one in kept.items() if one is not None})


def _mean_traits(profiles: Sequence[ReaderProfile]) -> BigFive:
    scores = [list(dict(one.big_five.items()).values()) for one in profiles if one.big_five is not None]
    if not scores:
        raise BenchError("no reader has Big Five scores; leave the task sweep out")
    return BigFive(*np.mean(scores, axis=0).round(3).tolist())
