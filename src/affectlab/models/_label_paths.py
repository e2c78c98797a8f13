"""Exact log-likelihoods of labels from a model that shows only its most likely next tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Path = tuple[int, ...]
Walk = Callable[[Path, Path], Sequence[Mapping[int, float]]]


def log_likelihoods(paths: Sequence[Path], walk: Walk) -> NDArray[np.float64]:
    """Sum the log-probabilities of the tokens of each path.

    Paths that run together share their steps, and a walk shows the other tokens that were likely at each
    step, so one walk along the longest label often gives the others as well.

    Parameters
    ----------
    paths
        Tokens of each label, at least one each.
    walk
        Makes the model say a path, the second argument, from where the first ends. It returns, for each step,
        log-probabilities of tokens given the prompt and all before, that of the path's own token always among
        them.

    Returns
    -------
    log_likelihoods
        Shape (len(paths),), natural logarithms.
    """
    seen: dict[Path, dict[int, float]] = {}
    for path in sorted(set(paths), key=len, reverse=True):
        start = _known_steps(path, seen)
        if start < len(path):
            shown = walk(path[:start], path[start:])
            for end, likely in enumerate(shown, start):
                # What was seen first stays, so that every label rests on the same numbers.
                seen[path[:end]] = {**likely, **seen.get(path[:end], {})}
    return np.array([sum(seen[path[:end]][token] for end, token in enumerate(path)) for path in paths])


def _known_steps(path: Path, seen: Mapping[Path, Mapping[int, float]]) -> int:
    """Count the steps from the beginning of `path` whose log-probabilities are known."""
    unknown = (end for end, token in enumerate(path) if token not in seen.get(path[:end], {}))
    return next(unknown, len(path))
