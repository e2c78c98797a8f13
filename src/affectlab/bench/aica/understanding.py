"""How well the emotion of images is named: metrics as functions of sums over images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import (
    canberra_metric,
    chebyshev_distance,
    clark_distance,
    cosine_similarity,
    intersection_similarity,
    jensen_shannon_divergence,
    kullback_leibler_divergence,
)
from affectlab.bench.aica.spaces import LabelSpace
from affectlab.bench.metrics import Scale, evaluate
from affectlab.bench.resampling import Resampler

Array = NDArray[np.float64]

_NONE = np.empty(0)
_LEAST = 1e-10
"""Likelihoods below it count as it in the Kullback-Leibler divergence, which would be infinite. Ours."""


def _clark(votes: Array, shares: Array) -> Array:
    return np.asarray(clark_distance(votes, shares) / np.sqrt(votes.shape[-1]))


def _canberra(votes: Array, shares: Array) -> Array:
    return np.asarray(canberra_metric(votes, shares) / votes.shape[-1])


def _divergence(votes: Array, shares: Array) -> Array:
    floored = np.maximum(shares, _LEAST)
    return kullback_leibler_divergence(votes, floored / floored.sum(axis=-1, keepdims=True))


_BETWEEN: Mapping[str, Callable[[Array, Array], Array]] = {
    "jsd": jensen_shannon_divergence,
    "chebyshev": chebyshev_distance,
    "clark": _clark,
    "canberra": _canberra,
    "kl": _divergence,
    "cosine": cosine_similarity,
    "intersection": intersection_similarity,
}
"""Of votes and likelihoods; Clark's and Canberra's are divided by their largest values."""


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Answers about the images of one corpus in one arm, and what is summed of them.

    Parameters
    ----------
    space
        The labels, k of them.
    truth
        Index of the main label, shape (n,).
    target
        True distribution, shape (n, k).
    prediction
        Index of the label named, k where none is; shape (n,).
    probabilities
        Likelihoods as shares, shape (n, k), NaN rows where there are none.
    sources
        What intervals cluster by, shape (n,).
    """

    space: LabelSpace
    truth: NDArray[np.intp]
    target: Array
    prediction: NDArray[np.intp]
    probabilities: Array
    sources: NDArray[np.object_]

    @classmethod
    def of(cls, space: LabelSpace, rows: Sequence[Mapping[str, Any]]) -> Named:
        """Read the rows of ``answers.parquet``, none of which failed."""
        k = len(space.labels)
        place = {label: index for index, label in enumerate(space.labels)}
        target = np.array([[row["target"].get(label, 0.0) for label in space.labels] for row in rows])
        shares = [
            [row["probabilities"].get(label, np.nan) for label in space.labels]
            if row["probabilities"]
            else [np.nan] * k
            for row in rows
        ]
        return cls(
            space,
            target.argmax(axis=1),
            target,
            np.array([place.get(row["prediction"], k) for row in rows], dtype=np.intp),
            np.array(shares),
            np.array([row["source"] for row in rows], dtype=object),
        )

    @property
    def confusion(self) -> Array:
        """Answers by true label (rows) and label named, the last column unparsed, shape (k, k + 1)."""
        k = len(self.space.labels)
        found = np.zeros((k, k + 1))
        np.add.at(found, (self.truth, self.prediction), 1)
        return found

    def columns(self) -> tuple[Array, dict[str, slice]]:
        """Return what is summed, shape (n, width), and where in a sum it lies."""
        k = len(self.space.labels)
        parts = {"confusion": np.eye(k * (k + 1))[self.truth * (k + 1) + self.prediction]}
        inside = np.hstack([self.target > 0, np.zeros((len(self.truth), 1), dtype=bool)])
        parts["hit"] = np.take_along_axis(inside, self.prediction[:, None], axis=1).astype(float)
        known = np.isfinite(self.probabilities).all(axis=1)
        votes = bool((self.target.max(axis=1) < 1 - 1e-9).any()) and not self.space.several
        if votes and known.any():
            parts |= self._distances(np.asarray(known))
        offsets = np.cumsum([0, *(part.shape[1] for part in parts.values())])
        slices = {name: slice(offsets[i], offsets[i + 1]) for i, name in enumerate(parts)}
        return np.hstack(list(parts.values())), slices

    def _distances(self, known: NDArray[np.bool_]) -> dict[str, Array]:
        found = {"known": known[:, None].astype(float)}
        for name, distance in _BETWEEN.items():
            values = np.zeros((len(known), 1))
            values[known, 0] = distance(self.target[known], self.probabilities[known])
            found[name] = values
        return found

    def evaluate(self, sums: Array, slices: Mapping[str, slice]) -> dict[str, Array]:
        """Return every metric of sums of `columns`, shape (..., width): metric to values of shape (...)."""
        k = len(self.space.labels)
        confusion = sums[..., slices["confusion"]].reshape(*sums.shape[:-1], k, k + 1)
        found = evaluate(sums, {"confusion": slices["confusion"]}, Scale(k, _NONE, _NONE))
        right = found["accuracy"]
        if self.space.several:
            right = found["top1_in_set"] = sums[..., slices["hit"]][..., 0] / confusion.sum(axis=(-2, -1))
        found["published_f1"] = published_f1(right)
        found |= _error_metrics(self.space, confusion)
        if "known" in slices:
            known = sums[..., slices["known"]][..., 0]
            found |= {name: _over(sums[..., slices[name]][..., 0], known) for name in _BETWEEN}
        return found

    def ranked(self, resampler: Resampler) -> dict[str, tuple[float, Array]]:
        """Return what depends on the order of likelihoods: metric to its value and its resamples.

        Mean average precision over labels that some image has and some has not, for spaces of several labels
        with likelihoods; nothing for others.
        """
        if not self.space.several or not np.isfinite(self.probabilities).all():
            return {}
        ones, weights = resampler.sums(np.eye(len(self.truth)))
        present = self.target > 0
        used = present.any(axis=0) & ~present.all(axis=0)
        if not used.any():
            return {}
        precision = [
            [
                average_precision(self.probabilities[:, place], present[:, place], one)
                for one in (ones, weights)
            ]
            for place in np.flatnonzero(used)
        ]
        value = np.mean([float(at) for at, _ in precision])
        return {"map": (float(value), np.mean([drawn for _, drawn in precision], axis=0))}


def average_precision(scores: Array, present: NDArray[np.bool_], weights: Array) -> Array:
    """Area under precision over recall in steps, items of equal score taken together.

    Parameters
    ----------
    scores
        Higher means likelier, shape (n,).
    present
        Which items have the label, shape (n,).
    weights
        How often each item counts, shape (..., n).

    Returns
    -------
    NDArray[np.float64]
        Shape (...), NaN where no item has the label.
    """
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)
    counted = weights[..., order]
    hits = np.cumsum(counted * present[order], axis=-1)[..., last]
    taken = np.cumsum(counted, axis=-1)[..., last]
    gained = np.diff(hits, axis=-1, prepend=0.0)
    precision = np.divide(hits, taken, out=np.zeros(hits.shape), where=taken > 0)
    return _over((gained * precision).sum(axis=-1), hits[..., -1])


def published_f1(accuracy: Array) -> Array:
    """Return what the code released with the paper calls weighted F1.

    It sets every reference to 1 and every prediction to 1 or 0, right or wrong. Class 1 then has precision 1
    and recall A, the accuracy, and all of the weight, so the figure is 2A / (1 + A) whatever the labels are:
    an accuracy of .50 becomes .667.
    """
    return np.asarray(2 * accuracy / (1 + accuracy))


def _error_metrics(space: LabelSpace, confusion: Array) -> dict[str, Array]:
    """Describe the wrong labels: how many are of the right valence, beside what chance would make of it."""
    k = len(space.labels)
    wrong = confusion[..., :k] * (1 - np.eye(k))
    errors, by_truth = wrong.sum(axis=(-2, -1)), wrong.sum(axis=-1)
    same = space.same_valence * (1 - np.eye(k))
    uniform = same.sum(axis=1) / (k - 1)
    named = confusion[..., :k].sum(axis=-2)
    # Of labels drawn as often as the model names them, given that the draw is wrong.
    others = _over(named @ same, named.sum(axis=-1, keepdims=True) - named)
    found = {
        "same_valence": _over((wrong * same).sum(axis=(-2, -1)), errors),
        "same_valence_null": _over(by_truth @ uniform, errors),
        "same_valence_null_marginal": _over(np.nansum(by_truth * others, axis=-1), errors),
    }
    if (wheel := space.wheel) is not None:
        parsed = confusion[..., :k].sum(axis=(-2, -1))
        found["wheel_distance"] = _over((confusion[..., :k] * wheel).sum(axis=(-2, -1)), parsed)
    return found


def _over(top: Array, bottom: Array) -> Array:
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0))
