"""From a take to what it measures: the numbers of one take, ready to be put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.evaluation.consistency import plan_cons, statements
from affectlab.music.evaluation.continuity import breaks, excess
from affectlab.music.evaluation.human import take_statistics
from affectlab.music.evaluation.metrics import (
    dyn_corr,
    emo_mse,
    halves,
    note_level,
    sound_level,
    windowed,
)
from affectlab.music.evaluation.plans import Plan
from affectlab.music.evaluation.predictors import AXES, Predictor, mean_of
from affectlab.music.evaluation.sound import piano
from affectlab.music.evaluation.take import Take
from affectlab.music.learned.ngrams import NgramSet

BOTH: Final = "both"
# Beats before a jump, and after it, of a response that is averaged over takes.
BEFORE: Final = 24

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What one take measures.

    Parameters
    ----------
    name
        Of the plan.
    values
        Metrics that are averaged over takes; those that this one has a value of.
    points
        "valence" or "arousal" and the predictor ("both" for their mean) to requested and measured value of
        both halves of the take, shape (2, 2): a row for each half.
    responses
        Axis to the sliding measure around a jump, turned so that it should rise, shape (beats,); `BEFORE`
        beats come before the jump. Only axes that the jump crosses.
    """

    name: str
    values: Mapping[str, float]
    points: Mapping[tuple[str, str], Matrix] = field(default_factory=dict)
    responses: Mapping[str, Matrix] = field(default_factory=dict)


def measure(plan: Plan, take: Take, predictors: Sequence[Predictor], training: NgramSet | None) -> Measured:
    """Measure a take under the plan it was written by.

    Moods are measured where no loudness is asked for, which would speak against them; loudness where it is.
    """
    values = {"plan_cons": plan_cons(plan, take)}
    values |= {f"plan_cons_{rule}": value for rule, value in statements(plan, take).items()}
    values |= take_statistics(take, training)
    planned = plan.dynamics
    if planned is not None:
        return Measured(plan.name, _known(values | _loudness(planned, take)))
    readings = read(take, predictors)
    values |= _moods(plan.targets, take, readings)
    if plan.changes:
        values |= {f"continuity_{name}": excess(one, plan.changes) for name, one in breaks(take).items()}
    responses = _responses(plan, readings[BOTH])
    return Measured(plan.name, _known(values), _points(plan.targets, readings), responses)


def read(take: Take, predictors: Sequence[Predictor]) -> dict[str, Matrix]:
    """Return valence and arousal at each beat by predictor and by their mean, shape (beats, 2) each."""
    notes, centres = take.notes(), _centres(take)
    readings = {one.name: one.read(notes, centres, take.seconds) for one in predictors}
    return readings | {BOTH: mean_of(list(readings.values()))}


def _centres(take: Take) -> Matrix:
    return (take.starts[1:] + take.starts[:-1]) / 2


def _loudness(planned: Matrix, take: Take) -> dict[str, float]:
    heard = sound_level(piano(take.notes(), take.seconds), take.starts)
    return {"dyn_corr": dyn_corr(planned, note_level(take)), "dyn_corr_sound": dyn_corr(planned, heard)}


def _moods(targets: Matrix, take: Take, readings: Mapping[str, Matrix]) -> dict[str, float]:
    requested = windowed(targets, _centres(take))
    values = {_named("emo_mse", name): emo_mse(requested, one) for name, one in readings.items()}
    error = readings[BOTH] - requested
    for axis, label in enumerate(AXES):
        values |= {
            f"bias_{label}": float(error[:, axis].mean()),
            f"emo_mse_{label}": float(np.square(error[:, axis]).mean()),
        }
    return values


def _points(targets: Matrix, readings: Mapping[str, Matrix]) -> dict[tuple[str, str], Matrix]:
    requested = halves(targets)
    return {
        (label, name): np.stack([requested[:, axis], halves(one)[:, axis]], axis=1)
        for axis, label in enumerate(AXES)
        for name, one in readings.items()
    }


def _responses(plan: Plan, reading: Matrix) -> dict[str, Matrix]:
    found = {}
    for jump in plan.changes:
        change = plan.targets[jump] - plan.targets[jump - 1]
        for axis, label in enumerate(AXES):
            if change[axis]:
                found[label] = np.sign(change[axis]) * reading[max(jump - BEFORE, 0) :, axis]
    return found


def _known(values: Mapping[str, float]) -> dict[str, float]:
    """Leave out what this take has no value of."""
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _named(metric: str, predictor: str) -> str:
    return metric if predictor == BOTH else f"{metric}_{predictor}"
