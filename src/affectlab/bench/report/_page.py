"""A report as one HTML page that needs nothing from anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from affectlab.bench.drawing import Picture
from affectlab.bench.emomm.clips import BOTH
from affectlab.bench.emomm.figures import (
    contribution_picture,
    heads_picture,
    layers_picture,
    profile_picture,
)
from affectlab.bench.report import markup as h
from affectlab.bench.report._contents import Part, contents_of
from affectlab.bench.report._notes import NOT_A_DEVICE
from affectlab.bench.report._plots import (
    accuracy_picture,
    calibration_picture,
    confusion_picture,
    runs_picture,
)
from affectlab.bench.subsets import OVERALL, scheme_of

if TYPE_CHECKING:
    from affectlab.bench.emomm.vcc import Fingerprint
    from affectlab.bench.report._build import Report, RunReport

_CONTRIBUTIONS = (
    ("drop", "probability lost without it"),
    ("shapley", "Shapley value of probability"),
    ("shapley_accuracy", "Shapley value of accuracy"),
)


def to_html(report: Report) -> str:
    contents = contents_of(report)
    return h.document(
        contents.title,
        h.element("header", h.element("h1", contents.title), h.element("p", NOT_A_DEVICE, kind="device")),
        h.element(
            "main",
            *(_section(report, part) for part in contents.parts),
            h.section("How to read the numbers", h.bullets(contents.notes)),
            h.section("Manifest", h.folded("What this report was made of", h.listing(report.manifest))),
        ),
    )


def _section(report: Report, part: Part) -> h.Markup:
    if part.run is None:
        series = {one.name: one.rows for one in report.runs if one.rows}
        pictures = [runs_picture(series, "runs")] if series else []
    else:
        pictures = list(_pictures(report.runs[part.run], f"run{part.run}"))
    scores, rest = part.tables[:1], part.tables[1:]
    return h.section(
        part.title,
        h.facts(part.facts) if part.facts else "",
        *map(h.table, scores),
        h.element("div", *map(h.figure, pictures), kind="figures"),
        *map(h.table, rest),
        h.bullets(part.notes),
    )


def _pictures(one: RunReport, name: str) -> Iterator[Picture]:
    """Draw everything the run has figures for; `name` keeps the figures of several runs apart."""
    if one.rows:
        yield accuracy_picture(one.rows, f"{name}-accuracy")
    run = one.run
    subset, rows = next(
        (found for found in scheme_of(run.benchmark).rows(run.samples.subset).items() if found[0] == OVERALL),
        ("all samples", None),
    )
    samples = run.samples if rows is None else run.samples.take(rows)
    if not samples.failed.all():
        yield confusion_picture(samples, run.labels, subset, f"{name}-confusion")
    calibration = calibration_picture(samples, subset, f"{name}-calibration")
    if calibration:
        yield calibration
    if one.profile:
        yield profile_picture(one.profile, f"{name}-profile")
    if one.instrument:
        yield from _instrument_pictures(one.instrument, name)


def _instrument_pictures(instrument: Fingerprint, name: str) -> Iterator[Picture]:
    for metric, words in _CONTRIBUTIONS:
        rows = instrument.select(f"{metric}_")
        if any(one["subset"] != BOTH and one["metric"] == f"{metric}_T" for one in rows):
            yield contribution_picture(rows, metric, words, f"{name}-{metric}")
    attention = instrument.attention
    for group in ("conflict", "aligned"):
        if group in attention:
            yield heads_picture(attention[group], group, f"{name}-heads-{group}")
    if attention.keys() - {BOTH}:
        yield layers_picture(attention, "shares", "attention share", f"{name}-shares")
        yield layers_picture(attention, "efficiency", "attention efficiency (AEI)", f"{name}-aei")
