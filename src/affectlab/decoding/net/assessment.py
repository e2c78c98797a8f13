"""How networks do on the people they held out, as far as that can be told before a real test.

Each network is judged on people it has not learned from, but was stopped on, and with the scaling that was
fitted on them: a little too well; the decoder itself has learned from all of them. ``affectlab decode
evaluate`` is the test.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from affectlab.decoding.evaluation.method import Examples
from affectlab.decoding.evaluation.metrics import Judged, auc, balanced_accuracy, concordance, coverage, ece
from affectlab.decoding.net.scaling import HeldOut

_METRICS = {
    "balanced_accuracy": balanced_accuracy,
    "auc": auc,
    "ccc": concordance,
    "ece": ece,
    "coverage68": coverage(1.0),
}


def assess(held_out: HeldOut, examples: Examples) -> list[dict[str, Any]]:
    """Return rows of target, metric, value and n."""
    rows: list[dict[str, Any]] = []
    for axis in held_out.axes:
        label = examples.table.label(axis)
        known = np.isfinite(label)
        judged = Judged(label[known], *(one[known] for one in held_out.beliefs[axis]))
        rows.extend(
            {"target": axis, "metric": name, "value": round(measure(judged), 4), "n": int(known.sum())}
            for name, measure in _METRICS.items()
        )
    return rows
