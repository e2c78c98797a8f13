"""The tables of a persona report, once for the terminal, Markdown and HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from affectlab.bench.metrics import Row
from affectlab.bench.persona.measured import OVERALL, MeasuredRun
from affectlab.bench.persona.scores import SCORES
from affectlab.bench.report.tables import Table, estimate, number

MEASURES: Mapping[str, str] = {
    "appraisal_shift": "mean total variation distance between a reader's prediction and the mean over "
    "readers of the event, 0 to 1",
    "told_shift": "mean total variation distance between predictions with a profile and without, 0 to 1",
    "human_shift": "the appraisal shift of the readers' own answers",
    "alignment": "cosine between the model's and the readers' deviations from the event's mean, −1 to 1",
    "borne_out": "share of the model's deviations that readers bear out: 1 for a model that knows the "
    "readers, 0 for one whose deviations are unrelated to them; p is that of shuffled profiles",
    "illusion_index": "1 − borne_out, between 0 and 1; shuffled profiles are at 1; none where nothing shifts",
    "illusory_shift": "illusion_index times appraisal_shift",
}
"""Our measures, named ours: metric to its definition; formulas in docs/persona-measures.md."""

SENSITIVITY: Mapping[str, str] = {
    "sensitivity": "mean total variation distance between the lowest and the highest value of the trait",
    "monotone_share": "net change over the length of the way, 1 where probabilities only rise or only fall",
    "monotonicity": "mean absolute Spearman correlation between trait and probability",
}

_TERMINAL = ("top1", "macro_f1", "jsd")
_SAME = {"js": "jsd"}
"""Metrics of floors and ceilings that tables call by another name."""


def tables_of(one: MeasuredRun, *, brief: bool = False) -> list[Table]:
    """Return the tables of a run; `brief` leaves out what a terminal has no room for."""
    shown = _TERMINAL if brief else tuple(SCORES)
    found = [
        scores_table(
            one, OVERALL, shown, "Who feels what: predictions of each reader's or group's own emotion"
        ),
        measures_table(one.measures),
        differences_table(one.differences),
        sensitivity_table(one.sensitivity),
    ]
    if not brief:
        found.append(subsets_table(one))
    return [table for table in found if table.rows]


def scores_table(one: MeasuredRun, subset: str, metrics: Sequence[str], caption: str) -> Table:
    """Put the arms above the floors and ceilings of the same events."""
    lines: dict[tuple[str, str], dict[str, Row]] = {}
    for found in one.scores:
        if found["subset"] == subset:
            lines.setdefault((found["arm"], "model"), {})[found["metric"]] = found
    for found in floors_of(one, subset):
        lines.setdefault((found["method"], "floor or ceiling"), {})[found["metric"]] = found
    body = tuple(
        (*about, str(next(iter(cells.values()))["n"]), *(_cell(cells.get(metric)) for metric in metrics))
        for about, cells in lines.items()
        if any(metric in cells for metric in metrics)
    )
    return Table(caption, ("condition", "of", "n", *metrics), body, len(metrics) + 1)


def floors_of(one: MeasuredRun, subset: str) -> list[Row]:
    """Return the floors and ceilings of a subset that the data allow."""
    return [
        {**found, "metric": _SAME.get(found["metric"], found["metric"])}
        for found in one.ceilings
        if found["subset"] == subset and found["value"] is not None
    ]


def measures_table(rows: Sequence[Row]) -> Table:
    """Our measures, one line an arm."""
    lines: dict[str, dict[str, Row]] = {}
    for one in rows:
        lines.setdefault(one["arm"], {})[one["metric"]] = one
    body = tuple(
        (
            arm,
            str(next(iter(cells.values()))["n"]),
            *(_cell(cells.get(metric)) for metric in MEASURES),
            _p(cells),
        )
        for arm, cells in lines.items()
    )
    caption = "Our measures: what changing only the profile does"
    return Table(caption, ("condition", "n", *MEASURES, "p"), body, len(MEASURES) + 2)


def differences_table(rows: Sequence[Row]) -> Table:
    """Paired differences between conditions."""
    body = tuple(
        (
            f"{one['arm']} − {one['against']}",
            one["metric"],
            str(one["n"]),
            estimate(one),
            number(one["p"]),
            "" if one["p_holm"] is None else number(one["p_holm"]),
        )
        for one in rows
    )
    head = ("conditions", "metric", "n", "difference", "p", "p (Holm)")
    return Table("Differences between conditions on the same questions", head, body, 4)


def sensitivity_table(rows: Sequence[Row]) -> Table:
    """Put what a sweep of one trait does in one line for each trait and arm."""
    lines: dict[tuple[str, str], dict[str, Row]] = {}
    for one in rows:
        lines.setdefault((one["arm"], one["trait"]), {})[one["metric"]] = one
    body = tuple(
        (*about, str(next(iter(cells.values()))["n"]), *(_cell(cells.get(metric)) for metric in SENSITIVITY))
        for about, cells in lines.items()
    )
    head = ("condition", "trait", "events", *SENSITIVITY)
    return Table("One trait swept, everything else fixed", head, body, len(SENSITIVITY) + 1)


def subsets_table(one: MeasuredRun) -> Table:
    """Top-1 by kind of event."""
    subsets = list(dict.fromkeys(found["subset"] for found in one.scores))
    lines: dict[str, dict[str, Row]] = {}
    for found in one.scores:
        if found["metric"] == "top1":
            lines.setdefault(found["arm"], {})[found["subset"]] = found
    for subset in subsets:
        for found in floors_of(one, subset):
            if found["metric"] == "top1":
                lines.setdefault(found["method"], {})[subset] = found
    body = tuple((arm, *(_cell(cells.get(subset)) for subset in subsets)) for arm, cells in lines.items())
    return Table(
        "Top-1 by kind of event", ("condition", *subsets), body if len(subsets) > 1 else (), len(subsets)
    )


def definitions(one: MeasuredRun) -> list[str]:
    """Say what each metric that occurs is."""
    there = {found["metric"] for found in one.rows}
    named = {**SCORES, **MEASURES, **SENSITIVITY}
    return [f"{metric}: {words}." for metric, words in named.items() if metric in there]


def _cell(found: Row | None) -> str:
    if found is None or not math.isfinite(found["value"]):
        return "–"
    if not _known(found):
        return number(found["value"])
    return estimate(found)


def _known(found: Row) -> bool:
    ends = (found["low"], found["high"])
    return all(end is not None and math.isfinite(end) for end in ends)


def _p(cells: Mapping[str, Row]) -> str:
    p = cells["borne_out"]["p"] if "borne_out" in cells else None
    return "–" if p is None else number(p)
