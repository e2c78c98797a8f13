"""The level over a whole talk: what was said stays said for a while, and small signs add up."""

from __future__ import annotations

from collections.abc import Sequence

from affectlab.counsel.gate.verdict import LEVELS, Level

_WINDOW = 6
_MANY = 3
"""So many hopeless turns of the person among the last `_WINDOW` amount to high; ours."""


def latched(levels: Sequence[Level], calm_turns: int) -> Level:
    """Return the level a talk stands at after turns that are each of some level.

    High and immediate stay until `calm_turns` turns in a row show no sign, then come down by one level; low
    that is left of them goes the same way. Low by itself does not stay.
    """
    current, calm = 0, 0
    for rank in map(LEVELS.index, levels):
        if rank >= max(current, LEVELS.index("high")):
            current, calm = rank, 0
        elif rank > 0:
            calm = 0
        elif current:
            calm += 1
            if calm >= calm_turns:
                current, calm = current - 1, 0
    last = LEVELS.index(levels[-1]) if levels else 0
    return LEVELS[max(current, last)]


def added_up(hopeless: Sequence[bool]) -> bool:
    """Say whether the person sounded hopeless in enough of the last turns, the last one included."""
    recent = hopeless[-_WINDOW:]
    return bool(recent) and recent[-1] and sum(recent) >= _MANY
