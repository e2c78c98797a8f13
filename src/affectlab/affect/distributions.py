"""How far apart two distributions over the same labels are.

Every function takes probabilities over labels on the last axis, shape (..., n_labels), broadcasts the rest,
and returns shape (...): one number per item, ready to average over items or groups.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from affectlab.errors import InvalidData

Array = NDArray[np.float64]


def jensen_shannon_divergence(p: ArrayLike, q: ArrayLike) -> Array:
    """Jensen-Shannon divergence in bits, in [0, 1]: 0 for equal distributions, 1 for disjoint ones.

    Raises
    ------
    InvalidData
        If the number of labels differs or a row is not a distribution.

    References
    ----------
    Lin (1991), Divergence measures based on the Shannon entropy, IEEE Trans. Inf. Theory 37, 145-151.
    """
    first, second = _distributions(p, q)
    middle = (first + second) / 2
    divergence = (_relative_entropy(first, middle) + _relative_entropy(second, middle)) / 2
    # Rounding can leave -1e-17 for equal distributions, whose root would be NaN.
    return np.clip(divergence, 0, 1)


def jensen_shannon_distance(p: ArrayLike, q: ArrayLike) -> Array:
    """Square root of the Jensen-Shannon divergence in bits: a metric, in [0, 1].

    Raises
    ------
    InvalidData
        If the number of labels differs or a row is not a distribution.
    """
    return np.sqrt(jensen_shannon_divergence(p, q))


def manhattan_distance(p: ArrayLike, q: ArrayLike) -> Array:
    """Sum of absolute differences of probabilities, in [0, 2]; twice the total variation distance.

    Raises
    ------
    InvalidData
        If the number of labels differs or a row is not a distribution.
    """
    first, second = _distributions(p, q)
    return np.asarray(np.abs(first - second).sum(axis=-1))


def chebyshev_distance(p: ArrayLike, q: ArrayLike) -> Array:
    """Largest absolute difference of two probabilities, in [0, 1].

    Raises
    ------
    InvalidData
        If the number of labels differs or a row is not a distribution.

    References
    ----------
    Geng (2016), Label distribution learning, IEEE Trans. Knowl. Data Eng. 28, 1734-1748.
    """
    first, second = _distributions(p, q)
    return np.asarray(np.abs(first - second).max(axis=-1))


def clark_distance(p: ArrayLike, q: ArrayLike) -> Array:
    """Root of the summed squares of differences, each as a share of the sum of its two probabilities.

    In [0, sqrt(n_labels)]; a label that neither distribution has adds nothing. Small probabilities weigh as
    much as large ones.

    Raises
    ------
    InvalidData
        If the number of labels differs or a row is not a distribution.

    References
    ----------
    Geng (2016), Label distribution learning, IEEE Trans. Knowl. Data Eng. 28, 1734-1748.
    """
    return np.asarray(np.sqrt((_shares_of_sums(p, q) ** 2).sum(axis=-1)))


def canberra_metric(p: ArrayLike, q: ArrayLike) -> Array:
    """Sum of absolute differences, each as a share of the sum of its two probabilities, in [0, n_labels].

    Raises
    ------
    InvalidData
        If the number of labels differs or a row is not a distribution.

    References
    ----------
    Geng (2016), Label distribution learning, IEEE Trans. Knowl. Data Eng. 28, 1734-1748.
    """
    return np.asarray(_shares_of_sums(p, q).sum(axis=-1))


def kullback_leibler_divergence(p: ArrayLike, q: ArrayLike) -> Array:
    """Divergence of `q` from the true distribution `p` in nats: 0 for equal ones.

    Infinite where `q` gives no probability to a label that `p` has. Not symmetric.

    Raises
    ------
    InvalidData
        If the number of labels differs or a row is not a distribution.

    References
    ----------
    Kullback and Leibler (1951), On information and sufficiency, Ann. Math. Statist. 22, 79-86.
    """
    first, second = _distributions(p, q)
    first, second = np.broadcast_arrays(first, second)
    missed = ((first > 0) & (second == 0)).any(axis=-1)
    both = (first > 0) & (second > 0)
    ratio = np.divide(first, second, out=np.ones(first.shape), where=both)
    found = np.where(missed, np.inf, (first * np.log(ratio)).sum(axis=-1))
    return np.asarray(np.maximum(found, 0))


def cosine_similarity(p: ArrayLike, q: ArrayLike) -> Array:
    """Cosine of the angle between two distributions as vectors, in [0, 1]: 1 for equal ones.

    Raises
    ------
    InvalidData
        If the number of labels differs or a row is not a distribution.

    References
    ----------
    Geng (2016), Label distribution learning, IEEE Trans. Knowl. Data Eng. 28, 1734-1748.
    """
    first, second = _distributions(p, q)
    lengths = np.sqrt((first**2).sum(axis=-1) * (second**2).sum(axis=-1))
    return np.asarray(np.clip((first * second).sum(axis=-1) / lengths, 0, 1))


def intersection_similarity(p: ArrayLike, q: ArrayLike) -> Array:
    """Probability that two distributions share, in [0, 1]: 1 less half of `manhattan_distance`.

    Raises
    ------
    InvalidData
        If the number of labels differs or a row is not a distribution.

    References
    ----------
    Geng (2016), Label distribution learning, IEEE Trans. Knowl. Data Eng. 28, 1734-1748.
    """
    first, second = _distributions(p, q)
    return np.asarray(np.minimum(first, second).sum(axis=-1))


def _shares_of_sums(p: ArrayLike, q: ArrayLike) -> Array:
    first, second = _distributions(p, q)
    both = first + second
    return np.divide(np.abs(first - second), both, out=np.zeros(both.shape), where=both > 0)


def _relative_entropy(p: Array, q: Array) -> Array:
    ratio = np.divide(p, q, out=np.ones(np.broadcast_shapes(p.shape, q.shape)), where=p > 0)
    return np.asarray((p * np.log2(ratio)).sum(axis=-1))


def _distributions(p: ArrayLike, q: ArrayLike) -> tuple[Array, Array]:
    first, second = _distribution(p), _distribution(q)
    if first.shape[-1] != second.shape[-1]:
        raise InvalidData(
            f"distributions must be over the same labels, got {first.shape[-1]} and {second.shape[-1]}"
        )
    return first, second


def _distribution(p: ArrayLike) -> Array:
    array = np.asarray(p, dtype=float)
    if array.ndim < 1 or not array.size:
        raise InvalidData(f"a distribution needs at least one label, got shape {array.shape}")
    if not np.all(array >= 0) or not np.allclose(array.sum(axis=-1), 1, rtol=0, atol=1e-6):
        raise InvalidData(
            "probabilities must be non-negative and sum to 1 in every row; normalise votes first"
        )
    return array
