"""What one take, or a few takes together, measure; every definition is here.

Emo-MSE, Dyn-Corr and Plan-Cons carry the names that MindMelody (arXiv 2605.01235) gave them; its paper leaves
their details open, so those here are ours.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import pearson
from affectlab.music.evaluation.cues import WINDOW
from affectlab.music.evaluation.sound import SFREQ_PIANO
from affectlab.music.evaluation.take import Take

Vector = NDArray[np.float64]

# Beats before a jump that are left out of what was before it: half a window at 130 beats per minute.
_SEEN_AHEAD: Final = 9
# A response smaller than this, of axes that span 2, is none.
LEAST_CHANGE: Final = 0.1
# Loudness is planned for sections: both curves are averaged over a bar of four.
_BAR: Final = 4
_SILENCE_DB: Final = -60.0


def r2(requested: Vector, measured: Vector) -> float:
    """Squared Pearson correlation of measured on requested, with its sign; NaN where either is constant.

    The coefficient of determination of the best straight line from one to the other, so that it does not ask
    whether the predictor's zero and unit are those of the request: `emo_mse` does. Music that does the
    opposite of what is asked has a value below 0.
    """
    correlation = pearson(requested, measured)
    return correlation * abs(correlation)


def emo_mse(requested: Vector, measured: Vector) -> float:
    """Mean squared difference over moments and both axes, each in [-1, 1]; shapes (n, 2)."""
    return float(np.mean((requested - measured) ** 2))


def windowed(values: Vector, centres: Vector) -> Vector:
    """Average per-beat values over the beats whose centres lie within half a window, shape of `values`."""
    near = (np.abs(centres[:, None] - centres[None, :]) <= WINDOW / 2).astype(float)
    averaged: Vector = near @ values / near.sum(axis=1).reshape(-1, *[1] * (values.ndim - 1))
    return averaged


def halves(values: Vector) -> Vector:
    """Average the first and the second half, shape (2, ...)."""
    middle = len(values) // 2
    return np.stack([values[:middle].mean(axis=0), values[middle:].mean(axis=0)])


def note_level(take: Take) -> Vector:
    """Level of the notes begun in each beat, shape (beats,), dB.

    The sum of (velocity / 127)²; a beat in which none begins sounds as the one before.
    """
    energy = [sum((note.velocity / 127) ** 2 for note in beat.notes) for beat in take.beats]
    return _held(np.array(energy))


def sound_level(sound: NDArray[np.float32], starts: Vector) -> Vector:
    """Mean square of each beat of `sound.piano`, shape (beats,), dB."""
    edges = np.rint(starts * SFREQ_PIANO).astype(int)
    until = np.concatenate([[0.0], np.cumsum(np.square(sound, dtype=np.float64))])
    sums = np.diff(until[np.minimum(edges, len(sound))])
    return _held(sums / np.maximum(np.diff(edges), 1))


def _held(energy: Vector) -> Vector:
    """Return energies in dB; silence as the beat before, and at the beginning as the first sound."""
    level = 10 * np.log10(np.maximum(energy, 1e-30))
    heard = np.flatnonzero(level > _SILENCE_DB)
    if not heard.size:
        return np.full(len(level), _SILENCE_DB)
    last = np.searchsorted(heard, np.arange(len(level)), side="right") - 1
    return np.asarray(level[heard[np.maximum(last, 0)]])


def dyn_corr(planned: Vector, level: Vector) -> float:
    """Dyn-Corr: Pearson correlation of planned loudness and realised level, both averaged over a bar.

    NaN where either is constant.
    """
    kernel = np.ones(_BAR) / _BAR
    return pearson(np.convolve(planned, kernel, "valid"), np.convolve(level, kernel, "valid"))


def step_change(trace: Vector, jump: int) -> float:
    """How far a measure has moved in the last third of the beats after a jump from where it was before.

    Parameters
    ----------
    trace
        The sliding measure of each beat, its windows centred.
    jump
        First beat under the new target.
    """
    before = trace[: max(jump - _SEEN_AHEAD, 1)].mean()
    return float(trace[jump + 2 * (len(trace) - jump) // 3 :].mean() - before)


def step_beats(trace: Vector, jump: int) -> float:
    """Beats from a jump until the measure has crossed half of its eventual change upwards.

    0 when the first beat after the jump has it already; NaN (censored) when the change stays below
    `LEAST_CHANGE`, so that there is nothing to wait for. A change at once is crossed at once: the windows are
    centred. Turn a trace that should fall before it is given.
    """
    change = step_change(trace, jump)
    if not change >= LEAST_CHANGE:
        return float("nan")
    middle = trace[: max(jump - _SEEN_AHEAD, 1)].mean() + change / 2
    return float(np.flatnonzero(trace[jump:] >= middle)[0])


def frechet(first: Vector, second: Vector) -> float:
    """Fréchet distance of the normal distributions of two sets of embeddings, shapes (n, d) and (m, d).

    References
    ----------
    Kilgour, Zuluaga, Roblek & Sharifi (2019), Fréchet audio distance, Interspeech, 2350-2354.
    """
    mean = float(np.sum((first.mean(axis=0) - second.mean(axis=0)) ** 2))
    one, other = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (first, second))
    # The trace of the root of a product of two covariances is the sum of the roots of its eigenvalues.
    roots = np.sqrt(np.maximum(np.linalg.eigvals(one @ other).real, 0)).sum()
    return float(max(mean + np.trace(one) + np.trace(other) - 2 * roots, 0.0))
