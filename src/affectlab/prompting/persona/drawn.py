"""Profiles that are not the reader's: another reader's, or one drawn at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from affectlab.errors import InvalidData
from affectlab.prompting.persona.profile import MBTI_LETTERS, TRAITS, BigFive, ReaderProfile


def deranged(names: Sequence[str], seed: int) -> dict[str, str]:
    """Give every name another one of them, each once.

    Drawn uniformly from the derangements: permutations are drawn until none stays in its place.

    Raises
    ------
    InvalidData
        If there are fewer than two names.
    """
    if len(names) < 2:
        raise InvalidData(f"a shuffled profile needs at least two readers or groups, got {len(names)}")
    generator = np.random.default_rng(seed)
    own = np.arange(len(names))
    while np.any((order := generator.permutation(own.size)) == own):
        continue
    return {name: names[place] for name, place in zip(names, order.tolist(), strict=True)}


def random_profiles(names: Sequence[str], members: Mapping[str, int], seed: int) -> dict[str, ReaderProfile]:
    """Draw a profile for each name: traits uniform on [0, 1], letters with equal chances.

    Parameters
    ----------
    names
        Readers or groups.
    members
        Readers in each; a group gets as many MBTI types and the mean of as many trait scores.
    seed
        Of the generator.
    """
    generator = np.random.default_rng(seed)
    return {name: _drawn(name, members[name], generator) for name in names}


def _drawn(name: str, members: int, generator: np.random.Generator) -> ReaderProfile:
    scores = generator.random((members, len(TRAITS))).mean(axis=0)
    choices = generator.integers(2, size=(members, len(MBTI_LETTERS)))
    types = [
        "".join(pair[place] for pair, place in zip(MBTI_LETTERS, row, strict=True))
        for row in choices.tolist()
    ]
    mbti = types[0] if members == 1 else ", ".join(f"{one} {types.count(one)}" for one in sorted(set(types)))
    return ReaderProfile(name, "", mbti, BigFive(*scores.round(3).tolist()))
