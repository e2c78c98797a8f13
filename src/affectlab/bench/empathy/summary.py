"""What building an exam's data set has come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a data set has come to hold.

    Parameters
    ----------
    folder, benchmark
        Where it lies, and whose it is.
    counts
        Rows with what they are about, ``metric`` and ``value``.
    sources
        Different scenarios: what statistics cluster by.
    """

    folder: Path
    benchmark: str
    counts: Sequence[dict[str, Any]]
    sources: int

    def rows(self) -> list[dict[str, Any]]:
        """Return all figures as rows with what they are about, metric, value, low, high and n."""
        total = sum(int(row["value"]) for row in self.counts)
        about = [*self.counts, {"metric": "scenarios", "value": self.sources}]
        return [{**row, "low": None, "high": None, "n": total} for row in about]
