"""Excerpts of the corpus as batches: beginning at a bar line, moved to any key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.music.learned.corpus.shards import Split
from affectlab.music.learned.net.backbone import Reading
from affectlab.music.learned.vocabulary import Kind, Vocabulary
from affectlab.music.learned.words import SLOTS, Words, words_of


@dataclass(frozen=True, slots=True, eq=False)
class Song:
    """A piece in words, with the labels of its beats and the words at which a bar begins."""

    words: Words
    labels: NDArray[np.float32]
    bars: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Excerpts to learn from.

    Parameters
    ----------
    read
        All words but the last of each excerpt.
    next
        The word after each, the pad token in what is to be ignored; shape (batch, words, 3).
    beat
        Beat of each word read, counted from the beginning of its piece, shape (batch, words).
    songs
        Number of the piece of each excerpt.
    """

    read: Reading
    next: Tensor
    beat: NDArray[np.int64]
    songs: tuple[int, ...]


class Excerpts:
    """The pieces of one split, from which excerpts are drawn.

    Parameters
    ----------
    split
        Of the corpus.
    vocabulary
        What its ids say.
    length
        Words of an excerpt, the begin token included.
    """

    def __init__(self, split: Split, vocabulary: Vocabulary, length: int) -> None:
        self.vocabulary = vocabulary
        self.length = length
        self.songs = tuple(_songs(split, vocabulary))
        sizes = np.array([len(song.words) for song in self.songs], float)
        self._shares = sizes / sizes.sum()
        self._pad = vocabulary.pad
        self._begin = _begin(vocabulary)

    @classmethod
    def of(cls, split: Split, vocabulary: Vocabulary, length: int) -> Self:
        """Return the excerpts of a split."""
        return cls(split, vocabulary, length)

    def draw(self, generator: np.random.Generator, count: int, transpose: tuple[int, int]) -> Batch:
        """Draw excerpts; longer pieces more often, keys evenly within `transpose`."""
        chosen = generator.choice(len(self.songs), count, p=self._shares)
        starts = [self._start(generator, self.songs[number]) for number in chosen]
        moves = generator.integers(transpose[0], transpose[1] + 1, count)
        return self._batch(list(zip(chosen.tolist(), starts, moves.tolist(), strict=True)))

    def every(self, count: int) -> list[Batch]:
        """Return the pieces from end to end, in their own keys, in batches of `count` excerpts."""
        cut = [
            (number, int(start), 0)
            for number, song in enumerate(self.songs)
            for start in _cuts(song, self.length - 1)
        ]
        return [self._batch(cut[at : at + count]) for at in range(0, len(cut), count)]

    def _start(self, generator: np.random.Generator, song: Song) -> int:
        """Return the word an excerpt begins with: a bar after which it can be at least half full."""
        latest = max(len(song.words) - self.length // 2, 0)
        bars = song.bars[: max(int(np.searchsorted(song.bars, latest, side="right")), 1)]
        return int(generator.choice(bars))

    def _batch(self, cuts: list[tuple[int, int, int]]) -> Batch:
        shape = (len(cuts), self.length)
        ids = np.full((*shape, SLOTS), self._pad)
        tick, metre, time, beat = (np.zeros(shape, np.int64) for _ in range(4))
        for row, (number, start, move) in enumerate(cuts):
            words = self.songs[number].words[start : start + self.length - 1]
            end = len(words) + 1
            ids[row, 0] = self._begin
            ids[row, 1:end] = self.vocabulary.transposed(words.ids, move)
            tick[row, 1:end], metre[row, 1:end] = words.tick, words.metre
            time[row, 1:end] = words.time - words.time[0]
            beat[row, 1:end] = words.beat
            beat[row, 0] = words.beat[0]
        place = np.broadcast_to(np.arange(self.length - 1), (len(cuts), self.length - 1))
        read = (ids[:, :-1], tick[:, :-1], metre[:, :-1], time[:, :-1], place)
        return Batch(
            Reading(*(torch.from_numpy(np.ascontiguousarray(one)) for one in read)),
            torch.from_numpy(ids[:, 1:].copy()),
            beat[:, :-1],
            tuple(number for number, _, _ in cuts),
        )


def _songs(split: Split, vocabulary: Vocabulary) -> list[Song]:
    songs = []
    for entry in split.pieces:
        tokens = np.asarray(split.ids[entry.first_token : entry.first_token + entry.tokens])
        labels = np.asarray(split.labels[entry.first_beat : entry.first_beat + entry.beats], np.float32)
        words = words_of(tokens[tokens != vocabulary.begin], vocabulary)
        bars = np.flatnonzero(vocabulary.kinds[words.ids[:, 0]] == Kind.BAR)
        songs.append(Song(words, labels, bars))
    return songs


def _cuts(song: Song, length: int) -> list[int]:
    """Return bars that cut a piece into excerpts of at most `length` words."""
    cuts = [int(song.bars[0])]
    while cuts[-1] + length < len(song.words):
        last = int(song.bars[np.searchsorted(song.bars, cuts[-1] + length, side="right") - 1])
        cuts.append(last if last > cuts[-1] else cuts[-1] + length)
    return cuts


def _begin(vocabulary: Vocabulary) -> NDArray[np.int64]:
    return np.array([vocabulary.begin, vocabulary.pad, vocabulary.pad])
