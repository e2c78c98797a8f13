"""How long work is told of and stopped."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Told (finished, of how many)."""


class Interrupted(Exception):
    """The work was told to stop; what was finished is kept."""


def unseen(_done: int, _total: int) -> None:
    """Show nothing."""
