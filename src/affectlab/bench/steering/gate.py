"""How well a plan's gate tells conflicts of sources it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from affectlab.bench.metrics import Row
from affectlab.models import Media, Quote
from affectlab.models.hf.model import HfModel
from affectlab.steering.answer_gates import disagreement, entropy
from affectlab.steering.case import Case
from affectlab.steering.features import collect
from affectlab.steering.plan import ChasePlan
from affectlab.steering.roc import roc_curve
from affectlab.steering.router import probability

_FALSE_ALARMS = np.linspace(0, 1, 21)
"""Where a kept curve is read off."""


def gate_rows(
    model: HfModel,
    plan: ChasePlan,
    cases: Sequence[Case],
    progress: Callable[[int, int], None],
    *,
    resamples: int,
    seed: int,
) -> list[Row]:
    """Judge the plan's gate on unseen cases.

    Returns
    -------
    list
        A row for each layer's probe, or one for a gate that looks at answers (its ``layer`` is None), and
        each group of cases ("complete" or "missing" a modality): ``auc`` with ``low`` and ``high`` by source,
        ``n``, ``open_in_conflict`` and ``open_in_agreement`` at the plan's ``threshold``, and the ``curve``
        as pairs of false alarms and hits. Empty for a gate that is always open.
    """
    conflict = np.array([case.conflict for case in cases])
    sources = np.array([case.source for case in cases], dtype=object)
    complete = np.array([_shown(case) > 2 for case in cases])
    rows = []
    for layer, values, threshold in _values(model, plan, cases, progress):
        for group, members in (("complete", complete), ("missing", ~complete)):
            known = members & np.isfinite(values)
            truth = conflict[known]
            if not truth.any() or truth.all():
                continue
            found = roc_curve(values[known], truth, sources[known].tolist(), resamples=resamples, seed=seed)
            opened = values[known] >= threshold
            hits = np.interp(_FALSE_ALARMS, found.false_positives, found.true_positives)
            rows.append(
                {
                    "layer": layer,
                    "group": group,
                    "auc": found.auc.value,
                    "low": found.auc.low,
                    "high": found.auc.high,
                    "n": int(known.sum()),
                    "threshold": threshold,
                    "open_in_conflict": float(opened[truth].mean()),
                    "open_in_agreement": float(opened[~truth].mean()),
                    "curve": np.column_stack([_FALSE_ALARMS, hits]).round(4).tolist(),
                }
            )
    return rows


def _values(
    model: HfModel, plan: ChasePlan, cases: Sequence[Case], progress: Callable[[int, int], None]
) -> Iterator[tuple[int | None, NDArray[np.float64], float]]:
    """Yield layer, what its gate says of each case, NaN where it cannot, and the threshold."""
    requests = [case.request for case in cases]
    if plan.settings.gate == "probe":
        probes = {layer: one.probe for layer, one in plan.layers.items() if one.probe is not None}
        found = collect(model, requests, plan.labels, sorted(probes), progress=progress)
        for layer in sorted(probes):
            values = probability(probes[layer], torch.from_numpy(found.features[layer]))
            yield layer, values.double().numpy(), plan.settings.tau
    elif plan.answer_gate is not None:
        asked = {"entropy": entropy, "disagreement": disagreement}[plan.settings.gate]
        yield None, asked(model, requests, plan.labels), plan.answer_gate.threshold


def _shown(case: Case) -> int:
    """Return how many modalities a request shows."""
    quoted = any(isinstance(part, Quote) for part in case.request.parts)
    kinds = {"V" if part.kind != "audio" else "A" for part in case.request.parts if isinstance(part, Media)}
    return quoted + len(kinds)
