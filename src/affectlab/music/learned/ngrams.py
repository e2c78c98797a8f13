"""Melodic n-grams: what two pieces have in common, in whatever key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import UnreadableFile
from affectlab.files import writing
from affectlab.music.instruments import MELODY
from affectlab.music.learned.piece import Piece

# Twelve notes in a row: shorter runs are shared by chance (ours).
LENGTH = 12
_LONGEST_STEP = 96
_MIX = np.uint64(0x9E3779B97F4A7C15)


def melodic_ngrams(piece: Piece, length: int = LENGTH, part: str = MELODY) -> NDArray[np.uint64]:
    """Return a hash of every run of `length` melodic steps, in order, shape (runs,).

    A step is the interval in semitones and the ticks between two onsets (rests longer than two bars of four
    count as two); of notes begun together the highest is the melody. Transposition changes nothing.
    """
    words = steps_of(*melody_line(piece, part))
    if len(words) < length:
        return np.zeros(0, np.uint64)
    return hashed(np.lib.stride_tricks.sliding_window_view(words, length))


def steps_of(starts: NDArray[np.int64], pitches: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the steps between successive notes as one number each, shape (..., notes - 1)."""
    intervals = np.diff(pitches).astype(np.int64) + 128
    waits = np.minimum(np.diff(starts), _LONGEST_STEP)
    return (intervals * (_LONGEST_STEP + 1) + waits).astype(np.uint64)


def hashed(runs: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a hash of each run of steps, shape (runs,) for shape (runs, steps)."""
    hashes = np.zeros(len(runs), np.uint64)
    for column in runs.T:
        hashes = _mixed(hashes ^ column)
    return hashes


def melody_line(piece: Piece, part: str = MELODY) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the onsets, in ticks, and the highest pitch at each, of one part."""
    notes = piece.of_part(part)
    starts, first = np.unique(notes["start"], return_index=True)
    highest = np.maximum.reduceat(notes["pitch"], first) if first.size else notes["pitch"]
    return starts.astype(np.int64), highest.astype(np.int64)


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over the word: one round of splitmix64 (Steele et al. 2014, OOPSLA, 453-472)."""
    words = words + _MIX
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


@dataclass(frozen=True, slots=True, eq=False)
class NgramSet:
    """The n-grams of a corpus.

    Parameters
    ----------
    hashes
        Sorted, each once, shape (size,).
    length
        Steps per n-gram.
    bits
        How many of a hash's 64 bits, from the top, are kept.
    """

    hashes: NDArray[np.uint64]
    length: int = LENGTH
    bits: int = 64

    @classmethod
    def of(cls, pieces: Iterable[Piece], length: int = LENGTH) -> Self:
        """Gather the n-grams of pieces."""
        found = [melodic_ngrams(piece, length) for piece in pieces]
        return cls(np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint64), length)

    def __len__(self) -> int:
        return len(self.hashes)

    def has(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether each hash is one of the set's, shape of `hashes`."""
        if not len(self):
            return np.zeros(len(hashes), bool)
        wanted = hashes >> np.uint64(64 - self.bits)
        place = np.minimum(np.searchsorted(self.hashes, wanted), len(self) - 1)
        known: NDArray[np.bool_] = self.hashes[place] == wanted
        return known

    def shortened(self, bits: int = 32) -> Self:
        """Return a set that knows every n-gram of this one in half the space.

        A stranger is taken for one of them with probability size / 2^bits: 5 in 100,000 for 200,000 n-grams
        and 32 bits.
        """
        return type(self)(np.unique(self.hashes >> np.uint64(self.bits - bits)), self.length, bits)

    def overlap(self, piece: Piece) -> float:
        """Share of the piece's n-grams that are in the set, NaN for a melody too short to have any."""
        hashes = melodic_ngrams(piece, self.length)
        return float(self.has(hashes).mean()) if len(hashes) else float("nan")

    def save(self, path: Path) -> None:
        """Write as ``.npz``, whole or not at all."""
        with writing(path) as temporary:
            hashes = self.hashes.astype(np.uint32) if self.bits <= 32 else self.hashes
            np.savez_compressed(temporary, hashes=hashes, length=self.length, bits=self.bits)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote; UnreadableFile if it is something else."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
                hashes = content["hashes"].astype(np.uint64)
                return cls(hashes, int(content["length"]), int(content["bits"]))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise UnreadableFile(
                f"{path} holds no n-grams ({error}); make it again with: affectlab music corpus"
            ) from error
