"""Under which names the samples of a benchmark are reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class SubsetScheme:
    """How the subsets of a benchmark are put together for reporting.

    Parameters
    ----------
    composed
        Reported name to the sample subsets it unites, in the order of reporting. When empty, every subset
        found is reported under its own name, then all of them as "overall".
    note
        One line that says what the composition means.
    """

    composed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = "overall unites all subsets"

    def rows(self, subset: NDArray[np.object_]) -> dict[str, NDArray[np.intp]]:
        """Return the row numbers of each reported subset that has any."""
        found = sorted(set(subset.tolist()))
        composed = self.composed or {**{name: (name,) for name in found}, OVERALL: tuple(found)}
        rows = {name: np.flatnonzero(np.isin(subset.astype(str), parts)) for name, parts in composed.items()}
        return {name: where for name, where in rows.items() if where.size}


def scheme_of(benchmark: str) -> SubsetScheme:
    """Return the scheme a benchmark states, else the one for any."""
    if benchmark == "emomm":
        from affectlab.bench.emomm.subsets import EMOMM_SUBSETS

        return EMOMM_SUBSETS
    return SubsetScheme()
