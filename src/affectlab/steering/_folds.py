"""Cases divided so that what comes from one source stays together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import SteeringError


def source_folds(
    conflict: NDArray[np.bool_], sources: Sequence[str], *, folds: int, seed: int
) -> NDArray[np.intp]:
    """Return the fold of each case; sources are whole, and conflict is about as frequent in each.

    Pooled over folds whose base rates differ, the outputs of their probes would rank cases by fold.

    Raises
    ------
    SteeringError
        If conflict or agreement is not found in as many sources as there are folds.
    """
    names, members = np.unique(np.asarray(sources, dtype=str), return_inverse=True)
    cases = np.bincount(members, minlength=len(names))
    conflicts = np.bincount(members, weights=conflict, minlength=len(names))
    with_conflict, without = int((conflicts > 0).sum()), int((conflicts < cases).sum())
    if min(with_conflict, without) < folds:
        raise SteeringError(
            f"{with_conflict} sources show conflict and {without} agreement; "
            f"expected at least {folds} of each: take more cases"
        )
    chance = np.random.default_rng(seed).permutation(len(names))
    order = np.lexsort((chance, conflicts / cases))
    # Dealt out in this order, every fold gets one of the sources with most and with least conflict.
    fold_of = np.empty(len(names), dtype=np.intp)
    fold_of[order] = np.arange(len(names)) % folds
    return fold_of[members]
