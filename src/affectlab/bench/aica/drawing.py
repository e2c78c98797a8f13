"""Drawing pictures of a corpus in balance, and taking the next one where one cannot be used."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from affectlab.bench.aica.drafts import Draft
from affectlab.bench.aica.rules import AicaRules

Judge = Callable[[Sequence[Draft]], list[bool]]
"""Says of each picture, in turn, whether it is taken."""


def draw(corpus: str, drafts: Sequence[Draft], rules: AicaRules, seed: int, judge: Judge) -> list[Draft]:
    """Draw as many pictures as the rules want, all where there are no more; in the order of the corpus.

    Pictures of a stratum come in an order that the seed decides. What the judge refuses is replaced by the
    next of its stratum, and where a stratum has no more, by others.

    Parameters
    ----------
    corpus
        Its name, so that what is drawn of one corpus does not depend on which others are there.
    drafts
        Those there are.
    rules
        How many, and in what balance.
    seed
        Of the order.
    judge
        Says which can be used; it is asked only of as many as are needed.
    """
    generator = np.random.default_rng([seed, zlib.crc32(corpus.encode())])
    strata: dict[str, list[int]] = defaultdict(list)
    for index, draft in enumerate(drafts):
        strata[draft.stratum if rules.stratify != "none" else ""].append(index)
    queues = {name: list(generator.permutation(strata[name])) for name in sorted(strata)}
    taken: dict[str, list[int]] = {name: [] for name in queues}
    wanted = rules.wanted(corpus, len(drafts))
    while due := _due(queues, taken, wanted, equal=rules.stratify == "equal"):
        asked = sorted((int(index), name) for name, n in due.items() for index in _pop(queues[name], n))
        verdicts = judge([drafts[index] for index, _ in asked])
        for (index, name), good in zip(asked, verdicts, strict=True):
            if good:
                taken[name].append(index)
    return [drafts[index] for index in sorted(index for some in taken.values() for index in some)]


def _pop(queue: list[int], n: int) -> list[int]:
    some, queue[:] = queue[:n], queue[n:]
    return some


def _due(
    queues: Mapping[str, Sequence[int]], taken: Mapping[str, Sequence[int]], wanted: int, *, equal: bool
) -> dict[str, int]:
    """How many more to ask for of each stratum; empty when there are enough or no more."""
    there = {name: len(queues[name]) + len(taken[name]) for name in queues}
    shares = equal_shares(there, wanted) if equal else proportional_shares(there, wanted)
    return {name: n for name in queues if (n := shares[name] - len(taken[name])) > 0}


def equal_shares(there: Mapping[str, int], wanted: int) -> dict[str, int]:
    """Return how many to take of each stratum: equal numbers, and what small ones lack from the others."""
    shares = dict.fromkeys(there, 0)
    for left, name in zip(
        range(len(there), 0, -1), sorted(there, key=lambda name: (there[name], name)), strict=True
    ):
        shares[name] = min(there[name], (wanted - sum(shares.values())) // left)
    return shares


def proportional_shares(there: Mapping[str, int], wanted: int) -> dict[str, int]:
    """Return how many to take of each stratum: its share of all, rounded so that the sum is `wanted`."""
    total = sum(there.values())
    wanted = min(wanted, total)
    exact = {name: wanted * n / total for name, n in there.items()} if total else {}
    shares = {name: int(value) for name, value in exact.items()}
    by_rest = sorted(exact, key=lambda name: (shares[name] - exact[name], name))
    for name in by_rest[: wanted - sum(shares.values())]:
        shares[name] += 1
    return shares
