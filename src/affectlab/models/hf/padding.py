"""Which prompts of a call are read together, so that little of what is computed is padding.

Every row of a batch is padded to the longest, but for what all rows begin with, which is read once
(`sharing`). A batch of one long and many short prompts is mostly padding; a batch for each prompt reads the
weights and the common beginning again and again. Batches are joined, the most saving pair first, as long as
that saves tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

PASS_TOKENS = {"cpu": 32, "cuda": 512}
"""What a forward pass costs beyond its tokens, in tokens, by type of device: ours, rounded from timings."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Prompts that are read together: places in the call, longest prompt, tokens that all begin with."""

    places: tuple[int, ...]
    longest: int
    shared: int

    @property
    def tokens(self) -> int:
        """Tokens that are computed, padding included."""
        return self.shared + len(self.places) * (self.longest - self.shared)


def read_together(prompts: Sequence[Sequence[int]], pass_tokens: int) -> list[list[int]]:
    """Divide prompts into batches that cost least, found greedily.

    Parameters
    ----------
    prompts
        Token ids of each.
    pass_tokens
        What a batch costs beyond its tokens.

    Returns
    -------
    list of list of int
        Places in `prompts`, ascending, each in one batch; batches in the order of their first place.
    """
    alike = _common_beginnings(prompts)
    groups = [_Group((place,), len(prompt), 0) for place, prompt in enumerate(prompts)]
    while len(groups) > 1:
        saving, one, other = max(
            (
                (one.tokens + other.tokens + pass_tokens - _joined(one, other, alike).tokens, one, other)
                for one, other in combinations(groups, 2)
            ),
            key=lambda found: found[0],
        )
        if saving <= 0:
            break
        groups = [group for group in groups if group not in (one, other)] + [_joined(one, other, alike)]
    return sorted(sorted(group.places) for group in groups)


def _joined(one: _Group, other: _Group, alike: NDArray[np.int64]) -> _Group:
    places = one.places + other.places
    shared = int(alike[np.ix_(places, places)].min())
    return _Group(places, max(one.longest, other.longest), shared)


def _common_beginnings(prompts: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Return how many tokens each two prompts begin with alike, one token of each left over."""
    arrays = [np.asarray(prompt) for prompt in prompts]
    found = np.diag([max(0, len(prompt) - 1) for prompt in prompts]).astype(np.int64)
    for one, other in combinations(range(len(prompts)), 2):
        length = max(0, min(len(arrays[one]), len(arrays[other])) - 1)
        different = np.flatnonzero(arrays[one][:length] != arrays[other][:length])
        found[one, other] = found[other, one] = different[0] if different.size else length
    return found
