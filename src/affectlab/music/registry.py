"""Composers by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from affectlab.errors import InvalidConfig
from affectlab.music.composer import RuleComposer
from affectlab.music.score import Composer

_COMPOSERS: Final[dict[str, Callable[[int], Composer]]] = {"rules": RuleComposer}

COMPOSERS: Final = tuple(sorted(_COMPOSERS))


def make_composer(name: str, seed: int = 0) -> Composer:
    """Make the composer called `name`, one of `COMPOSERS`.

    Raises
    ------
    InvalidConfig
        If no composer has that name.
    """
    if name not in _COMPOSERS:
        raise InvalidConfig(f"music '{name}' is not known; expected one of: {', '.join(COMPOSERS)}")
    return _COMPOSERS[name](seed)
