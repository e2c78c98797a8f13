"""What can be had without a model, and what is there to find: floors and ceilings for every table.

==========================  ===========================================================================
method                      predicts
==========================  ===========================================================================
``majority``                how common labels are on other events
``own-base-rate``           how common they are in the unit's own answers to other events
``event-majority-oracle``   the most frequent label of the event, the unit's own answer among them
``event-majority-others``   the most frequent label of the event among the others
``group-majority-oracle``   the same within the unit's group
``group-majority-others``   the same without the unit itself
``event-model``             regression on the others' answers to the event
``traits-by-reader``        the same with the unit's Big Five, from other units alone
``traits-by-event``         the same with the unit's Big Five, from other events
``units-by-event``          the same with one feature for each unit, from other events: all that differs
                            between units whatever the event
``human-split-half``        one half of the readers from the other
==========================  ===========================================================================

A unit is a reader, or a group where only groups are known. Only the oracles see the answer they predict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect.distributions import jensen_shannon_divergence, manhattan_distance
from affectlab.bench.dataset import Dataset
from affectlab.bench.persona._held_out import base_rates, by_event, by_unit, fitted_on_all
from affectlab.bench.persona.answer_table import AnswerTable, answer_table
from affectlab.bench.resampling import Resampler, interval, mean_intervals

Array = NDArray[np.float64]
Row = dict[str, Any]

_SPLITS = 20
_READERS_ONLY = ("group-majority-oracle", "group-majority-others", "human-split-half")


def ceiling_rows(dataset: Dataset, *, resamples: int = 2000, seed: int = 0) -> list[Row]:
    """Return floors and ceilings of every subset and overall.

    Metrics: ``top1``, ``top2`` (equally likely labels count in part), ``macro_f1``; of regressions ``nll``
    (nats), and beyond the event-model ``mcfadden_r2`` (one minus the ratio of log losses) and ``top1_gain``;
    ``trait_logit_rms``, the root mean square of what traits add to logits; of human halves ``top1``,
    ``manhattan`` and ``js`` (bits). A metric that the data do not allow is None.

    Parameters
    ----------
    dataset
        Of benchmark "persona".
    resamples, seed
        Of the bootstrap over events, and of folds and halves.

    Raises
    ------
    BenchError
        If the data set is of another benchmark, or holds no answers.
    """
    table = answer_table(dataset)
    predicted = _predictions(table, seed)
    features = standardised(table.traits)
    halves = _halves(table, seed) if table.level == "reader" else None
    subsets = list(dict.fromkeys(table.subsets))
    rows: list[Row] = []
    for subset in ("all", *(subsets if len(subsets) > 1 else ())):
        here = np.ones(len(table.subsets), bool) if subset == "all" else table.subsets == subset
        judge = _Judge(subset, table.part(here), resamples, seed)
        for method, found in predicted.items():
            rows += judge.hits(method, np.exp(found[:, here]))
            if method in _REGRESSIONS:
                rows += judge.losses(method, found[:, here], predicted[_base_of(method)][:, here])
        rows += judge.halves(None if halves is None else halves[here])
        if table.level == "group":
            rows += [judge.row(method, "top1", None) for method in _READERS_ONLY[:2]]
    if features is not None:
        rms = trait_logit_rms(table, features)
        rows.append(_Judge("all", table, resamples, seed).row("traits", "trait_logit_rms", rms))
    return rows


_REGRESSIONS = (
    "event-model",
    "event-model-by-reader",
    "traits-by-reader",
    "traits-by-event",
    "units-by-event",
)


def _base_of(method: str) -> str:
    return "event-model-by-reader" if method.endswith("by-reader") else "event-model"


def standardised(traits: Array) -> Array | None:
    """Return traits with mean 0 and variance 1 over units; None where some unit's are not known."""
    if not np.all(np.isfinite(traits)):
        return None
    spread = traits.std(axis=0)
    return np.asarray((traits - traits.mean(axis=0)) / np.where(spread > 0, spread, 1))


def trait_logit_rms(table: AnswerTable, features: Array) -> float:
    """Return the root mean square, over units and labels, of what traits add to the logits."""
    added = features @ fitted_on_all(table, features).weights
    return float(np.sqrt(np.mean((added - added.mean(axis=1, keepdims=True)) ** 2)))


def _predictions(table: AnswerTable, seed: int) -> Mapping[str, Array]:
    """Return log P of each method, −inf where a label is out of the question."""
    one_hot = table.one_hot
    nothing = np.zeros((len(table.units), 0))
    whole = np.broadcast_to(one_hot.sum(axis=0), one_hot.shape)
    found = {
        "majority": np.log(base_rates(table, own=False, seed=seed)),
        "own-base-rate": np.log(base_rates(table, own=True, seed=seed)),
        "event-majority-oracle": _log_shares(whole),
        "event-majority-others": _log_shares(whole - one_hot),
    }
    if table.level == "reader" and np.any(table.groups >= 0):
        same = (table.groups[:, None] == table.groups) & (table.groups >= 0)
        grouped = np.tensordot(same.astype(float), one_hot, axes=1)
        found["group-majority-oracle"] = _log_shares(grouped)
        found["group-majority-others"] = _log_shares(grouped - one_hot * same.any(axis=1)[:, None, None])
    found["event-model"] = by_event(table, nothing, seed)
    found["event-model-by-reader"] = by_unit(table, nothing, seed)
    features = standardised(table.traits)
    if features is not None:
        found["traits-by-event"] = by_event(table, features, seed)
        found["traits-by-reader"] = by_unit(table, table.traits, seed)
    found["units-by-event"] = by_event(table, np.eye(len(table.units)), seed)
    return found


def _log_shares(counts: Array) -> Array:
    """Return the logarithm of shares, equal ones where nobody is counted."""
    total = counts.sum(axis=-1, keepdims=True)
    shares = np.where(total > 0, counts / np.maximum(total, 1), 1 / counts.shape[-1])
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(shares))


def _halves(table: AnswerTable, seed: int) -> Array:
    """Compare halves of the readers: top-1 agreement, Manhattan and JS, means over splits, (n_events, 3)."""
    generator = np.random.default_rng(seed)
    one_hot = table.one_hot
    found = []
    for _ in range(_SPLITS):
        first = generator.permutation(len(table.units)) < len(table.units) // 2
        a, b = (np.exp(_log_shares(one_hot[half].sum(axis=0))) for half in (first, ~first))
        alike = (_votes(a) * _votes(b)).sum(axis=-1)
        found.append(np.stack([alike, manhattan_distance(a, b), jensen_shannon_divergence(a, b)], axis=1))
    return np.asarray(np.mean(found, axis=0))


def _votes(shares: Array) -> Array:
    top = shares == shares.max(axis=-1, keepdims=True)
    return np.asarray(top / top.sum(axis=-1, keepdims=True))


class _Judge:
    """Rows of one subset, with intervals over its events."""

    def __init__(self, subset: str, table: AnswerTable, resamples: int, seed: int) -> None:
        self._subset, self._table = subset, table
        self._one_hot = table.one_hot
        self._resamples, self._seed = resamples, seed
        self._resampler = Resampler(table.sources, resamples=resamples, seed=seed)
        self._answered = self._one_hot.sum(axis=2)
        self._n = int(self._answered.sum())

    def hits(self, method: str, predicted: Array) -> Iterator[Row]:
        own = (predicted * self._one_hot).sum(axis=2, keepdims=True)
        above = (predicted > own).sum(axis=2)
        equal = (predicted == own).sum(axis=2)
        for k in (1, 2):
            hit = np.clip((k - above) / np.maximum(equal, 1), 0, 1) * self._answered
            yield self._ratio(method, f"top{k}", hit, self._answered)
        guesses = _votes(predicted) * self._answered[..., None]
        columns = np.concatenate([guesses * self._one_hot, self._one_hot + guesses], axis=2).sum(axis=0)
        sums, draws = self._resampler.sums(columns)
        yield self._row_of(method, "macro_f1", _macro_f1(sums), _macro_f1(draws))

    def losses(self, method: str, log_p: Array, base: Array) -> Iterator[Row]:
        own, other = (-(found * self._one_hot).sum(axis=2) for found in (log_p, base))
        yield self._ratio(method, "nll", own, self._answered)
        if method.startswith("event-model"):
            return
        yield self._ratio(method, "mcfadden_r2", other - own, other)
        gain = (_votes(np.exp(log_p)) - _votes(np.exp(base))) * self._one_hot
        yield self._ratio(method, "top1_gain", gain.sum(axis=2), self._answered)

    def halves(self, found: Array | None) -> Iterator[Row]:
        method, metrics = "human-split-half", ("top1", "manhattan", "js")
        if found is None:
            yield from (self.row(method, metric, None) for metric in metrics)
            return
        means = mean_intervals(found, self._table.sources, resamples=self._resamples, seed=self._seed)
        for metric, (one, n) in zip(metrics, means, strict=True):
            yield {**self.row(method, metric, one.value), "low": one.low, "high": one.high, "n": n}

    def row(self, method: str, metric: str, value: float | None) -> Row:
        about = {"subset": self._subset, "method": method, "metric": metric, "value": value}
        return {**about, "low": None, "high": None, "n": self._n if value is not None else 0}

    def _ratio(self, method: str, metric: str, top: Array, bottom: Array) -> Row:
        sums, draws = self._resampler.sums(np.stack([top.sum(axis=0), bottom.sum(axis=0)], axis=1))
        return self._row_of(method, metric, sums[0] / sums[1], draws[:, 0] / draws[:, 1])

    def _row_of(self, method: str, metric: str, value: float, draws: Array) -> Row:
        found = interval(float(value), np.asarray(draws), self._resampler.groups)
        return {**self.row(method, metric, found.value), "low": found.low, "high": found.high}


def _macro_f1(sums: Array) -> Any:
    half = sums.shape[-1] // 2
    hits, seen = sums[..., :half], sums[..., half:]
    there = seen > 0
    scores = np.divide(2 * hits, seen, out=np.zeros_like(hits), where=there)
    return scores.sum(axis=-1) / there.sum(axis=-1)
