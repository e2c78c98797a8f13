"""Means over questions as rows, with intervals clustered by scenario."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affectlab.bench.metrics import Row, row
from affectlab.bench.resampling import Resampler, difference, mean_intervals

Value = tuple[str, float]
"""The scenario of a question, and a number for it."""


def mean_row(
    metric: str, values: Sequence[Value], *, scale: float = 1.0, failed: int = 0, resamples: int, seed: int
) -> Row:
    """Return the mean of `values` times `scale`, with its interval."""
    sources = np.array([source for source, _ in values], dtype=object)
    column = scale * np.array([[value] for _, value in values])
    ((found, n),) = mean_intervals(column, sources, resamples=resamples, seed=seed)
    return row(metric, found, n, failed)


def difference_row(metric: str, values: Sequence[Value], *, resamples: int, seed: int) -> Row:
    """Return the mean of paired differences, with interval and two-sided p."""
    resampler = Resampler(
        np.array([source for source, _ in values], dtype=object), resamples=resamples, seed=seed
    )
    columns = np.array([[value, 1.0] for _, value in values])
    observed, drawn = resampler.sums(columns)
    found = difference(observed[0] / observed[1], drawn[:, 0] / drawn[:, 1], resampler.groups)
    return {**row(metric, found, len(values), 0), "p": found.p}
