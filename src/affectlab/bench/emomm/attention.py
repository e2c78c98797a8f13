"""Where a model looks, layer by layer and head by head, and how that compares with what there is to see.

For one sample, layer and head, the *share* of a modality m is the attention probability that the last token
of the prompt puts on all tokens of m. Derived from it (arXiv 2508.10552, on text and one other modality; our
shares are of all tokens that may be attended to, instructions included):

- AEI_m = share_m / (|m| / N), attention efficiency: 1 is what uniform attention over the N tokens gives;
- MDI_mn = (share_m / |m|) / (share_n / |n|), modality dominance: attention per token of m over that of n,
  here the ratio of the means over samples, which no single small denominator decides.

*Upper layers* are the second half of the layers. A share is not a contribution (arXiv 2510.17771): a modality
can hold attention and decide nothing, so `vcc` shows behaviour beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval
from affectlab.bench.emomm.clips import FULL, NO_ROW, Clips, modality_set
from affectlab.bench.metrics import Row, row
from affectlab.bench.resampling import Resampler, interval, mean_intervals
from affectlab.bench.results import Attention, Run
from affectlab.models import MODALITIES

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_CHUNK = 256
_DOMINANCE = (("T", "V"), ("T", "A"), ("A", "V"))


@dataclass(frozen=True, slots=True, eq=False)
class AttentionProfile:
    """Attention over one group of samples.

    Parameters
    ----------
    n
        Samples.
    heads
        Mean share by layer, head and modality T, A, V: shape (layers, heads, 3).
    shares, efficiency
        Interval of the mean share and of AEI by layer and modality: lists of layers of three.
    """

    n: int
    heads: Array
    shares: list[list[Interval]]
    efficiency: list[list[Interval]]


@dataclass(frozen=True, slots=True, eq=False)
class _Looks:
    """Attention of some samples: mean over heads (n, layers, 4), tokens (n, 4), heads (layers, heads, 4)."""

    rows: Indices
    layers: Array
    tokens: Array
    heads: Array

    @property
    def upper(self) -> Array:
        """Mean share over the upper layers, shape (n, 4)."""
        return np.asarray(self.layers[:, first_upper(self.layers.shape[1]) :].mean(axis=1))


def first_upper(layers: int) -> int:
    """Return the index of the first upper layer."""
    return layers // 2


def attention_rows(run: Run, clips: Clips, *, resamples: int = 2000, seed: int = 0) -> list[Row]:
    """Return upper-layer share, AEI and MDI for each group of samples, with clustered intervals.

    Groups are the complete clips (all, aligned, conflict) and the samples with two modalities (TA, TV, AV).
    Metrics are ``share_T`` …, ``aei_T`` …, ``mdi_T_V``, ``mdi_T_A``, ``mdi_A_V``.
    """
    if run.attention is None:
        return []
    rows: list[Row] = []
    for group, members in _groups(run, clips).items():
        looks = _read(run.attention, members)
        sources = run.samples.source[looks.rows]
        if len(looks.rows):
            about = {"method": "model", "subset": group}
            left_out = len(members) - len(looks.rows)
            found = _share_rows(looks, sources, resamples, seed) + _mdi_rows(looks, sources, resamples, seed)
            rows += [about | row(metric, value, n, left_out) for metric, value, n in found]
    return rows


def attention_profiles(
    run: Run, clips: Clips, *, resamples: int = 2000, seed: int = 0
) -> dict[str, AttentionProfile]:
    """Return the attention of complete clips by layer and head, for each group that has any."""
    if run.attention is None:
        return {}
    profiles = {}
    for group, members in _complete(run, clips).items():
        looks = _read(run.attention, members)
        if len(looks.rows):
            profiles[group] = _profile(looks, run.samples.source[looks.rows], resamples, seed)
    return profiles


def _profile(looks: _Looks, sources: NDArray[np.object_], resamples: int, seed: int) -> AttentionProfile:
    efficiency = looks.layers[..., :3] / _token_shares(looks.tokens)[:, None, :]
    layers = looks.layers.shape[1]

    def by_layer(values: Array) -> list[list[Interval]]:
        flat = values.reshape(len(values), -1)
        found = [one for one, _ in mean_intervals(flat, sources, resamples=resamples, seed=seed)]
        return [found[3 * layer : 3 * layer + 3] for layer in range(layers)]

    return AttentionProfile(
        len(looks.rows), looks.heads[..., :3], by_layer(looks.layers[..., :3]), by_layer(efficiency)
    )


def _share_rows(
    looks: _Looks, sources: NDArray[np.object_], resamples: int, seed: int
) -> list[tuple[str, Interval, int]]:
    upper = looks.upper[:, :3]
    there = looks.tokens[:, :3] > 0
    efficiency = upper / _token_shares(looks.tokens)
    values = np.hstack([np.where(there, upper, np.nan), efficiency])
    names = [f"{name}_{modality}" for name in ("share", "aei") for modality in MODALITIES]
    means = mean_intervals(values, sources, resamples=resamples, seed=seed)
    return [(name, found, n) for name, (found, n) in zip(names, means, strict=True) if n]


def _mdi_rows(
    looks: _Looks, sources: NDArray[np.object_], resamples: int, seed: int
) -> list[tuple[str, Interval, int]]:
    tokens = looks.tokens[:, :3]
    per_token = np.divide(looks.upper[:, :3], tokens, out=np.full(tokens.shape, np.nan), where=tokens > 0)
    rows = []
    for one, other in _DOMINANCE:
        pair = per_token[:, [MODALITIES.index(one), MODALITIES.index(other)]]
        both = np.isfinite(pair).all(axis=1)
        if both.any():
            found = _ratio_of_means(pair[both], sources[both], resamples, seed)
            rows.append((f"mdi_{one}_{other}", found, int(both.sum())))
    return rows


def _ratio_of_means(pair: Array, sources: NDArray[np.object_], resamples: int, seed: int) -> Interval:
    resampler = Resampler(sources, resamples=resamples, seed=seed)
    observed, resampled = resampler.sums(pair)
    sums = np.vstack([observed, resampled])
    ratios = np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), np.nan), where=sums[:, 1] > 0)
    return interval(float(ratios[0]), ratios[1:], resampler.groups)


def _token_shares(tokens: Array) -> Array:
    """Return |m| / N of T, A, V, NaN where a modality is absent."""
    shares = tokens[:, :3] / tokens.sum(axis=1, keepdims=True)
    return np.where(shares > 0, shares, np.nan)


def _complete(run: Run, clips: Clips) -> dict[str, Indices]:
    return {name: clips.rows[members, FULL] for name, members in clips.groups(run.samples).items()}


def _groups(run: Run, clips: Clips) -> Mapping[str, Indices]:
    pairs = {name: clips.rows[:, modality_set(name)] for name in ("TA", "TV", "AV")}
    return {
        **_complete(run, clips),
        **{name: rows[rows != NO_ROW] for name, rows in pairs.items() if (rows != NO_ROW).any()},
    }


def _read(attention: Attention, rows: Indices) -> _Looks:
    """Read the attention of `rows` that have any, a piece at a time: the file may be larger than memory."""
    tokens = attention.tokens[rows].astype(float)
    rows, tokens = rows[tokens.sum(axis=1) > 0], tokens[tokens.sum(axis=1) > 0]
    _, n_layers, n_heads, width = attention.shares.shape
    layers, heads = np.zeros((len(rows), n_layers, width)), np.zeros((n_layers, n_heads, width))
    for start in range(0, len(rows), _CHUNK):
        piece = attention.shares[rows[start : start + _CHUNK]].astype(np.float64)
        layers[start : start + _CHUNK] = piece.mean(axis=2)
        heads += piece.sum(axis=0)
    return _Looks(rows, layers, tokens, heads / max(len(rows), 1))
