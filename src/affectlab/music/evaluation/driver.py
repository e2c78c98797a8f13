"""Have every arm write under every plan, and measure what it wrote."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidConfig, InvalidData, UnreadableFile
from affectlab.files import write_json
from affectlab.music.evaluation.clap import ABSENT, Reference
from affectlab.music.evaluation.measuring import Measured, measure
from affectlab.music.evaluation.metrics import frechet
from affectlab.music.evaluation.plans import Plan
from affectlab.music.evaluation.predictors import Predictor
from affectlab.music.evaluation.progress import Interrupted, Progress, unseen
from affectlab.music.evaluation.sound import piano
from affectlab.music.evaluation.table import Human, Row, table
from affectlab.music.evaluation.take import Take, perform
from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.score import Composer

# Counts up when the same arm and plans are asked differently.
FORMAT: Final = 1
_ARM, _TAKES = "arm.json", "takes"


@dataclass(frozen=True, slots=True, eq=False)
class Yardsticks:
    """What takes are measured with.

    Parameters
    ----------
    predictors
        Of valence and arousal, never used in training.
    training
        Melodic n-grams of the training data, for the overlap.
    human
        Statistics of held-out music by people (`human.human_statistics`), for the distances.
    reference
        For the Fréchet audio distance.
    """

    predictors: Sequence[Predictor]
    training: NgramSet | None = None
    human: Human | None = None
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to compose.

    Parameters
    ----------
    make
        Makes its composer from a seed.
    identity
        What tells it from another arm of the same name, for example a hash of its weights: takes are kept
        under it.
    """

    make: Callable[[int], Composer]
    identity: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Rows of the table, and what could not be measured and why."""

    rows: list[Row]
    notes: tuple[str, ...]


def evaluate(
    arms: Mapping[str, Arm],
    plans: Sequence[Plan],
    yardsticks: Yardsticks,
    work: Path,
    *,
    resamples: int = 2000,
    stop: threading.Event,
    progress: Progress = unseen,
) -> Evaluation:
    """Measure every arm under every plan.

    Parameters
    ----------
    arms
        By name; `table.BASELINE` is what the others are compared with.
    plans
        The same for all.
    yardsticks
        What is measured with.
    work
        Folder that keeps every finished take, so that an evaluation goes on where it was stopped, and new
        arms can be added to it.
    resamples
        Of the bootstrap over takes.
    stop
        Set to end after the take under way.
    progress
        Told (finished, of how many) takes, written or measured.

    Raises
    ------
    InvalidConfig
        If there is no arm or no predictor.
    InvalidData
        If `work` holds takes of other plans or of another arm of the same name.
    Interrupted
        If `stop` was set before all was done.
    """
    if not arms or not yardsticks.predictors:
        raise InvalidConfig("nothing to evaluate: name at least one arm and give EMOPIA for the predictors")
    for name, arm in arms.items():
        _claim(work / name, plans, arm)
    measured: dict[str, list[Measured]] = {}
    rows: list[Row] = []
    done = 0
    for name, arm in arms.items():
        measured[name], sounds = [], []
        for plan in plans:
            if stop.is_set():
                raise Interrupted
            take = _taken(name, arm, plan, work / name / _TAKES)
            measured[name].append(measure(plan, take, yardsticks.predictors, yardsticks.training))
            if yardsticks.reference is not None:
                sounds.append(yardsticks.reference.ear.embed([piano(take.notes(), take.seconds)]))
            done += 1
            progress(done, len(arms) * len(plans))
        if yardsticks.reference is not None:
            rows.append(_fad(name, sounds, yardsticks.reference))
    notes = () if yardsticks.reference is not None else (ABSENT,)
    return Evaluation(table(measured, yardsticks.human, resamples=resamples) + rows, notes)


def _taken(name: str, arm: Arm, plan: Plan, folder: Path) -> Take:
    """Return a take; that of an earlier run if there is one."""
    path = folder / f"{plan.name}.json"
    if path.exists():
        try:
            return Take.load(path)
        except UnreadableFile:
            # Left damaged by a machine that stopped: it is made again.
            path.unlink()
    take = perform(arm.make(plan.seed), plan.controls, name=plan.name, arm=name, seed=plan.seed)
    take.save(path)
    return take


def _claim(folder: Path, plans: Sequence[Plan], arm: Arm) -> None:
    """Note whose takes a folder holds; an error if they are another's."""
    digest = hashlib.sha256(repr(tuple(plans)).encode()).hexdigest()
    ours: dict[str, Any] = {"format": FORMAT, "plans": digest, "identity": arm.identity}
    path = folder / _ARM
    try:
        before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else ours
    except (OSError, ValueError):
        before = None
    if before != ours:
        raise InvalidData(
            f"{folder} holds takes of other plans or weights; choose another --work or delete it"
        )
    write_json(path, ours)


def _fad(arm: str, sounds: Sequence[NDArray[np.float64]], reference: Reference) -> Row:
    value = frechet(np.concatenate(sounds), reference.embeddings)
    return {"arm": arm, "metric": "fad", "value": value, "low": None, "high": None, "n": len(sounds)}
