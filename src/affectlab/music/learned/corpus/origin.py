"""Where a piece comes from, and why one is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from affectlab.music.learned.piece import Piece


class Dropped(Exception):
    """A piece that is no use for training; the message says why."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece that may become part of the corpus.

    Parameters
    ----------
    name
        Of the piece, for example ``"pop909/001"``.
    source, licence
        Who published it and under what terms.
    read
        Makes the piece; raises `Dropped`.
    """

    name: str
    source: str
    licence: str
    read: Callable[[], Piece]
