"""What a corpus on disk offers before anything is drawn from it or hashed."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from affectlab.bench.emomm.clip import Channel, Clip
from affectlab.bench.emomm.rules import EmoMMRules
from affectlab.errors import UnreadableFile
from affectlab.models import Media


@dataclass(frozen=True, slots=True)
class Draft:
    """A clip whose media are known by path only; fields as in `Clip`."""

    id: str
    corpus: str
    source: str
    speaker: str
    language: Literal["zh", "en"]
    text: str
    audio: Path
    video: Path
    labels: Mapping[Channel, str]
    values: Mapping[Channel, float] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def with_hashes(self, hashes: Mapping[Path, str]) -> Clip:
        """Return the clip; `hashes` holds the SHA-256 of each of its files."""
        return Clip(
            id=self.id,
            corpus=self.corpus,
            source=self.source,
            speaker=self.speaker,
            language=self.language,
            text=self.text,
            audio=Media("audio", self.audio, hashes[self.audio]),
            video=Media("video", self.video, hashes[self.video]),
            labels=self.labels,
            values=self.values,
            details=self.details,
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """A clip that was left out, and why."""

    clip: str
    why: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """The usable clips of a corpus.

    Parameters
    ----------
    name
        As in `Clip.corpus`, or with a word more where a corpus offers clips of two kinds.
    drafts
        Usable clips.
    skipped
        The others.
    notes
        Lines for the user about what was left out.
    tables
        Files that were read.
    """

    name: str
    drafts: tuple[Draft, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    tables: tuple[Path, ...] = ()


def first_with_content(candidates: Sequence[Path]) -> Path | None:
    """Return the first of `candidates` that is a file with something in it."""
    for path in candidates:
        if path.is_file() and path.stat().st_size:
            return path
    return None


def require_some(corpus: Corpus, expected: str) -> Corpus:
    """Return `corpus` unless all of its clips were skipped.

    Raises
    ------
    UnreadableFile
        If they were; the line gives the first reason and what files were `expected`.
    """
    if corpus.skipped and not corpus.drafts:
        first = corpus.skipped[0]
        raise UnreadableFile(
            f"none of the {len(corpus.skipped)} clips of {corpus.name} can be used "
            f"({first.clip}: {first.why}); expected {expected}"
        )
    return corpus


def draw(corpus: Corpus, rules: EmoMMRules, seed: int) -> list[Draft]:
    """Draw as many clips as the rules want, all where there are no more; in the order of the corpus."""
    wanted = rules.clips_per_corpus
    if wanted is None or len(corpus.drafts) <= wanted:
        return list(corpus.drafts)
    # The name, so that what is drawn from one corpus does not depend on which others are there.
    generator = np.random.default_rng([seed, zlib.crc32(corpus.name.encode())])
    strata: dict[str, list[int]] = defaultdict(list)
    for index, draft in enumerate(corpus.drafts):
        strata[draft.labels["M"] if rules.stratify == "class" else ""].append(index)
    chosen = [
        index
        for members, share in zip(strata.values(), _shares(strata, wanted), strict=True)
        for index in generator.choice(members, share, replace=False)
    ]
    return [corpus.drafts[index] for index in sorted(chosen)]


def _shares(strata: Mapping[str, Sequence[int]], wanted: int) -> list[int]:
    """How many to take of each stratum: equal numbers, and what small ones lack from the others."""
    shares = dict.fromkeys(strata, 0)
    for left, name in zip(
        range(len(strata), 0, -1), sorted(strata, key=lambda name: len(strata[name])), strict=True
    ):
        shares[name] = min(len(strata[name]), (wanted - sum(shares.values())) // left)
    return list(shares.values())
