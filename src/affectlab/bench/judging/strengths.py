"""Bradley-Terry strengths, and win rates at equal length, with intervals from resampled sources."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import Interval
from affectlab.bench.resampling import Resampler, interval

Array = NDArray[np.float64]

PRIOR = 0.1
"""Wins added to each side of every pair, ours: a candidate that always wins keeps a finite strength."""
RIDGE = 1.0
"""Precision of the normal prior on the effect of length, ours: it stays finite where length tells all."""
_STEPS = 100
_BOUND = 15.0
_BLOCK = 128


def log_strengths(wins: Array) -> Array:
    """Return Bradley-Terry strengths: a beats b with probability 1 / (1 + exp(strength_b − strength_a)).

    Parameters
    ----------
    wins
        Shape (n, k, k): points of the row's candidate over the column's; a tie is half a point to each.

    Returns
    -------
    strengths
        Shape (n, k), natural logarithms, mean 0.

    References
    ----------
    Bradley and Terry (1952), Biometrika 39, 324-345; the iteration is that of Hunter (2004), MM algorithms
    for generalized Bradley-Terry models, Annals of Statistics 32, 384-406.
    """
    k = wins.shape[-1]
    smoothed = wins + PRIOR * (1 - np.eye(k))
    games = smoothed + np.swapaxes(smoothed, -1, -2)
    total = smoothed.sum(axis=-1)
    strength = np.ones((len(wins), k))
    for _ in range(_STEPS):
        both = strength[:, :, None] + strength[:, None, :]
        strength = total / (games / both).sum(axis=-1)
        strength /= np.exp(np.log(strength).mean(axis=-1, keepdims=True))
    return np.log(strength)


def equal_length_rate(
    points: Array, longer: Array, sources: NDArray[np.object_], *, resamples: int, seed: int
) -> Interval:
    """Return the win rate that a logistic regression predicts where both answers are equally long.

    The regression is logit P(win) = θ + φ·tanh(d / s), with d the difference in length and s its standard
    deviation; the rate is 1 / (1 + exp(−θ)). It is the length-controlled win rate of AlpacaEval 2 for one
    pair of models, without that benchmark's term for the difficulty of each instruction.

    Parameters
    ----------
    points
        Shape (n,): 1 for a win, 0.5 for a tie, 0 for a loss.
    longer
        Shape (n,): characters by which the answer is longer than the other one.
    sources, resamples, seed
        As for `affectlab.bench.resampling.Resampler`.

    References
    ----------
    Dubois et al. (2024), Length-Controlled AlpacaEval: A Simple Way to Debias Automatic Evaluators, arXiv
    2404.04475.
    """
    spread = float(longer.std()) or 1.0
    effect = np.tanh(longer / spread)
    value = _fitted(points, effect, np.ones((1, len(points))))
    names = np.array(list(dict.fromkeys(sources)), dtype=object)
    # How often each source was drawn: the sums of one column per source.
    resampler = Resampler(names, resamples=resamples, seed=seed)
    _, drawn = resampler.sums(np.eye(len(names)))
    of_source = (names[:, None] == sources[None, :]).astype(float)
    blocks = (drawn[start : start + _BLOCK] @ of_source for start in range(0, len(drawn), _BLOCK))
    draws = np.concatenate([np.empty(0), *(_fitted(points, effect, block) for block in blocks)])
    return interval(float(value[0]), draws, resampler.groups)


def _fitted(points: Array, effect: Array, weights: Array) -> Array:
    """Return the rate at no difference in length for each row of `weights`, shape (n_fits, n_items)."""
    theta, phi = np.zeros(len(weights)), np.zeros(len(weights))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(theta[:, None] + phi[:, None] * effect)))
        error, spread = weights * (points - chance), weights * chance * (1 - chance)
        slope_theta, slope_phi = error.sum(axis=1), (error * effect).sum(axis=1) - RIDGE * phi
        tt, pp = spread.sum(axis=1) + 1e-9, (spread * effect**2).sum(axis=1) + RIDGE
        tp = (spread * effect).sum(axis=1)
        bottom = tt * pp - tp**2
        step_theta = (pp * slope_theta - tp * slope_phi) / bottom
        step_phi = (tt * slope_phi - tp * slope_theta) / bottom
        # Bounded: where one side wins everything the likelihood has no maximum.
        theta = np.clip(theta + np.clip(step_theta, -1, 1), -_BOUND, _BOUND)
        phi = phi + np.clip(step_phi, -1, 1)
        if max(np.abs(slope_theta).max(initial=0), np.abs(slope_phi).max(initial=0)) < 1e-8:
            break
    return np.asarray(1 / (1 + np.exp(-theta)))
