"""Where the corpora of AICA-Bench lie, and who reads each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from affectlab.bench.aica.corpora.abstract import read_abstract
from affectlab.bench.aica.corpora.artphoto import read_artphoto
from affectlab.bench.aica.corpora.bass import read_bass
from affectlab.bench.aica.corpora.emoset import read_emoset
from affectlab.bench.aica.corpora.emotic import read_emotic
from affectlab.bench.aica.corpora.emotion6 import read_emotion6
from affectlab.bench.aica.corpora.fi import read_fi
from affectlab.bench.aica.corpora.findingemo import read_findingemo
from affectlab.bench.aica.corpora.ldl import read_flickr_ldl, read_twitter_ldl
from affectlab.bench.aica.corpora.oasis import read_oasis
from affectlab.bench.aica.drafts import Offer
from affectlab.errors import BenchError

_READERS: dict[str, Callable[[Path], Offer]] = {
    "emoset": read_emoset,
    "emotion6": read_emotion6,
    "fi": read_fi,
    "flickr_ldl": read_flickr_ldl,
    "twitter_ldl": read_twitter_ldl,
    "findingemo": read_findingemo,
    "emotic": read_emotic,
    "artphoto": read_artphoto,
    "abstract": read_abstract,
    "oasis": read_oasis,
    "bass": read_bass,
}


@dataclass(frozen=True, slots=True)
class AicaSources:
    """Folders of the corpora, each as its publishers ship it; None for one that is not there.

    The order is that in which duplicates are kept.
    """

    emoset: Path | None = None
    emotion6: Path | None = None
    fi: Path | None = None
    flickr_ldl: Path | None = None
    twitter_ldl: Path | None = None
    findingemo: Path | None = None
    emotic: Path | None = None
    artphoto: Path | None = None
    abstract: Path | None = None
    oasis: Path | None = None
    bass: Path | None = None

    def folders(self) -> dict[str, Path]:
        """Return the folder of each corpus that was given.

        Raises
        ------
        BenchError
            If none was.
        """
        found = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name)}
        if not found:
            flags = ", ".join(f"--{name.replace('_', '-')} DIR" for name in _READERS)
            raise BenchError(f"no source given; expected at least one of {flags}")
        return found

    def offers(self) -> Iterator[Offer]:
        """Read every corpus that was given.

        Raises
        ------
        BenchError
            If none was.
        UnreadableFile
            If one is laid out otherwise than published.
        """
        for name, folder in self.folders().items():
            yield _READERS[name](folder)
