"""Made-up readers: traits spread like those of the published 36, and groups of like readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import ClusterError, kmeans2

from affectlab.errors import BenchError
from affectlab.prompting.persona import TRAITS, BigFive, ReaderProfile

Array = NDArray[np.float64]

# Means and standard deviations of the published readers, rounded; 15 of the 36 are women.
_MEAN = np.array([0.64, 0.71, 0.56, 0.71, 0.39])
_SD = np.array([0.12, 0.14, 0.10, 0.10, 0.19])
_WOMEN = 15 / 36

# A type's letters lean on the trait they resemble (ours): E on extraversion, N on openness, F on
# agreeableness, J on conscientiousness.
_LETTERS = (("extraversion", "EI"), ("openness", "NS"), ("agreeableness", "FT"), ("conscientiousness", "JP"))
_LETTER_NOISE_SD = 0.5

_STARTS = 20


def draw_readers(n: int, generator: np.random.Generator) -> tuple[ReaderProfile, ...]:
    """Draw `n` readers named R1, R2 and so on; traits are independent of each other and of gender."""
    deviates = generator.standard_normal((n, len(TRAITS)))
    scores = np.clip(_MEAN + _SD * deviates, 0, 1).round(3)
    letters = deviates + _LETTER_NOISE_SD * generator.standard_normal(deviates.shape)
    women = generator.permutation(n) < round(_WOMEN * n)
    return tuple(
        ReaderProfile(
            f"R{number + 1}",
            "F" if women[number] else "M",
            _mbti(letters[number]),
            BigFive(*scores[number].tolist()),
        )
        for number in range(n)
    )


def draw_groups(
    profiles: Sequence[ReaderProfile], groups: int, generator: np.random.Generator
) -> dict[str, tuple[str, ...]]:
    """Sort readers into groups of like traits: k-means on standardised traits, as the paper does."""
    scores = np.array([[value for _, value in one.big_five.items()] for one in profiles if one.big_five])
    spread = scores.std(axis=0)
    cluster = _clusters((scores - scores.mean(axis=0)) / np.where(spread > 0, spread, 1), groups, generator)
    return {
        f"g{number + 1}": tuple(one.id for one, own in zip(profiles, cluster, strict=True) if own == number)
        for number in range(groups)
    }


def _clusters(points: Array, groups: int, generator: np.random.Generator) -> list[int]:
    """Cluster from several starts; of these keep the one whose smallest cluster is largest."""
    found = [one for one in (_one_clustering(points, groups, generator) for _ in range(_STARTS)) if one]
    if not found:
        raise BenchError(f"{len(points)} readers cannot be sorted into {groups} groups; ask for more readers")
    return max(found, key=lambda labels: min(Counter(labels).values()))


def _one_clustering(points: Array, groups: int, generator: np.random.Generator) -> list[int]:
    try:
        _, labels = kmeans2(points, groups, minit="++", rng=generator, missing="raise")
    except ClusterError:
        # A start that leaves a cluster without members is no partition into so many groups.
        return []
    return [int(label) for label in labels]


def _mbti(leaning: Array) -> str:
    return "".join(pair[0 if leaning[TRAITS.index(trait)] > 0 else 1] for trait, pair in _LETTERS)
