"""What a corpus of pictures on disk offers before anything is drawn from it or opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from affectlab.errors import UnreadableFile

Kind = Literal["missing", "row", "label", "unreadable", "duplicate", "nsfw"]
"""Why a picture is left out: no file, a faulty row, no usable label, a file that cannot be read, the picture
of another one, or a name on the list of pictures not to be shown."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A picture that may be drawn.

    Parameters
    ----------
    name
        Unique in its corpus: the path of the file as the corpus names it.
    path
        The file.
    stratum
        What sampling keeps in balance.
    source
        What it shares with pictures of the same origin, unique in its corpus; empty where it stands alone.
    weights
        Label to votes, shares or 1; empty where the corpus has ratings only.
    details
        JSON-ready facts of the corpus, see `affectlab.bench.aica.build`.
    """

    name: str
    path: Path
    stratum: str
    source: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A picture that was left out, and why."""

    corpus: str
    picture: str
    kind: Kind
    why: str


@dataclass(frozen=True, slots=True)
class Offer:
    """The pictures of a corpus.

    Parameters
    ----------
    corpus
        Its name.
    folder
        Where it lies.
    space
        Name of its label space; None where it has ratings only.
    drafts
        Pictures whose file is there and whose row can be used.
    skipped
        The others.
    tables
        Files that were read.
    notes
        Lines for the user.
    """

    corpus: str
    folder: Path
    space: str | None
    drafts: tuple[Draft, ...]
    skipped: tuple[Skipped, ...] = ()
    tables: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def require_some(offer: Offer, expected: str) -> Offer:
    """Return `offer` unless it has no picture that can be used.

    Raises
    ------
    UnreadableFile
        If it has none; the line gives the first reason and what was `expected`.
    """
    if offer.drafts:
        return offer
    if offer.skipped:
        first = offer.skipped[0]
        raise UnreadableFile(
            f"none of the {len(offer.skipped)} pictures of {offer.corpus} can be used "
            f"({first.picture}: {first.why}); expected {expected}"
        )
    raise UnreadableFile(f"{offer.folder} holds no picture of {offer.corpus}; expected {expected}")
