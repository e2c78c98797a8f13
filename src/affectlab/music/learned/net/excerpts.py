"""Excerpts of the corpus as batches: beginning at a bar line, moved to any key."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.music.learned.corpus.shards import Corpus, Split
from affectlab.music.learned.labels import LABELS, Labeller
from affectlab.music.learned.net.backbone import Reading
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.vocabulary import Kind, Vocabulary
from affectlab.music.learned.words import SLOTS, Words, words_of

# What is known of each beat: its labels, and the place of its density among those of the corpus, in [-1, 1].
TOLD = (*LABELS, "density")


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
    labels
        Of the beats of each excerpt, each shape (beats, 5), in the order of `TOLD`; a word belongs to beat
        ``time // TICKS``.
    """

    read: Reading
    next: Tensor
    labels: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """Some words of a piece.

    Parameters
    ----------
    song
        Number of the piece.
    start, end
        Words; `start` is a bar.
    move
        Semitones up.
    """

    song: int
    start: int
    end: int
    move: int


class Excerpts:
    """The pieces of one split, from which excerpts are drawn.

    Parameters
    ----------
    corpus
        Where they are.
    split
        One of `splits.SPLITS`.
    length
        Words of an excerpt, the begin token included.
    """

    def __init__(self, corpus: Corpus, split: str, length: int) -> None:
        self.vocabulary = vocabulary = corpus.vocabulary
        self.length = length
        self.songs = tuple(_songs(corpus.split(split), vocabulary, corpus.labeller))
        sizes = np.array([len(song.words) for song in self.songs], float)
        self._shares = sizes / sizes.sum()
        self._pad = vocabulary.pad
        self._begin = _begin(vocabulary)

    def draw(
        self, generator: np.random.Generator, count: int, transpose: tuple[int, int], splice: float = 0.0
    ) -> Batch:
        """Draw excerpts; longer pieces more often, keys evenly within `transpose`.

        Parameters
        ----------
        generator
            Decides everything.
        count
            Number of excerpts.
        transpose
            Semitones down and up within which each is moved.
        splice
            Share of the excerpts that go over into another piece at a bar line, so that music which changes
            at once is known too; the second piece is moved to where its pitches agree best with the first.
        """
        chosen = generator.choice(len(self.songs), count, p=self._shares)
        starts = [self._start(generator, self.songs[number]) for number in chosen]
        moves = generator.integers(transpose[0], transpose[1] + 1, count)
        cuts = [self._cut(*one) for one in zip(chosen.tolist(), starts, moves.tolist(), strict=True)]
        if not splice:
            return self._batch([[cut] for cut in cuts])
        spliced = generator.random(count) < splice
        return self._batch(
            [
                self._spliced(generator, cut) if twice else [cut]
                for cut, twice in zip(cuts, spliced, strict=True)
            ]
        )

    def every(self, count: int) -> list[Batch]:
        """Return the pieces from end to end, in their own keys, in batches of `count` excerpts."""
        cuts = [
            self._cut(number, start, 0)
            for number, song in enumerate(self.songs)
            for start in _cuts(song, self.length - 1)
        ]
        return [self._batch([[cut] for cut in cuts[at : at + count]]) for at in range(0, len(cuts), count)]

    def _cut(self, song: int, start: int, move: int) -> Cut:
        return Cut(song, start, min(start + self.length - 1, len(self.songs[song].words)), move)

    def _spliced(self, generator: np.random.Generator, first: Cut) -> list[Cut]:
        """Return a quarter to three quarters of a cut, to a bar line, and the beginning of another."""
        bars = self.songs[first.song].bars
        ends = bars[(bars > first.start + self.length // 4) & (bars < first.start + 3 * self.length // 4)]
        number = int(generator.choice(len(self.songs), p=self._shares))
        start = self._start(generator, self.songs[number])
        ends = ends[ends < first.end]
        if not ends.size:
            return [first]
        first = replace(first, end=int(generator.choice(ends)))
        room = self.length - 1 - (first.end - first.start)
        second = Cut(number, start, min(start + room, len(self.songs[number].words)), 0)
        return [first, replace(second, move=self._agreement(first, second))]

    def _agreement(self, first: Cut, second: Cut) -> int:
        """Return the move, of -6 to 5 semitones, that brings the pitch classes of a cut nearest another's."""
        one, other = self._classes(first), self._classes(second)
        fits = [float(one @ np.roll(other, move)) for move in range(-6, 6)]
        return int(np.argmax(fits)) - 6

    def _classes(self, cut: Cut) -> NDArray[np.float64]:
        tokens = self._tokens(cut)[:, 1]
        pitches = self.vocabulary.values[tokens[self.vocabulary.kinds[tokens] == Kind.PITCH]]
        counts = np.bincount(pitches % 12, minlength=12).astype(float)
        return counts / max(float(np.linalg.norm(counts)), 1.0)

    def _tokens(self, cut: Cut) -> NDArray[np.int64]:
        return self.vocabulary.transposed(self.songs[cut.song].words.ids[cut.start : cut.end], cut.move)

    def _start(self, generator: np.random.Generator, song: Song) -> int:
        """Return the word an excerpt begins with: a bar after which it can be at least half full."""
        latest = max(len(song.words) - self.length // 2, 0)
        bars = song.bars[: max(int(np.searchsorted(song.bars, latest, side="right")), 1)]
        return int(generator.choice(bars))

    def _batch(self, excerpts: list[list[Cut]]) -> Batch:
        shape = (len(excerpts), self.length)
        ids = np.full((*shape, SLOTS), self._pad)
        tick, metre, time = (np.zeros(shape, np.int64) for _ in range(3))
        labels = []
        for row, cuts in enumerate(excerpts):
            ids[row, 0] = self._begin
            end, beats, known = 1, 0, []
            for cut in cuts:
                song = self.songs[cut.song]
                words = song.words[cut.start : cut.end]
                place = slice(end, end + len(words))
                ids[row, place] = self._tokens(cut)
                tick[row, place], metre[row, place] = words.tick, words.metre
                time[row, place] = words.time - words.time[0] + beats * TICKS
                end, first = place.stop, int(words.beat[0])
                lasting = int(words.beat[-1]) + 1 if cut is cuts[-1] else _bar_after(song, cut.end)
                known.append(song.labels[first:lasting])
                beats += lasting - first
            labels.append(np.concatenate(known))
        place_of = np.broadcast_to(np.arange(self.length - 1), (len(excerpts), self.length - 1))
        read = (ids[:, :-1], tick[:, :-1], metre[:, :-1], time[:, :-1], place_of)
        return Batch(
            Reading(*(torch.from_numpy(one.copy()) for one in read)),
            torch.from_numpy(ids[:, 1:].copy()),
            tuple(labels),
        )


def _bar_after(song: Song, word: int) -> int:
    """Return the beat at which the bar that begins with `word` begins."""
    return int(song.words.beat[word])


def _songs(split: Split, vocabulary: Vocabulary, labeller: Labeller) -> list[Song]:
    songs = []
    for entry in split.pieces:
        tokens = np.asarray(split.ids[entry.first_token : entry.first_token + entry.tokens])
        beats = slice(entry.first_beat, entry.first_beat + entry.beats)
        density = labeller.density(np.asarray(split.features[beats], np.float32))
        labels = np.column_stack([np.asarray(split.labels[beats], np.float32), density])
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
