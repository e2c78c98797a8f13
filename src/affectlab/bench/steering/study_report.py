"""A study in tables: for people as Markdown, for programs as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from affectlab.bench.metrics import Row
from affectlab.bench.report import markdown_table
from affectlab.bench.report.tables import Table, estimate, number
from affectlab.bench.steering.study import CHASE, UNSTEERED, ArmResult, Study
from affectlab.bench.steering.study_plot import study_picture
from affectlab.bench.steering.tuning import Tuned, row_of
from affectlab.files import write_json, writing

_COLUMNS = (
    ("conflict", "accuracy"),
    ("conflict", "macro_f1"),
    ("aligned", "accuracy"),
    ("aligned", "macro_f1"),
    ("missing_conflict", "accuracy"),
    ("missing_aligned", "accuracy"),
    ("overall", "accuracy"),
)


def write_study(study: Study, folder: Path) -> list[Path]:
    """Write ``study.md``, ``study.svg`` and ``study.json``, and return where."""
    markdown, picture, content = (folder / f"study.{kind}" for kind in ("md", "svg", "json"))
    title = f"# Steering {study.settings.model} by {study.settings.plan.name}\n\n"
    with writing(markdown) as temporary:
        temporary.write_text(
            title + "\n".join(markdown_table(table) for table in tables(study)), encoding="utf-8"
        )
    with writing(picture) as temporary:
        temporary.write_text(study_picture(study.arms).svg + "\n", encoding="utf-8")
    write_json(content, to_json(study))
    return [markdown, picture, content]


def tables(study: Study) -> Iterator[Table]:
    """Yield the tables of a study: effect, comparison, kinds of conflict, gate, collapse and tuning."""
    yield _effect(study.arms)
    yield _behind(study.arms)
    yield _kinds(study.arms)
    if study.gate:
        yield _gate(study.gate)
    yield _readings(study.readings)
    if study.tuned:
        yield _tuning(study.tuned)


def to_json(study: Study) -> dict[str, Any]:
    """Return everything a study found, JSON-ready."""
    return {
        "command": "steer study",
        "manifest": study.manifest,
        "rows": [
            {"method": one.arm.name, "role": one.arm.role, **row}
            for one in study.arms
            for row in one.differences
        ],
        "arms": [
            {
                "name": one.arm.name,
                "role": one.arm.role,
                "about": one.arm.about,
                "behind_chase": one.behind,
                "kinds": one.kinds,
            }
            for one in study.arms
        ],
        "gate": study.gate,
        "readings": study.readings,
        "tuned": [
            {"rival": one.rival, "chosen": one.chosen, "tried": [asdict(trial) for trial in one.tried]}
            for one in study.tuned
        ],
    }


def _effect(arms: Sequence[ArmResult]) -> Table:
    steered = [(one.arm, one.differences) for one in arms if one.differences]
    first = steered[0][1] if steered else []
    there = {(row["subset"], row["metric"]) for row in first}
    shown = [of for of in _COLUMNS if of in there]
    rows = [(UNSTEERED, "", *(number(row_of(first, *of)["a"]) for of in shown))]
    for arm, differences in steered:
        rows.append((arm.name, arm.about, *(_gain(row_of(differences, *of)) for of in shown)))
    head = ("steering", "", *(f"{subset} {metric}" for subset, metric in shown))
    caption = "The model left alone, and what each steering adds, with 95 % intervals by source"
    return Table(caption, head, tuple(rows), len(shown))


def _gain(row: Row) -> str:
    return f"{'+' if row['value'] >= 0 else ''}{estimate(row)}"


def _behind(arms: Sequence[ArmResult]) -> Table:
    rows = [
        (one.arm.name, _gain(one.behind), number(one.behind["p"]), number(one.behind["p_holm"]))
        for one in arms
        if one.behind is not None
    ]
    caption = f"Accuracy in conflicts: {CHASE} minus each other, paired"
    return Table(caption, ("steering", "difference", "p", "p (Holm)"), tuple(rows), 3)


def _kinds(arms: Sequence[ArmResult]) -> Table:
    found = {
        one.arm.name: {row["subset"]: row for row in one.kinds if row["metric"] == "accuracy"}
        for one in arms
        if one.kinds
    }
    first = next(iter(found.values()), {})
    rows = [(UNSTEERED, *(f"{number(row['a'])} (n {row['n']})" for row in first.values()))]
    rows += [(name, *(_gain(kinds[kind]) for kind in first)) for name, kinds in found.items()]
    caption = "Accuracy by kind of conflict, and what each steering adds"
    return Table(caption, ("steering", *first), tuple(rows), len(first))


def _gate(gate: Sequence[Row]) -> Table:
    rows = [
        (
            "answers" if one["layer"] is None else f"layer {one['layer']}",
            one["group"],
            str(one["n"]),
            estimate(one | {"value": one["auc"]}),
            number(one["open_in_conflict"]),
            number(one["open_in_agreement"]),
        )
        for one in gate
    ]
    head = ("gate", "clips", "n", "area under ROC", "open in conflict", "open in agreement")
    return Table("The gate on unseen sources", head, tuple(rows), 4)


def _readings(readings: Mapping[str, Sequence[Row]]) -> Table:
    found = {name: {(row["metric"], row["subset"]): row for row in rows} for name, rows in readings.items()}
    first = next(iter(found.values()), {})
    rows = tuple(
        (*key, *(estimate(rows[key]) if key in rows else "\N{EN DASH}" for rows in found.values()))
        for key in first
    )
    return Table("Readings of the collapse instrument", ("reading", "clips", *found), rows, len(found))


def _tuning(tuned: Sequence[Tuned]) -> Table:
    rows = tuple(
        (
            one.rival,
            _written(trial.settings),
            number(trial.gain),
            number(trial.cost),
            "chosen" if trial.settings == one.chosen else "",
        )
        for one in tuned
        for trial in one.tried
    )
    head = ("rival", "settings", "conflict accuracy gained", "aligned macro-F1 lost", "")
    return Table("Rivals tuned on training sources", head, rows, 3)


def _written(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in settings.items()) or "as published"
