"""Why a decoder says nothing, or little: the words that pages, reports and recordings show."""

from __future__ import annotations

NO_BASELINE = "no baseline yet"
POOR_SIGNAL = "poor signal"
MISPLACED = "electrodes do not lie where they are said to: check their order"
UNFAMILIAR = "unlike anything it was trained on"
FAILED = "the decoder failed"


def untrained(axis: str) -> str:
    """Return the reason why an axis says the prior although the other is decoded."""
    return f"{axis} not trained"
