"""Mode and tension of sounding pitch classes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

# Probe-tone ratings: Krumhansl & Kessler (1982), Psychological Review 89(4):334-368.
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
# Dyadic consonance of interval classes 1 to 6: Huron (1994), Music Perception 11(3):289-305, table 2.
CONSONANCE = np.array([-1.428, -0.582, 0.594, 0.386, 1.240, -0.453])


def _standardised(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = rows - rows.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    shapes: NDArray[np.float64] = np.divide(centred, length, out=np.zeros_like(centred), where=length > 1e-9)
    return shapes


def _keys(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    return _standardised(np.stack([np.roll(profile, tonic) for tonic in range(12)]))


_MAJOR_KEYS, _MINOR_KEYS = _keys(MAJOR), _keys(MINOR)
_PAIRS = np.array(list(combinations(range(12), 2)))
_PAIR_CONSONANCE = CONSONANCE[np.minimum(_PAIRS[:, 1] - _PAIRS[:, 0], 12 - _PAIRS[:, 1] + _PAIRS[:, 0]) - 1]


def majorness(durations: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much better the best major key fits than the best minor key.

    Parameters
    ----------
    durations
        How long each pitch class sounds, shape (rows, 12), C first.

    Returns
    -------
    NDArray
        Difference of the two greatest correlations, shape (rows,), about -0.5 to 0.5; NaN where all twelve
        sound equally long or none does.
    """
    shapes = _standardised(durations)
    difference = (shapes @ _MAJOR_KEYS.T).max(axis=1) - (shapes @ _MINOR_KEYS.T).max(axis=1)
    known: NDArray[np.float64] = np.where(np.abs(shapes).any(axis=1), difference, np.nan)
    return known


def key_clarity(durations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation with the best fitting key of either mode, shape (rows,), for rows as in `majorness`."""
    shapes = _standardised(durations)
    fits: NDArray[np.float64] = np.concatenate([shapes @ _MAJOR_KEYS.T, shapes @ _MINOR_KEYS.T], axis=1)
    return np.asarray(fits.max(axis=1))


def tension(sounding: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean dissonance of the pairs of pitch classes that sound together.

    Parameters
    ----------
    sounding
        Shape (rows, 12).

    Returns
    -------
    NDArray
        The negative of Huron's consonance, shape (rows,), -1.24 (a fifth) to 1.428 (a semitone); NaN where
        fewer than two pitch classes sound.
    """
    together = sounding[:, _PAIRS[:, 0]] & sounding[:, _PAIRS[:, 1]]
    count = together.sum(axis=1)
    total = together @ _PAIR_CONSONANCE
    mean: NDArray[np.float64] = np.divide(-total, count, out=np.full(len(count), np.nan), where=count > 0)
    return mean
