"""EmoMM's subsets as the paper reports them (arXiv 2605.01024)."""

from __future__ import annotations

from affectlab.bench.subsets import OVERALL, SubsetScheme

_PUBLISHED = ("aligned", "conflict", "missing_aligned", "missing_conflict")

EMOMM_SUBSETS = SubsetScheme(
    composed={
        OVERALL: _PUBLISHED,
        "aligned": ("aligned",),
        "conflict": ("conflict",),
        "missing": ("missing_aligned", "missing_conflict"),
        "missing_aligned": ("missing_aligned",),
        "missing_conflict": ("missing_conflict",),
        "single": ("single",),
    },
    note=(
        "overall unites the four published subsets (aligned, conflict, missing_aligned, missing_conflict); "
        "single, one modality at a time, is ours and not part of it"
    ),
)
