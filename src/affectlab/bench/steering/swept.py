"""What a sweep has found: one trial for each combination of settings, the best of them, tables and rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectlab.bench.report import markdown_table
from affectlab.bench.report.tables import Table, estimate, number
from affectlab.bench.steering.gains import METRICS, SUBSETS, Gain
from affectlab.bench.steering.grid import SWEPT
from affectlab.bench.steering.settings import SweepSettings
from affectlab.files import write_json, writing
from affectlab.steering.plan import ChaseSettings, DataPrint

MAY_COST = 0.01
"""Macro-F1 on aligned cases that a setting may cost and still be chosen."""

_UNSTEERED = "unsteered"


@dataclass(frozen=True, slots=True)
class Trial:
    """One combination of settings.

    Parameters
    ----------
    settings
        What was tried; None for the unsteered model.
    gains
        Every metric in conflict and in agreement.
    opened
        Subset to the share of its cases for which the gate opened somewhere.
    """

    settings: ChaseSettings | None
    gains: tuple[Gain, ...]
    opened: dict[str, float]

    def of(self, subset: str, metric: str) -> Gain | None:
        """Return one of the gains, None where there are no such cases."""
        return next((one for one in self.gains if (one.subset, one.metric) == (subset, metric)), None)

    @property
    def worth(self) -> float | None:
        """Gain of accuracy in conflict; None where aligned cases pay more than `MAY_COST` for it."""
        conflict, aligned = self.of("conflict", "accuracy"), self.of("aligned", "macro_f1")
        # The small difference keeps noise in the last digit from deciding at the bound itself.
        if conflict is None or (aligned is not None and aligned.gain.value < -MAY_COST - 1e-9):
            return None
        return conflict.gain.value


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep has found.

    Parameters
    ----------
    settings
        What was tried, on what.
    fitted_on, tuned_on
        The two parts of the training side.
    trials
        The unsteered model first.
    best
        See `best_of`.
    manifest
        What it was made of.
    """

    settings: SweepSettings
    fitted_on: DataPrint
    tuned_on: DataPrint
    trials: tuple[Trial, ...]
    best: Trial | None
    manifest: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``steer sweep --json`` prints."""
        return {
            "command": "steer sweep",
            "manifest": self.manifest,
            "fitted_on": self.fitted_on.model_dump(mode="json"),
            "tuned_on": self.tuned_on.model_dump(mode="json"),
            "best": None if self.best is None else settings_words(self.best.settings),
            "rows": trial_rows(self.trials),
        }

    @property
    def table(self) -> Table:
        return trial_table(self.trials, "Settings tried on sources that were not fitted on")

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know when reading the table, and which setting is best."""
        fitted, tuned = self.fitted_on, self.tuned_on
        return (
            f"Fitted on {fitted.cases} cases of {fitted.sources} training sources, judged on {tuned.cases} "
            f"cases ({tuned.conflicts} in conflict) of {tuned.sources} others. Gains are paired differences "
            "to the unsteered model with 95 % intervals by source.",
            "The best of many settings looks better than it is: judge it on the test side.",
            _verdict(self.best),
        )


def write_sweep(found: Sweep, folder: Path) -> None:
    """Write ``sweep.json`` and ``sweep.md``."""
    write_json(folder / "sweep.json", found.to_json())
    text = "\n".join(
        [f"# Steering {found.settings.model}: settings", "", markdown_table(found.table), *found.notes, ""]
    )
    with writing(folder / "sweep.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


def _verdict(best: Trial | None) -> str:
    if best is None:
        return f"No setting gains in conflict at a cost of at most {MAY_COST:g} of macro-F1 on aligned cases."
    words = ", ".join(f"{name} {value}" for name, value in settings_words(best.settings).items())
    return f"Best, with at most {MAY_COST:g} of macro-F1 lost on aligned cases: {words}."


def best_of(trials: Sequence[Trial]) -> Trial | None:
    """Return the trial with the largest gain in conflict at no more than the allowed cost.

    Of equals the first. None where nothing gains.
    """
    worthy = [
        (one.worth, -place) for place, one in enumerate(trials) if one.settings and (one.worth or 0) > 0
    ]
    return trials[-max(worthy)[1]] if worthy else None


def settings_words(settings: ChaseSettings | None) -> dict[str, str]:
    """Return the settings that can be swept as they are written on the command line."""
    if settings is None:
        return dict.fromkeys(SWEPT, "")
    layers = settings.layers
    return {
        "k": str(settings.k),
        "eta": f"{settings.eta:g}",
        "tau": f"{settings.tau:g}",
        "layers": layers if isinstance(layers, str) else ",".join(map(str, layers)),
        "target": ",".join(f"{name}={part:.3g}" for name, part in settings.target.items()),
    }


def trial_rows(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Return one row for each trial, kind of cases and metric, as ``--json`` prints them."""
    return [
        {
            "method": _UNSTEERED if trial.settings is None else "chase",
            **settings_words(trial.settings),
            "subset": one.subset,
            "metric": one.metric,
            "value": _known(one.value),
            "low": _known(one.low),
            "high": _known(one.high),
            "n": one.n,
            "gain": _known(one.gain.value),
            "gain_low": _known(one.gain.low),
            "gain_high": _known(one.gain.high),
            "p": _known(one.gain.p),
            "opened": trial.opened[one.subset],
        }
        for trial in trials
        for one in trial.gains
    ]


def trial_table(trials: Sequence[Trial], caption: str) -> Table:
    """Put trials one below the other; only settings that differ have a column."""
    words = [settings_words(one.settings) for one in trials]
    varied = [name for name in SWEPT if len({one[name] for one in words[1:]}) > 1]
    columns = [(subset, metric) for subset in SUBSETS for metric in METRICS]
    head = (
        *varied,
        *(f"{subset} {metric}" for subset, metric in columns),
        *(f"{subset} gain" for subset in SUBSETS),
        *(f"{subset} F1 gain" for subset in SUBSETS),
        *(f"{subset} opened" for subset in SUBSETS),
    )
    rows = tuple(
        (
            *(said[name] or _UNSTEERED for name in varied),
            *(_value(trial.of(*column)) for column in columns),
            *(_gain(trial.of(subset, "accuracy")) for subset in SUBSETS),
            *(_gain(trial.of(subset, "macro_f1")) for subset in SUBSETS),
            *(number(trial.opened[subset]) for subset in SUBSETS),
        )
        for trial, said in zip(trials, words, strict=True)
    )
    return Table(caption, head, rows, len(head) - len(varied))


def _known(value: float) -> float | None:
    """Return None for what JSON cannot say: the ends of an interval from a single source."""
    return value if math.isfinite(value) else None


def _value(found: Gain | None) -> str:
    return "" if found is None else number(found.value)


def _gain(found: Gain | None) -> str:
    if found is None:
        return ""
    return estimate({"value": found.gain.value, "low": found.gain.low, "high": found.gain.high})
