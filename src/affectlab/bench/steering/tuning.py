"""Rivals get the chances CHASE gets: each is tuned on training sources, by the same rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from affectlab.bench.compare import compare
from affectlab.bench.metrics import Row
from affectlab.bench.steering.trial import Trials
from affectlab.steering.model import Steering
from affectlab.steering.plan import ChasePlan
from affectlab.steering.rivals import RIVALS, site_of

JUDGED = ("conflict", "aligned")
"""What decides between settings: complete clips, in conflict and not."""

WORST = 0.01
"""A setting that costs more macro-F1 than this where modalities agree is taken only if all do."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One setting of a rival on training sources.

    Parameters
    ----------
    settings
        What was tried.
    gain
        Accuracy gained in conflicts.
    cost
        Macro-F1 lost where modalities agree.
    """

    settings: dict[str, Any]
    gain: float
    cost: float


@dataclass(frozen=True, slots=True)
class Tuned:
    """A rival at its best.

    Parameters
    ----------
    rival
        Its name.
    steering
        With the settings that were chosen.
    chosen
        Those settings.
    tried
        Everything that was tried.
    """

    rival: str
    steering: Steering
    chosen: dict[str, Any]
    tried: tuple[Tried, ...]


def tuned_rivals(names: Sequence[str], plan: ChasePlan, trials: Trials) -> Iterator[Tuned]:
    """Try every setting of each rival's grid on training sources and yield it with the best.

    The best gains most accuracy in conflicts among those that cost at most `WORST` where modalities agree.
    """
    if not names:
        return
    unsteered = trials.run("unsteered", None)
    site = site_of(trials.model, plan)
    for name in names:
        rival = RIVALS[name]
        steerings = [rival.build(settings, site) for settings in rival.grid]
        tried = []
        for number, (settings, steering) in enumerate(zip(rival.grid, steerings, strict=True)):
            rows = compare(unsteered, trials.run(f"{name}-{number}", steering), resamples=1)
            content = settings.model_dump(mode="json", exclude_defaults=True)
            gain = float(row_of(rows, "conflict", "accuracy")["value"])
            cost = 0.0 - float(row_of(rows, "aligned", "macro_f1")["value"])
            tried.append(Tried(content, gain, cost))
        best = max(range(len(tried)), key=lambda at: (tried[at].cost <= WORST, tried[at].gain))
        yield Tuned(name, steerings[best], tried[best].settings, tuple(tried))


def row_of(rows: Sequence[Row], subset: str, metric: str) -> Row:
    """Return the row of one metric on one subset."""
    return next(row for row in rows if (row["subset"], row["metric"]) == (subset, metric))
