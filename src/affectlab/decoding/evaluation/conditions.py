"""What an evaluation varies: how much is known of a person, which electrodes, which part of the signal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from affectlab.decoding.epochs import EpochTable
from affectlab.decoding.evaluation.method import person_of
from affectlab.decoding.evaluation.settings import EvaluateSettings

Signals = Literal["eeg", "artefacts", "cleaned"]
Labels = Literal["given", "time"]

REST_SECONDS = (0.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0)
"""Of a person's own rest, on the calibration curve."""

OWN_SECONDS = (0.0, 15.0, 30.0, 60.0)
"""Of a person's own labelled data in each of their stretches of one label, on the calibration curve."""

MONTAGES: dict[str, tuple[str, ...]] = {
    "2 channels": ("Fp1", "Fp2"),
    "4 channels": ("Fp1", "Fp2", "T7", "T8"),
    "8 channels": ("Fp1", "Fp2", "F7", "F8", "T7", "T8", "P3", "P4"),
}
"""Subsets of the channel curve; all channels are the evaluation itself."""

LEAST_SCORED = 5
"""Windows of rest that must be left to score for each person, for a length to be on the curve (ours)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One way to run all methods.

    Parameters
    ----------
    name
        Short, fit for a file name; "" for the evaluation itself.
    keys
        What its rows say of it beside method, target and metric.
    baseline_seconds
        Rest that is known.
    reserved_seconds
        Rest that is not scored.
    own_seconds, own_reserved
        Of each stretch of the judged person: learned from, and not scored.
    channels
        Electrodes; all when empty.
    signals
        The EEG, what is eyes and muscle in it, or what is left without them.
    labels
        As given, or early against late rest.
    """

    name: str
    baseline_seconds: float
    keys: dict[str, Any] = field(default_factory=dict, hash=False)
    reserved_seconds: float = 0.0
    own_seconds: float = 0.0
    own_reserved: float = 0.0
    channels: tuple[str, ...] = ()
    signals: Signals = "eeg"
    labels: Labels = "given"


def conditions(settings: EvaluateSettings, table: EpochTable, channels: tuple[str, ...]) -> list[Condition]:
    """Return the evaluation itself, then what its curves and controls need.

    Parameters
    ----------
    settings
        What is asked.
    table
        Windows of the data set: what is too short for a point of a curve has none.
    channels
        Electrodes of the data set; montages that need others are left out.
    """
    main = Condition("", settings.baseline_seconds, channels=settings.channels)
    found = [main]
    if "calibration" in settings.curves:
        found += [*_of_rest(main, table), *_of_labels(main, table, settings)]
    if "channels" in settings.curves:
        found += _of_channels(main, channels)
    if "artefacts" in settings.controls:
        found += _of_signals(main)
    if "drift" in settings.controls:
        keys = {"control": "drift", "labels": "late against early rest"}
        found.append(replace(main, name="drift", keys=keys, labels="time"))
    return found


def _of_rest(main: Condition, table: EpochTable) -> Iterator[Condition]:
    lengths = [seconds for seconds in REST_SECONDS if _leaves(table, seconds)]
    for seconds in lengths:
        yield replace(
            main,
            name=f"rest-{seconds:g}",
            keys={"curve": "calibration", "own": "rest", "seconds": seconds},
            baseline_seconds=seconds,
            reserved_seconds=max(lengths),
        )


def _leaves(table: EpochTable, seconds: float) -> bool:
    """Whether everybody with rest has enough of it left behind the first `seconds`."""
    person = person_of(table)
    people = dict.fromkeys(person[table.baseline].tolist())
    counts = [np.sum(table.baseline & (person == name) & (table.start >= seconds)) for name in people]
    return bool(counts) and min(counts) >= LEAST_SCORED


def _of_labels(main: Condition, table: EpochTable, settings: EvaluateSettings) -> Iterator[Condition]:
    if settings.protocol != "loso":
        return
    shortest = min(_lengths(table), default=0.0)
    lengths = [seconds for seconds in OWN_SECONDS if seconds <= shortest / 2]
    if len(lengths) < 2:
        return
    for seconds in lengths:
        yield replace(
            main,
            name=f"own-{seconds:g}",
            keys={"curve": "calibration", "own": "labelled, of each state", "seconds": seconds},
            own_seconds=seconds,
            own_reserved=max(lengths),
        )


def _lengths(table: EpochTable) -> Iterator[float]:
    for name in dict.fromkeys(table.recording.tolist()):
        rows = table.recording == name
        yield float(table.stop[rows].max() - table.start[rows].min())


def _of_channels(main: Condition, channels: tuple[str, ...]) -> Iterator[Condition]:
    for name, montage in MONTAGES.items():
        if set(montage) < set(channels):
            keys = {"curve": "channels", "channels": len(montage), "montage": " ".join(montage)}
            yield replace(main, name=name.replace(" ", "-"), keys=keys, channels=montage)


def _of_signals(main: Condition) -> Iterator[Condition]:
    for name, signals, words in (
        ("artefacts", "artefacts", "eyes and muscle only"),
        ("cleaned", "cleaned", "without eyes and muscle"),
    ):
        keys = {"control": "artefacts", "signals": words}
        yield replace(main, name=name, keys=keys, signals=signals)  # type: ignore[arg-type]
