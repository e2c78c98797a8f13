"""Permutation tests that respect groups: what would the statistic be if nothing were going on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from affectlab.affect.statistics import Indices, group_members
from affectlab.errors import InvalidData

Alternative = Literal["greater", "less", "two-sided"]
Labels = NDArray[Any]

# Sums taken in another order differ in the last digits; such ties must count as "at least as extreme".
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """A statistic against its null distribution.

    Parameters
    ----------
    value
        The statistic on the data as they are.
    p
        (1 + k) / (1 + n): k of n permutations were at least as extreme.
    chance
        Mean of the statistic over the permutations: what to expect when nothing is going on.
    permutations
        n.
    """

    value: float
    p: float
    chance: float
    permutations: int


def sign_flip_test(
    differences: ArrayLike,
    groups: Sequence[Hashable],
    *,
    permutations: int = 9999,
    alternative: Alternative = "two-sided",
    seed: int = 0,
) -> PermutationTest:
    """Test whether the mean of paired `differences` is zero, flipping the signs of whole groups.

    Parameters
    ----------
    differences
        B − A of each item, finite, shape (n_items,).
    groups
        The group of each item; all items of one keep or flip their sign together.
    permutations, alternative, seed
        Number of random sign patterns, direction of the alternative, seed of the generator.

    Raises
    ------
    InvalidData
        If a difference is not finite, lengths differ, or there are fewer than two groups.

    References
    ----------
    Phipson and Smyth (2010), Permutation p-values should never be zero, Stat. Appl. Genet. Mol. Biol. 9(1).
    """
    items = np.asarray(differences, dtype=float)
    if items.shape != (len(groups),) or not np.all(np.isfinite(items)):
        raise InvalidData(f"need one finite difference per item of {len(groups)}, got shape {items.shape}")
    sums = np.array([items[block].sum() for block in group_members(groups)])
    generator = np.random.default_rng(seed)
    null = np.array([_random_signs(sums.size, generator) @ sums for _ in range(_checked(permutations))])
    return against_null(float(items.mean()), null / items.size, alternative, centre=0.0)


def permutation_test(
    statistic: Callable[[Labels], float],
    labels: Sequence[Any] | Labels,
    groups: Sequence[Hashable],
    *,
    exchange: Literal["within", "between"],
    permutations: int = 999,
    alternative: Alternative = "greater",
    seed: int = 0,
) -> PermutationTest:
    """Test a statistic of item labels against labels shuffled in the way the null hypothesis allows.

    Parameters
    ----------
    statistic
        Maps labels, shape (n_items,), to a number.
    labels
        The label of each item, length n_items.
    groups
        The group of each item.
    exchange
        ``"within"`` shuffles labels among the items of a group, for labels that vary inside groups (does
        the label matter once the speaker is known?). ``"between"`` hands whole groups' labels around, for
        labels that are a property of the group (does the reader's profile matter?).
    permutations, alternative, seed
        Number of shuffles, direction of the alternative, seed of the generator. Two-sided compares
        distances from the mean over all shuffles and the data.

    Raises
    ------
    InvalidData
        If lengths differ, there are fewer than two groups, labels vary inside a group that is to be
        handed around whole, or the statistic is undefined on the data or a shuffle.

    References
    ----------
    Winkler et al. (2014), Permutation inference for the general linear model, NeuroImage 92, 381-397.
    """
    items = _as_labels(labels)
    if len(items) != len(groups):
        raise InvalidData(f"need one label per item, got {len(items)} labels for {len(groups)} items")
    blocks = group_members(groups)
    shuffle = _shuffler(items, blocks, exchange)
    generator = np.random.default_rng(seed)
    null = np.array([statistic(shuffle(generator)) for _ in range(_checked(permutations))], dtype=float)
    value = float(statistic(items))
    if not np.all(np.isfinite(null)) or not np.isfinite(value):
        raise InvalidData("the statistic is undefined on the data or on some shuffles; use one that is not")
    return against_null(value, null, alternative, centre=float(np.append(null, value).mean()))


def _as_labels(labels: Sequence[Any] | Labels) -> Labels:
    if isinstance(labels, np.ndarray):
        return labels
    items = np.empty(len(labels), dtype=object)
    items[:] = labels
    return items


def _shuffler(
    items: Labels, blocks: list[Indices], exchange: Literal["within", "between"]
) -> Callable[[np.random.Generator], Labels]:
    if exchange == "within":
        return lambda generator: _shuffled_within(items, blocks, generator)
    if exchange == "between":
        _check_constant(items, blocks)
        return lambda generator: _shuffled_between(items, blocks, generator)
    raise InvalidData(f"exchange must be 'within' or 'between', got {exchange!r}")


def _shuffled_within(items: Labels, blocks: list[Indices], generator: np.random.Generator) -> Labels:
    shuffled = items.copy()
    for block in blocks:
        shuffled[block] = items[generator.permutation(block)]
    return shuffled


def _shuffled_between(items: Labels, blocks: list[Indices], generator: np.random.Generator) -> Labels:
    shuffled = items.copy()
    for block, donor in zip(blocks, generator.permutation(len(blocks)), strict=True):
        shuffled[block] = items[blocks[donor][0]]
    return shuffled


def _check_constant(items: Labels, blocks: list[Indices]) -> None:
    for block in blocks:
        seen = set(items[block].tolist())
        if len(seen) > 1:
            raise InvalidData(
                f"exchange='between' needs one label per group, item {block[0]}'s group has "
                f"{sorted(map(str, seen))}; use 'within'"
            )


def _random_signs(size: int, generator: np.random.Generator) -> NDArray[np.float64]:
    return np.where(generator.integers(2, size=size), 1.0, -1.0)


def _checked(permutations: int) -> int:
    if permutations < 1:
        raise InvalidData(f"permutations must be at least 1, got {permutations}")
    return permutations


def against_null(
    value: float, null: NDArray[np.float64], alternative: Alternative, *, centre: float = 0.0
) -> PermutationTest:
    """Compare a statistic with what it is on permutations that were drawn elsewhere.

    Parameters
    ----------
    value
        The statistic on the data as they are.
    null
        On each permutation, shape (permutations,).
    alternative, centre
        Direction of the alternative; two-sided compares distances from `centre`.

    Raises
    ------
    InvalidData
        If the alternative is unknown.
    """
    slack = _TIE * max(abs(value), float(np.abs(null).max()))
    if alternative == "greater":
        extreme = np.count_nonzero(null >= value - slack)
    elif alternative == "less":
        extreme = np.count_nonzero(null <= value + slack)
    elif alternative == "two-sided":
        extreme = np.count_nonzero(np.abs(null - centre) >= abs(value - centre) - slack)
    else:
        raise InvalidData(f"alternative must be 'greater', 'less' or 'two-sided', got {alternative!r}")
    return PermutationTest(value, float(1 + extreme) / (1 + null.size), float(null.mean()), null.size)


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p values adjusted for all of them being looked at, in the same order.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statistics 6, 65-70.
    """
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(p.size, 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted
