"""Tokens in words: what belongs together is read and written in one step.

A word is a bar with its metre, a position, a note (part, pitch and duration), or a special token: one to
three tokens. A beat of the corpus has 18 tokens in 7.7 words, so that a network which steps from word to word
remembers more than twice as many beats at the same cost, and writes them in less than half the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.vocabulary import Kind, Vocabulary

SLOTS = 3
_FIRST = (Kind.SPECIAL, Kind.BAR, Kind.POSITION, Kind.PART)
# Place of each kind of token in its word.
SLOT = {Kind.METRE: 1, Kind.PITCH: 1, Kind.DURATION: 2} | dict.fromkeys(_FIRST, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Consecutive words of one piece.

    Parameters
    ----------
    ids
        Token of each slot, the pad token where a word has none, shape (words, 3).
    tick
        Ticks since the bar line, shape (words,).
    metre
        Beats of the bar, 0 before the first, shape (words,).
    time
        Ticks since the first bar, shape (words,).
    """

    ids: NDArray[np.int64]
    tick: NDArray[np.int64]
    metre: NDArray[np.int64]
    time: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, part: slice) -> Words:
        return Words(self.ids[part], self.tick[part], self.metre[part], self.time[part])

    @property
    def beat(self) -> NDArray[np.int64]:
        """The beat each word belongs to, counted from the first bar, shape (words,)."""
        return self.time // TICKS


def words_of(tokens: NDArray[np.integer[Any]], vocabulary: Vocabulary) -> Words:
    """Return the words of a whole stream of tokens, as `tokens.encode` writes it."""
    kinds = vocabulary.kinds[tokens]
    first = np.isin(kinds, _FIRST)
    number = np.cumsum(first) - 1
    ids = np.full((int(first.sum()), SLOTS), vocabulary.pad, np.int64)
    ids[number, _SLOT_OF_KIND[kinds]] = tokens
    heads, opening = kinds[first], vocabulary.values[tokens[first]].astype(np.int64)
    bars = heads == Kind.BAR
    lengths = np.concatenate([[0], vocabulary.values[ids[bars, 1]]]).astype(np.int64)
    bar = np.cumsum(bars)
    begins = (np.cumsum(lengths) - lengths) * TICKS
    marks = np.where(bars | (heads == Kind.POSITION), np.arange(len(heads)), -1)
    last = np.maximum.accumulate(marks)
    tick = np.where((last >= 0) & (heads[last] == Kind.POSITION), opening[last], 0)
    return Words(ids, tick, lengths[bar], begins[bar] + tick)


_SLOT_OF_KIND = np.array([SLOT[kind] for kind in sorted(SLOT)])
