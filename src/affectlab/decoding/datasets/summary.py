"""What a folder of epochs holds, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from affectlab.decoding.epochs import TARGETS, Epochs, EpochTable

USABLE = 0.5
"""Quality from which a channel of a window counts as usable: it joins the average reference from there."""


def summary_rows(epochs: Epochs) -> list[dict[str, Any]]:
    """Return one row a figure: people, recordings, windows, hours, labels and quality."""
    table = epochs.table
    rows = [
        _row("subjects", len(set(table.subject))),
        _row("recordings", len(set(table.recording))),
        _row("windows", len(table)),
        _row("hours", covered_seconds(table) / 3600),
        _row("baseline_windows", int(table.baseline.sum())),
        _row("usable", float((epochs.quality >= USABLE).mean()), n=epochs.quality.size),
    ]
    rows += [
        {"state": state, **_row("windows", int((table.state == state).sum()))}
        for state in sorted(set(table.state) - {""})
    ]
    for target in TARGETS:
        label = table.label(target)
        known = label[np.isfinite(label)]
        rows.append({"target": target, **_row("labelled", len(known) / len(label), n=len(label))})
        if len(known):
            rows.append({"target": target, **_row("high", float((known > 0).mean()), n=len(known))})
    return rows


def covered_seconds(table: EpochTable) -> float:
    """Return the seconds of EEG that lie in at least one window."""
    total = 0.0
    for name in dict.fromkeys(table.recording):
        rows = table.recording == name
        order = np.argsort(table.start[rows])
        start, stop = table.start[rows][order], table.stop[rows][order]
        following = np.append(start[1:], np.inf)
        total += float((np.minimum(stop, following) - start).sum())
    return total


def _row(metric: str, value: float, n: int | None = None) -> dict[str, Any]:
    return {"metric": metric, "value": value, "low": None, "high": None, "n": n}
