"""What each modality contributes to an answer: exact Shapley values over the seven sets of modalities.

The players are text, audio and vision. The worth v(S) of a set S is what the model makes of the clip shown
with S alone: the probability it gives the reference label, or 1 where it answers it and 0 elsewhere. With
three players the average over all orders in which modalities may join is a sum of eight terms, so nothing is
sampled (Shapley, 1953, A value for n-person games). The EmoMM subsets already ask every S.

The empty set is the model's answer to nothing, which nobody asks. Its worth is stated: "prior", the label's
share among the run's clips (for accuracy: 1 where it is the most frequent label), or "uniform", one over the
number of labels.
"""

from __future__ import annotations

from math import factorial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.emomm.clips import FULL, NO_ROW, Clips
from affectlab.bench.majority import label_shares
from affectlab.bench.metrics import Row, row
from affectlab.bench.resampling import mean_intervals
from affectlab.bench.results import Run
from affectlab.errors import InvalidData
from affectlab.models import MODALITIES

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Empty = Literal["prior", "uniform"]

_PLAYERS = len(MODALITIES)


def shapley_values(worth: Array) -> Array:
    """Return the exact Shapley value of each of three players.

    φ_i = Σ_{S without i} |S|! (2 − |S|)! / 3! · (v(S ∪ i) − v(S)).

    Parameters
    ----------
    worth
        Shape (n, 8): v of the sets in binary order (T is 1, A is 2, V is 4), the empty set first.

    Returns
    -------
    Array
        Shape (n, 3) for T, A, V; a row sums to v(TAV) − v(∅).

    Raises
    ------
    InvalidData
        If `worth` has another shape.
    """
    if worth.ndim != 2 or worth.shape[1] != FULL + 1:
        raise InvalidData(f"worth must have shape (n, {FULL + 1}), one column a set, got {worth.shape}")
    values = np.zeros((len(worth), _PLAYERS))
    for player in range(_PLAYERS):
        joined = 1 << player
        for coalition in range(FULL + 1):
            if coalition & joined:
                continue
            size = coalition.bit_count()
            weight = factorial(size) * factorial(_PLAYERS - 1 - size) / factorial(_PLAYERS)
            values[:, player] += weight * (worth[:, coalition | joined] - worth[:, coalition])
    return values


def probability_worth(run: Run, clips: Clips, empty: Empty = "prior") -> Array:
    """Return the probability of the reference label by set, shape (n_clips, 8); NaN where not known."""
    gold = reference(run, clips)
    there, rows = clips.rows != NO_ROW, clips.rows
    worth = np.exp(run.samples.log_probabilities[rows, gold[:, None]])
    worth = np.where(there & (gold >= 0)[:, None], worth, np.nan)
    worth[:, 0] = _prior(run, gold, empty)[gold]
    return worth


def accuracy_worth(run: Run, clips: Clips, empty: Empty = "prior") -> Array:
    """Return whether the reference label is answered, by set, shape (n_clips, 8); NaN where not known."""
    gold = reference(run, clips)
    hits = (run.samples.prediction[clips.rows] == gold[:, None]).astype(float)
    worth = np.where((clips.rows != NO_ROW) & (gold >= 0)[:, None], hits, np.nan)
    shares = _prior(run, gold, empty)
    worth[:, 0] = shares[gold] if empty == "uniform" else gold == shares.argmax()
    return worth


def shapley_rows(
    run: Run, clips: Clips, *, empty: Empty = "prior", resamples: int = 2000, seed: int = 0
) -> list[Row]:
    """Return Shapley values with clustered intervals for aligned and conflict clips and both together.

    Metrics are ``shapley_T``, ``shapley_A``, ``shapley_V`` of the reference label's probability, and
    ``shapley_accuracy_T`` … of accuracy; each with ``…_empty`` and ``…_full``, the worth of nothing and of
    everything, between which the values add up. Only clips with an answer to all seven sets count.
    """
    worths = {
        "shapley": probability_worth(run, clips, empty),
        "shapley_accuracy": accuracy_worth(run, clips, empty),
    }
    rows: list[Row] = []
    for name, worth in worths.items():
        found = np.hstack([shapley_values(worth), worth[:, [0, FULL]]])
        found[~np.isfinite(worth).all(axis=1)] = np.nan
        metrics = [f"{name}_{part}" for part in (*MODALITIES, "empty", "full")]
        rows += group_rows(run, clips, found, metrics, resamples=resamples, seed=seed)
    return rows


def group_rows(
    run: Run, clips: Clips, values: Array, metrics: list[str], *, resamples: int, seed: int
) -> list[Row]:
    """Return the clustered means of per-clip `values`, shape (n_clips, n_metrics), by group of clips."""
    rows: list[Row] = []
    for group, members in clips.groups(run.samples).items():
        sources = run.samples.source[clips.rows[members, FULL]]
        means = mean_intervals(values[members], sources, resamples=resamples, seed=seed)
        rows += [
            {"method": "model", "subset": group, **row(metric, found, n, len(members) - n)}
            for metric, (found, n) in zip(metrics, means, strict=True)
            if n
        ]
    return rows


def reference(run: Run, clips: Clips) -> Indices:
    """Return the reference label of each clip: M where the clip says it, else its complete sample's truth."""
    full = clips.rows[:, FULL]
    fallback = np.where(full != NO_ROW, run.samples.truth[full], NO_ROW)
    stated = clips.channels[:, -1]
    return np.asarray(np.where(stated >= 0, stated, fallback))


def _prior(run: Run, gold: Indices, empty: Empty) -> Array:
    k = len(run.labels)
    return np.full(k, 1 / k) if empty == "uniform" else label_shares(gold[gold >= 0], k)
