"""Predictions for answers that the predictor has not seen: held out by unit, and by event."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.persona._trait_regression import Fitted, fit, others_shares
from affectlab.bench.persona.answer_table import AnswerTable

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

FOLDS = 5


def base_rates(table: AnswerTable, *, own: bool, seed: int) -> Array:
    """Predict label frequencies on other events, of everybody or of the unit itself.

    Returns
    -------
    Array
        Probabilities, shape (n_units, n_events, n_labels).
    """
    one_hot = table.one_hot
    predicted = np.empty_like(one_hot)
    for held in event_folds(table, seed):
        counts = one_hot[:, ~held].sum(axis=1)
        counts = counts if own else np.broadcast_to(counts.sum(axis=0), counts.shape)
        # The smoothing leaves a label never seen possible.
        shares = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
        predicted[:, held] = shares[:, None]
    return predicted


def by_event(table: AnswerTable, features: Array, seed: int) -> Array:
    """Predict log P from coefficients fitted on other events."""
    one_hot = table.one_hot
    others = others_shares(one_hot.sum(axis=0), one_hot)
    predicted = np.empty_like(one_hot)
    for held in event_folds(table, seed):
        fitted = fit(one_hot[:, ~held], others[:, ~held], features)
        predicted[:, held] = fitted.log_probabilities(others[:, held], features)
    return predicted


def by_unit(table: AnswerTable, features: Array, seed: int) -> Array:
    """Predict log P of each unit from other units alone: their answers to the event, and coefficients."""
    one_hot = table.one_hot
    predicted = np.empty_like(one_hot)
    for held in unit_folds(table, seed):
        there = one_hot[~held]
        counts = there.sum(axis=0)
        mean, spread = features[~held].mean(axis=0), features[~held].std(axis=0)
        standard = (features - mean) / np.where(spread > 0, spread, 1)
        fitted = fit(there, others_shares(counts, there), standard[~held])
        unseen = others_shares(counts, np.zeros_like(one_hot[held]))
        predicted[held] = fitted.log_probabilities(unseen, standard[held])
    return predicted


def fitted_on_all(table: AnswerTable, features: Array) -> Fitted:
    """Fit on everything, to look at the coefficients."""
    one_hot = table.one_hot
    return fit(one_hot, others_shares(one_hot.sum(axis=0), one_hot), features)


def event_folds(table: AnswerTable, seed: int) -> Iterator[Mask]:
    """Yield which events are held out, events of one source together."""
    names = list(dict.fromkeys(table.sources.tolist()))
    fold = dict(zip(names, _folds(len(names), seed), strict=True))
    number = np.array([fold[source] for source in table.sources])
    return (number == one for one in np.unique(number))


def unit_folds(table: AnswerTable, seed: int) -> Iterator[Mask]:
    """Yield which units are held out."""
    number = _folds(len(table.units), seed)
    return (number == one for one in np.unique(number))


def _folds(n: int, seed: int) -> NDArray[np.intp]:
    return np.random.default_rng(seed).permutation(n) % min(FOLDS, n)
