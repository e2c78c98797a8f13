"""What a report on AICA runs says, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from affectlab.bench.aica.metrics import DEFINITIONS, OVERALL, confusions
from affectlab.bench.aica.report import _tables as tables
from affectlab.bench.aica.report._arms import PRIMARY, overall_of
from affectlab.bench.aica.report._board import PAPER
from affectlab.bench.aica.report._budget import budgets_of, failures_of
from affectlab.bench.aica.report._figures import (
    arms_picture,
    confusion_picture,
    differences_picture,
    ratings_picture,
)
from affectlab.bench.aica.report._published import SOURCE
from affectlab.bench.drawing import Picture
from affectlab.bench.report.chapters import Book, Chapter

if TYPE_CHECKING:
    from affectlab.bench.aica.report._build import AicaReport, Reported

Row = dict[str, Any]

MOST_CONFUSIONS = 24
"""Figures a run may have; the rest of its confusions are in its rows."""

FEW_SOURCES = 20


def book_of(report: AicaReport) -> Book:
    """Put together what a report says."""
    runs = [_run(one, place) for place, one in enumerate(report.runs)]
    names = ", ".join(one.name for one in report.runs)
    title = f"aica: {names if len(report.runs) == 1 else f'{len(report.runs)} runs side by side'}"
    metrics = {row["metric"] for row in report.rows}
    definitions = [f"{name}: {words}." for name, words in DEFINITIONS.items() if name in metrics]
    return Book(
        title, [_board(report), *runs, _published()], [*_notes(report), *definitions], report.manifest
    )


def _board(report: AicaReport) -> Chapter:
    lines = [line for one in report.runs for line in one.lines]
    notes = [
        f"The line {PAPER!r} averages as the paper's table does: EU is the mean of the basic and the CoT "
        "prompt; ER and EGCG are of the basic prompt; overall is the mean of the three. The other lines take "
        "all three from one arm. A line that lacks a part has no overall figure.",
        "EU enters the overall figure as published_f1, which is 2A / (1 + A) of accuracy A, so that it is on "
        "the scale of the published tables. It is no F1: read macro F1 for how good a model is.",
        "ER and EGCG are the judge's ratings times 20. The paper's scorer was not released, so no other "
        "judge's ratings compare with its figures.",
    ]
    if len({one.run.about["dataset"]["samples_sha256"] for one in report.runs}) > 1:
        notes.append("The runs are of different data sets: their figures cannot be compared with each other.")
    found = [tables.leaderboard(lines)]
    if len(report.runs) > 1:
        found.append(tables.side_by_side({one.name: one.rows for one in report.runs}))
    links = (("gallery.html", "Gallery: every picture with the answers to it"),)
    return Chapter("Leaderboard", tables=tuple(found), notes=tuple(notes), brief=2, links=links)


def _published() -> Chapter:
    notes = (
        f"Copied from {SOURCE}, percent. EU there is the figure of the released code, published_f1 here. ER "
        "and EGCG are of a scorer that was not released.",
    )
    return Chapter(
        "Published figures, not measured here",
        tables=(tables.published_table(), tables.ablation_table()),
        notes=notes,
    )


def _run(one: Reported, place: int) -> Chapter:
    found = (
        tables.understanding_table(one.rows),
        tables.ratings_table(one.rows),
        tables.differences_table(one.differences, overall=OVERALL),
        tables.errors_table(one.rows),
        tables.judged_table(one.rows),
        tables.budget_table(budgets_of(one.run)),
        tables.failures_table(failures_of(one.run)),
        tables.differences_table(one.differences),
    )
    return Chapter(
        one.name, _facts(one), found, partial(_pictures, one, f"run{place}"), tuple(_run_notes(one)), brief=3
    )


def _facts(one: Reported) -> tuple[tuple[str, str], ...]:
    about = one.run.about
    counts = about["counts"]
    return (
        ("model", one.run.name),
        ("revision", str(about["model"].get("revision") or "not said")[:12]),
        ("mode", str(about["mode"])),
        ("data set", str(about["dataset"]["folder"])),
        ("questions", ", ".join(f"{counts[name]} {name}" for name in counts)),
        ("arms", ", ".join(dict.fromkeys(str(row["arm"]) for row in one.run.rows))),
        ("sources", str(len({row["source"] for row in one.run.rows}))),
    )


def _run_notes(one: Reported) -> Iterator[str]:
    run = one.run
    if not run.complete:
        yield f"The run was stopped before its end: {len(run.rows)} questions have an outcome."
    sources = len({row["source"] for row in run.rows})
    if sources < FEW_SOURCES:
        yield f"Few sources ({sources}): intervals are rough{', or absent' if sources < 2 else ''}."
    chosen = {name: value for name, value in (run.about.get("selection") or {}).items() if value}
    if "limit" in chosen or "subsets" in chosen or "split" in chosen:
        words = (f"{name} {chosen[name]}" for name in ("subsets", "split", "limit") if name in chosen)
        yield f"Only a part of the data set was asked: {', '.join(words)}."
    if any(row["task"] in {"er", "egcg"} for row in run.rows) and not one.judged.scores:
        yield f"ER and EGCG are not judged yet: affectlab bench judge {run.folder} --judge MODEL."
    if one.judged.judge:
        trust = one.judged.trust or "its controls are not there, so nothing vouches for its ratings"
        yield f"ER and EGCG were judged by {one.judged.judge}: {trust}."
    if one.judged.unread:
        yield f"{one.judged.unread} ratings of the judge could not be read and are left out."


def _pictures(one: Reported, name: str) -> Iterator[Picture]:
    arms = arms_picture(one.rows, f"{name}-arms")
    if arms:
        yield arms
    for task, metric in PRIMARY.items():
        rows = [row for row in overall_of(one.differences, metric) if row["task"] == task]
        found = differences_picture(rows, f"{name}-{task}-differences")
        if found:
            yield found
    ratings = ratings_picture(one.run, f"{name}-ratings")
    if ratings:
        yield ratings
    for place, ((corpus, arm), (labels, counts)) in enumerate(confusions(one.run).items()):
        if place < MOST_CONFUSIONS:
            yield confusion_picture(labels, counts, f"{corpus}, {arm}", f"{name}-confusion{place}")


def _notes(report: AicaReport) -> list[str]:
    return [
        f"Intervals: 95 % percentile bootstrap over whole sources, {report.resamples} resamples, seed "
        f"{report.seed}; corpora are resampled apart and count the same in a mean over them.",
        "Failed questions are out of every metric; an answer that names no label, or several, is wrong.",
        "Arms are compared on the questions that both answered, and both are resampled together. p is "
        "two-sided; p (Holm) is adjusted over the arms compared with the same one, for the main metric: "
        "accuracy for EU, the judge's score for ER and EGCG.",
        "gat less cot-matched is the fair comparison: the same number of tokens, no regions. gat less "
        "gat-shuffled, gat-random and gat-grid tells whether the regions matter, or any marks would do.",
        "Wrong labels of the right valence are no measure of intensity: compare them with their null, which "
        "is 3/7 where eight labels are drawn evenly. Intensity is measured by the ratings.",
        f"Tables headed PUBLISHED are copied figures of {SOURCE}, not measurements made here.",
    ]
