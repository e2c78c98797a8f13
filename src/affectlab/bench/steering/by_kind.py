"""Where a steering gains: kinds of conflict told apart by who disagrees with whom.

A gain in conflicts is a sum of gains and losses: attention moved towards the face finds the label where voice
or words are the odd one out, and loses it where the face is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.emomm.clips import clips_of
from affectlab.bench.emomm.profile import conflicts
from affectlab.bench.metrics import Row
from affectlab.bench.resampling import mean_intervals
from affectlab.bench.results import Run, Samples


def kind_rows(unsteered: Run, steered: Run, *, resamples: int, seed: int) -> list[Row]:
    """Return by how much each kind of conflict is answered better, sample by sample.

    Parameters
    ----------
    unsteered, steered
        Runs on the same data set; samples that only one of them answered are left out.
    resamples, seed
        Of the bootstrap, clustered by source.

    Returns
    -------
    list
        Rows with ``subset`` (see `affectlab.bench.emomm.profile.Conflict`), ``metric`` (``accuracy``, and
        ``log_probability`` of the label where both runs know it), ``value``, ``low`` and ``high`` of the
        difference, ``a`` and ``b`` (the two means) and ``n``.
    """
    rows: list[Row] = []
    place = {name: at for at, name in enumerate(steered.samples.id)}
    for kind in conflicts(unsteered, clips_of(unsteered)):
        here = np.array([row for row in kind.rows if unsteered.samples.id[row] in place], dtype=np.intp)
        there = np.array([place[name] for name in unsteered.samples.id[here]], dtype=np.intp)
        before, after = unsteered.samples.take(here), steered.samples.take(there)
        sources = before.source
        for metric, was, now in _metrics(before, after):
            values = np.stack([now - was, was, now], axis=1)
            values[~np.isfinite(values).all(axis=1)] = np.nan
            (gain, n), (a, _), (b, _) = mean_intervals(values, sources, resamples=resamples, seed=seed)
            if n:
                rows.append(
                    {
                        "subset": kind.name,
                        "metric": metric,
                        "value": gain.value,
                        "low": gain.low,
                        "high": gain.high,
                        "a": a.value,
                        "b": b.value,
                        "n": n,
                    }
                )
    return rows


def _metrics(before: Samples, after: Samples) -> list[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    return [
        ("accuracy", _right(before), _right(after)),
        ("log_probability", _of_label(before), _of_label(after)),
    ]


def _right(samples: Samples) -> NDArray[np.float64]:
    """Return 1 where the answer is the label, 0 where it is not, NaN where the model could not be asked."""
    right = (samples.prediction == samples.truth).astype(float)
    return np.where(samples.failed, np.nan, right)


def _of_label(samples: Samples) -> NDArray[np.float64]:
    if not samples.log_probabilities.shape[1]:
        return np.full(len(samples), np.nan)
    return samples.log_probabilities[np.arange(len(samples)), samples.truth]
