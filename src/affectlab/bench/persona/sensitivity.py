"""How predictions follow one trait: swept with everything else fixed, and across the readers there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from affectlab.affect import Interval, spearman
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.persona.intervals import Array, divided
from affectlab.bench.persona.measures import BLIND, deviations, paired
from affectlab.bench.persona.predictions import PersonaRun, Predictions
from affectlab.bench.resampling import Resampler, interval
from affectlab.errors import InvalidData
from affectlab.prompting.persona import TRAITS


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """Predictions while one trait goes from low to high.

    Parameters
    ----------
    arm, trait
        Which words told of it, and which trait.
    values
        Of the trait, ascending, shape (steps,).
    probability
        Shape (events, steps, labels).
    sources
        What intervals cluster by, length n_events.
    """

    arm: str
    trait: str
    values: Array
    probability: Array
    sources: tuple[str, ...]

    @property
    def curve(self) -> Array:
        """Mean over events, shape (steps, labels)."""
        return np.asarray(self.probability.mean(axis=0))


def sweeps(run: ExamRun, labels: Sequence[str]) -> list[Sweep]:
    """Return the sweeps of a run, events with all steps answered by likelihoods only."""
    cells: dict[tuple[str, str], dict[str, dict[float, Mapping[str, Any]]]] = {}
    for row in run.select(task="sweep"):
        if row["probabilities"]:
            by_event = cells.setdefault((row["arm"], row["details"]["trait"]), {})
            by_event.setdefault(row["sample"], {})[row["details"]["value"]] = row
    return [one for (arm, trait), found in cells.items() if (one := _sweep(arm, trait, found, labels))]


def sweep_values(of: Sweep, *, resamples: int, seed: int) -> dict[str, Interval]:
    """Measure a sweep; intervals resample whole events.

    Returns
    -------
    dict
        ``sensitivity``: mean total variation distance between the ends. ``monotone_share``: net change over
        the length of the way, summed over events and labels; 1 where every probability only rises or only
        falls, NaN where nothing moves. ``monotonicity``: mean absolute Spearman correlation between trait
        and probability, over events and labels that move.
    """
    steps = np.abs(np.diff(of.probability, axis=1)).sum(axis=(1, 2))
    net = np.abs(of.probability[:, -1] - of.probability[:, 0]).sum(axis=1)
    ranks = _ranks(of)
    moving = np.isfinite(ranks)
    columns = np.column_stack(
        [net / 2, np.ones(net.size), net, steps, np.where(moving, ranks, 0).sum(axis=1), moving.sum(axis=1)]
    )
    resampler = Resampler(np.array(of.sources, dtype=object), resamples=resamples, seed=seed)
    observed, resampled = resampler.sums(columns)
    pairs = {"sensitivity": (0, 1), "monotone_share": (2, 3), "monotonicity": (4, 5)}
    return {
        name: interval(
            float(divided(observed[top], observed[bottom])),
            divided(resampled[:, top], resampled[:, bottom]),
            resampler.groups,
        )
        for name, (top, bottom) in pairs.items()
    }


def trait_slopes(of: PersonaRun, arm: Predictions, trait: str) -> tuple[Array, Array] | None:
    """Return how model and humans change per unit of a trait, across the units there are.

    Least squares of deviations from the event's mean on the trait's deviation from the units' mean; other
    traits are not held fixed.

    Returns
    -------
    tuple of ndarray or None
        Model's and humans' slopes, shape (labels,) each; None where units' traits are unknown or all alike,
        or no event has two units.
    """
    scores = np.array([_score(of, unit, trait) for unit in of.units])
    if not np.isfinite(scores).all() or np.ptp(scores) <= 0:
        return None
    try:
        model, human = paired(arm.probability, of.human)
    except InvalidData:
        return None
    there = np.isfinite(model).all(axis=-1)
    x = deviations(np.where(there, scores, np.nan)[..., None])[..., 0]
    size = float((x**2).sum())
    slopes = [np.einsum("eu,euk->k", x, deviations(one)) / size for one in (model, human)]
    return slopes[0], slopes[1]


def _score(of: PersonaRun, unit: str, trait: str) -> float:
    profile = of.profiles.get(unit)
    if profile is None or profile.big_five is None:
        return float("nan")
    return dict(profile.big_five.items())[trait]


def _sweep(
    arm: str, trait: str, found: Mapping[str, Mapping[float, Mapping[str, Any]]], labels: Sequence[str]
) -> Sweep | None:
    values = sorted({value for steps in found.values() for value in steps})
    whole = [steps for steps in found.values() if len(steps) == len(values)]
    if not whole or len(values) < 2 or trait not in TRAITS:
        return None
    probability = np.array(
        [[[steps[value]["probabilities"][label] for label in labels] for value in values] for steps in whole]
    )
    sources = tuple(str(steps[values[0]]["source"]) for steps in whole)
    return Sweep(arm, trait, np.array(values), probability, sources)


def _ranks(of: Sweep) -> Array:
    """Return the absolute Spearman correlation of trait and probability, shape (events, labels), or NaN."""
    events, _, labels = of.probability.shape
    found = np.full((events, labels), np.nan)
    for event in range(events):
        for label in range(labels):
            series = of.probability[event, :, label]
            if np.ptp(series) > BLIND:
                found[event, label] = abs(spearman(of.values, series))
    return found
