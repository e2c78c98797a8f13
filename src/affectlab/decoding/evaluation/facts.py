"""What a sceptical reader asks of figures before looking at them."""

from __future__ import annotations

from typing import Any

import numpy as np

from affectlab.decoding.epochs import Epochs, EpochTable, Target
from affectlab.decoding.evaluation.bench import Bench
from affectlab.decoding.evaluation.folds import Fold, check_disjoint
from affectlab.decoding.evaluation.protocols import PROTOCOLS, find_protocol
from affectlab.decoding.evaluation.settings import EvaluateSettings
from affectlab.decoding.evaluation.sound import sound
from affectlab.errors import DecodingError

Facts = dict[str, Any]


def facts_of(
    epochs: Epochs, bench: Bench, settings: EvaluateSettings, folds: dict[Target, list[Fold]]
) -> Facts:
    """Return what was judged and how, ready for JSON."""
    info, table = epochs.info, bench.epochs.table.take(bench.scored)
    return {
        "dataset": info.dataset,
        "source": info.source,
        "licence": info.licence,
        "sha256": info.sha256,
        "parameters": dict(info.parameters),
        "channels": list(bench.epochs.info.channels),
        "sfreq": info.sfreq,
        "window_seconds": info.length,
        "step_seconds": info.step,
        "protocol": settings.protocol,
        "protocol_about": find_protocol(settings.protocol).about,
        "checked_apart": list(find_protocol(settings.protocol).apart),
        "baseline_seconds": settings.baseline_seconds,
        "people": len(set(table.subject.tolist())),
        "people_with_baseline": len(bench.rest),
        "recordings": len(set(table.recording.tolist())),
        "windows": len(table),
        "windows_set_aside": len(epochs) - len(table),
        "windows_unusable": int((~sound(epochs, settings.least_usable)).sum()),
        "targets": {target: _target_facts(table, target, made) for target, made in folds.items()},
    }


def notes_of(facts: Facts, table: EpochTable, folds: dict[Target, list[Fold]]) -> list[str]:
    """Return in words what limits the figures."""
    notes = []
    if facts["protocol"] == "leaked":
        notes.append(f"LEAKED ON PURPOSE. {PROTOCOLS['leaked'].about}.")
        notes += leaks(next(iter(folds.values()))[0], table)
    for target, about in facts["targets"].items():
        if about["states_are_recordings"]:
            notes.append(
                f"{target}: nobody's high and low windows share a recording. Another state and another "
                "recording (its order, electrodes that dried, drift, posture) cannot be told apart here; see "
                "the drift and artefact controls."
            )
        if about["label_follows_from_stimulus"]:
            notes.append(
                f"{target}: the label follows from the stimulus by construction, so stimulus-mean is told "
                "the answer. It is shown, and is no rival."
            )
    notes.append(
        "Intervals: 95 %, percentile, whole people drawn again with replacement; n is people. They hold for "
        "people like these, recorded like these."
    )
    return notes


def leaks(fold: Fold, table: EpochTable) -> list[str]:
    """Return what the checks of the other protocols say of a fold."""
    found = []
    for name, protocol in PROTOCOLS.items():
        if not protocol.apart:
            continue
        try:
            check_disjoint(fold, table, protocol.apart)
        except DecodingError as error:
            found.append(f"Check of '{name}': {error}.")
        else:
            found.append(f"Check of '{name}': finds nothing.")
    return found


def oracles(facts: Facts, target: Target) -> set[str]:
    """Return the methods that are told the answer in these data."""
    return {"stimulus-mean"} if facts["targets"][target]["label_follows_from_stimulus"] else set()


def _target_facts(table: EpochTable, target: Target, folds: list[Fold]) -> Facts:
    label = table.label(target)
    known = ~np.isnan(label)
    high = label[known] > 0
    return {
        "windows": int(known.sum()),
        "judged": int(sum(fold.test.size for fold in folds)),
        "folds": len(folds),
        "high_share": float(high.mean()),
        "labels": sorted(set(label[known].tolist())) if np.unique(label[known]).size <= 10 else "continuous",
        "states": {name: int(np.sum(table.state[known] == name)) for name in _names(table.state[known])},
        "states_are_recordings": _all_one(table.recording[known], high),
        "label_follows_from_stimulus": _all_one(table.stimulus[known], label[known]),
    }


def _all_one(groups: np.ndarray, values: np.ndarray) -> bool:
    """Whether values are the same within each group."""
    return all(np.unique(values[groups == one]).size == 1 for one in _names(groups))


def _names(column: np.ndarray) -> list[str]:
    return list(dict.fromkeys(column.tolist()))
