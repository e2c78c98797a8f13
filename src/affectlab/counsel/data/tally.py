"""What became of every row that was read."""

from __future__ import annotations

from collections import Counter
from typing import Any

_EXAMPLES = 5
_LINES = 50


class Tally:
    """Counts with examples, and lines about single rows."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.personal: Counter[str] = Counter()
        self.lines: list[str] = []
        self._examples: dict[str, list[str]] = {}
        self._unsaid = 0

    def count(self, what: str, example: str) -> None:
        """Count one row under `what`."""
        self.counts[what] += 1
        examples = self._examples.setdefault(what, [])
        if len(examples) < _EXAMPLES:
            examples.append(example)

    def say(self, line: str) -> None:
        """Keep a line about one row; after the first 50 they are only counted."""
        if len(self.lines) < _LINES:
            self.lines.append(line)
        else:
            self._unsaid += 1

    def filters(self) -> list[dict[str, Any]]:
        """Return each filter with how many rows it took and the first of them."""
        return [
            {"filter": what, "rows": number, "examples": self._examples[what]}
            for what, number in self.counts.items()
        ]

    def problems(self) -> list[str]:
        """Return the lines."""
        rest = [f"and {self._unsaid} more of this kind"] if self._unsaid else []
        return [*self.lines, *rest]

    def in_short(self) -> str:
        """Return the counts and the first line about a row as one line."""
        counts = [f"{what} {number}" for what, number in self.counts.items()]
        return "; ".join([*self.lines[:1], *([", ".join(counts)] if counts else [])]) or "none was read"
