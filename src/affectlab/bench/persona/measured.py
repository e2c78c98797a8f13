"""Everything a report says about one persona run, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from affectlab.affect import Interval
from affectlab.bench.dataset import Dataset, read_dataset
from affectlab.bench.metrics import Row, row
from affectlab.bench.persona.ceilings import ceiling_rows
from affectlab.bench.persona.measures import Measured, borne_out_difference, measure, told_shift
from affectlab.bench.persona.predictions import PersonaRun, Predictions
from affectlab.bench.persona.scores import difference_rows, score_rows
from affectlab.bench.persona.sensitivity import Sweep, sweep_values, sweeps
from affectlab.errors import BenchError, InvalidData, UnreadableFile

OVERALL = "all"
"""Name of the subset that is everything."""

PERMUTATIONS = 999

CONTRASTS = (("bigfive", "mbti"), ("both", "shuffled"))
"""Conditions whose share of shift that is borne out is compared, first minus second."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredRun:
    """One run with everything measured on it.

    Parameters
    ----------
    name
        Tells it from the others of the report.
    scores
        Metrics by arm and subset.
    measures
        Our measures by arm; rows of ``borne_out`` have the ``p`` of shuffled profiles.
    differences
        Paired differences between conditions.
    sensitivity
        Measures of sweeps by arm and trait.
    ceilings
        Floors and ceilings of the same events, by method; empty where the data set is not there any more.
    sweeps
        Curves.
    notes
        What limits the numbers.
    """

    name: str
    of: PersonaRun
    scores: list[Row]
    measures: list[Row]
    differences: list[Row]
    sensitivity: list[Row]
    ceilings: list[Row]
    sweeps: list[Sweep]
    notes: list[str]

    @property
    def rows(self) -> list[Row]:
        """All rows of the model."""
        own = [*self.scores, *self.measures, *self.differences, *self.sensitivity]
        return [{"run": self.name, "method": "model", **one} for one in own]

    @property
    def baselines(self) -> list[Row]:
        """All rows of floors and ceilings."""
        return [{"run": self.name, **one} for one in self.ceilings]


def measured_run(of: PersonaRun, name: str, *, resamples: int, seed: int) -> MeasuredRun:
    """Measure one run."""
    found = sweeps(of.run, of.labels)
    ceilings, notes = _ceilings(of, resamples=resamples, seed=seed)
    measures, limits = _measures(of, resamples=resamples, seed=seed)
    return MeasuredRun(
        name=name,
        of=of,
        scores=_scores(of, resamples=resamples, seed=seed),
        measures=measures,
        differences=[
            *difference_rows(of, resamples=resamples, seed=seed),
            *_contrasts(of, resamples=resamples, seed=seed),
        ],
        sensitivity=[one for sweep in found for one in _sensitivity(sweep, resamples=resamples, seed=seed)],
        ceilings=ceilings,
        sweeps=found,
        notes=[*_run_notes(of), *limits, *notes],
    )


def _scores(of: PersonaRun, *, resamples: int, seed: int) -> list[Row]:
    subsets = np.array([event.subset for event in of.events])
    everything = np.ones(of.felt.shape, dtype=bool)
    keeps = {OVERALL: everything}
    names = list(dict.fromkeys(subsets.tolist()))
    if len(names) > 1:
        keeps |= {name: everything & (subsets == name)[:, None] for name in names}
    return [
        {"arm": arm.arm, "subset": subset, **one}
        for subset, keep in keeps.items()
        for arm in of.arms.values()
        for one in score_rows(of, arm, keep, resamples=resamples, seed=seed)
    ]


def _measures(of: PersonaRun, *, resamples: int, seed: int) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    notes: list[str] = []
    without: dict[str, list[str]] = {}
    for arm in of.arms.values():
        about = {"arm": arm.arm, "subset": OVERALL}
        told = [{**about, **one, "p": None} for one in _told(of, arm, resamples=resamples, seed=seed)]
        try:
            found = measure(
                arm.probability, of.human, resamples=resamples, permutations=PERMUTATIONS, seed=seed
            )
        except InvalidData as error:
            without.setdefault(str(error), []).append(arm.arm)
            rows += told
            continue
        named = {
            "appraisal_shift": found.shift,
            "human_shift": found.human_shift,
            "alignment": found.alignment,
            "borne_out": found.borne_out,
            "illusion_index": found.illusion,
            "illusory_shift": found.illusory_shift,
        }
        p = {"borne_out": found.permutation.p if found.permutation else None}
        rows += [{**about, **_row(key, one, found.n), "p": p.get(key)} for key, one in named.items()]
        rows += told
        if found.blind and arm.condition != "none":
            notes.append(f"{arm.arm}: the predictions do not depend on the profile, so no illusion index.")
        if not arm.likelihoods:
            notes.append(
                f"{arm.arm}: answers in words count as certain, which makes shift and illusion larger than "
                "likelihoods would."
            )
    missing = [f"No shift or illusion of {', '.join(arms)}: {why}." for why, arms in without.items()]
    return rows, [*missing, *notes]


def _told(of: PersonaRun, arm: Predictions, *, resamples: int, seed: int) -> list[Row]:
    plain = [one for one in of.arms.values() if (one.condition, one.language) == ("none", arm.language)]
    if not plain or arm.condition == "none":
        return []
    try:
        found, n = told_shift(arm.probability, plain[0].probability, resamples=resamples, seed=seed)
    except InvalidData:
        return []
    return [_row("told_shift", found, n)]


def _contrasts(of: PersonaRun, *, resamples: int, seed: int) -> list[Row]:
    rows = []
    for language in dict.fromkeys(arm.language for arm in of.arms.values()):
        there = {arm.condition: arm for arm in of.arms.values() if arm.language == language}
        for one, other in CONTRASTS:
            if one not in there or other not in there:
                continue
            a, b = there[one], there[other]
            try:
                found, cluster, n = borne_out_difference(
                    a.probability, b.probability, of.human, resamples=resamples, seed=seed
                )
            except InvalidData:
                continue
            about = {"arm": a.arm, "against": b.arm, "p": found.p, "p_holm": None, "cluster": cluster}
            rows.append({**row("borne_out", found, n, 0), **about})
    return rows


def _sensitivity(sweep: Sweep, *, resamples: int, seed: int) -> list[Row]:
    values = sweep_values(sweep, resamples=resamples, seed=seed)
    about = {"arm": sweep.arm, "subset": OVERALL, "trait": sweep.trait, "cluster": "event"}
    return [{**about, **row(metric, one, len(sweep.sources), 0)} for metric, one in values.items()]


def _row(metric: str, of: Measured, n: int) -> Row:
    interval: Interval = of.interval
    return {**row(metric, interval, n, 0), "cluster": of.cluster}


def _ceilings(of: PersonaRun, *, resamples: int, seed: int) -> tuple[list[Row], list[str]]:
    """Measure floors and ceilings on the events that were asked about, where the data set still is."""
    about = of.run.about["dataset"]
    folder = Path(str(about.get("folder", "")))
    try:
        data = read_dataset(folder)
    except UnreadableFile:
        return [], [f"Floors and ceilings are left out: the data set is not in {folder} any more."]
    if data.info.samples_sha256 != about["samples_sha256"]:
        return [], [f"Floors and ceilings are left out: the data set in {folder} is another one now."]
    asked = {event.id for event in of.events}
    part = Dataset(data.folder, data.info, tuple(one for one in data.samples if one.id in asked))
    try:
        return ceiling_rows(part, resamples=resamples, seed=seed), []
    except (BenchError, InvalidData) as error:
        return [], [f"Floors and ceilings are left out: {error}."]


def _run_notes(of: PersonaRun) -> list[str]:
    notes = []
    if not of.run.complete:
        notes.append("The run was stopped before its end.")
    if len(of.units) < 10:
        notes.append(f"Few readers or groups ({len(of.units)}): intervals over them are rough.")
    return notes
