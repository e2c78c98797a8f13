"""A built corpus on disk: memory-mapped arrays per split, and an index of the pieces in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import UnreadableFile
from affectlab.files import writing
from affectlab.music.learned.corpus.splits import SPLITS
from affectlab.music.learned.labels import Labeller
from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.learned.vocabulary import Vocabulary

INDEX, VOCABULARY, LABELS_FILE, NGRAMS = "corpus.json", "vocabulary.json", "labels.json", "ngrams.npz"
ARRAYS = {"ids": np.uint16, "beats": np.uint16, "features": np.float16, "labels": np.float16}


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of a corpus and its place in the arrays of its split.

    Parameters
    ----------
    name, source, licence
        Where it comes from and under what terms.
    split
        One of `SPLITS`.
    group
        Name shared by the pieces with the same melody.
    notes
        Number of notes.
    first_token, tokens
        Where its ids begin, and how many there are.
    first_beat, beats
        Where the rows of its beats begin, and how many there are.
    """

    name: str
    source: str
    licence: str
    split: str
    group: str
    notes: int
    first_token: int
    tokens: int
    first_beat: int
    beats: int


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The arrays of one split, mapped from disk.

    Parameters
    ----------
    ids, beats
        Of each token: its id, and its beat counted from the beginning of its piece; shape (tokens,).
    features, labels
        Of each beat: `FEATURES`, shape (beats, 10), and `LABELS`, shape (beats, 4).
    pieces
        Those in it, in the order of the arrays.
    """

    ids: NDArray[np.uint16]
    beats: NDArray[np.uint16]
    features: NDArray[np.float16]
    labels: NDArray[np.float16]
    pieces: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """A built corpus.

    Parameters
    ----------
    folder
        Where it lies.
    pieces
        Every piece.
    dropped
        Name of each piece that was left out, and why.
    """

    folder: Path
    pieces: tuple[Entry, ...]
    dropped: dict[str, str]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the index of a built corpus; UnreadableFile if there is none."""
        try:
            content = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            return cls(folder, tuple(Entry(**one) for one in content["pieces"]), dict(content["dropped"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableFile(
                f"{folder} is no music corpus ({error}); build one with: affectlab music corpus"
            ) from error

    def to_json(self) -> dict[str, Any]:
        """Return the index."""
        return {"pieces": [asdict(one) for one in self.pieces], "dropped": self.dropped}

    def split(self, name: str) -> Split:
        """Map the arrays of a split; UnreadableFile if one is missing or damaged."""
        pieces = tuple(one for one in self.pieces if one.split == name)
        ids, beats, features, labels = (self._array(name, array) for array in ARRAYS)
        return Split(ids, beats, features, labels, pieces)

    def _array(self, split: str, name: str) -> Any:
        path = self.folder / split / f"{name}.npy"
        try:
            return np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise UnreadableFile(f"cannot read {path} ({error}); build the corpus again") from error

    @property
    def vocabulary(self) -> Vocabulary:
        """What the ids say."""
        return Vocabulary.load(self.folder / VOCABULARY)

    @property
    def labeller(self) -> Labeller:
        """What the labels were placed by: the quantiles of the training split."""
        path = self.folder / LABELS_FILE
        try:
            return Labeller.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, AttributeError) as error:
            raise UnreadableFile(f"cannot read {path} ({error}); build the corpus again") from error

    @property
    def ngrams(self) -> NgramSet:
        """The melodic n-grams of the training split."""
        return NgramSet.load(self.folder / NGRAMS)

    def rows(self) -> list[dict[str, Any]]:
        """Return counts per split, and how many pieces were left out, as rows of metric and value."""
        counts: list[tuple[str, str, int]] = []
        for split in SPLITS:
            pieces = [one for one in self.pieces if one.split == split]
            sums = {name: sum(getattr(one, name) for one in pieces) for name in ("notes", "beats", "tokens")}
            counts += [(split, name, value) for name, value in {"pieces": len(pieces), **sums}.items()]
        counts.append(("left out", "pieces", len(self.dropped)))
        unknown = {"low": None, "high": None, "n": None}
        return [
            {"subset": subset, "metric": name, "value": value, **unknown} for subset, name, value in counts
        ]


def write_split(folder: Path, split: str, arrays: dict[str, Sequence[NDArray[Any]]]) -> None:
    """Write the arrays of a split, each whole or not at all; they are joined piece after piece."""
    for name, kind in ARRAYS.items():
        with writing(folder / split / f"{name}.npy") as temporary:
            np.save(temporary, np.concatenate(arrays[name]).astype(kind))
