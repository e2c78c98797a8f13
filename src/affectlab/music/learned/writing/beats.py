"""Writing the music of one beat at a time, word by word."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidConfig
from affectlab.music.instruments import MELODY, PARTS
from affectlab.music.learned.cursor import GridNote
from affectlab.music.learned.network import Network, Word
from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.steer import Steer
from affectlab.music.learned.vocabulary import Kind
from affectlab.music.learned.words import SLOTS
from affectlab.music.learned.writing.balance import KeyBalance
from affectlab.music.learned.writing.budget import Budget, DensityScale
from affectlab.music.learned.writing.copying import CopyGuard
from affectlab.music.learned.writing.frame import Bounds, Frame
from affectlab.music.learned.writing.masks import NOTHING_BARRED, Masks, Quota
from affectlab.music.learned.writing.page import Page
from affectlab.music.learned.writing.sampling import Allowed, Sampling, draw

_MELODY = PARTS.index(MELODY)
# A tune is free to dwell on other notes than those that tell the key.
_IN_MELODY = 0.5

NO_NGRAMS = NgramSet(np.zeros(0, np.uint64))


@dataclass(frozen=True, slots=True)
class GridBeat:
    """The notes that begin in one beat, on the grid.

    Parameters
    ----------
    bar, beat
        Counted from 0; `beat` within the bar.
    metre
        Beats of the bar.
    start
        Ticks from the first bar to the beat.
    notes
        With `start` to `start` + 11 as their onsets, in the order they were written.
    """

    bar: int
    beat: int
    metre: int
    start: int
    notes: tuple[GridNote, ...]


@dataclass(frozen=True, slots=True)
class WritingSettings:
    """How a network's words become beats.

    Parameters
    ----------
    sampling
        How each slot of a word is drawn.
    bounds
        Limits that hold throughout.
    slack, gain
        Of the `Budget`.
    pull
        What is added to the logit of a pitch for each standard deviation that its class lacks in the key, see
        `KeyBalance`; half as much in the melody.
    """

    sampling: tuple[Sampling, Sampling, Sampling] = field(default_factory=lambda: (Sampling(),) * 3)
    bounds: Bounds = field(default_factory=Bounds)
    slack: float = 0.4
    gain: float = 2.0
    pull: float = 1.0

    def __post_init__(self) -> None:
        if len(self.sampling) != SLOTS:
            raise InvalidConfig(f"a word has {SLOTS} slots to draw, got settings for {len(self.sampling)}")


class BeatWriter:
    """Asks a network for one beat after another.

    Whatever the network says, every beat keeps to its `Frame` and to the `Bounds`: see `Masks`. A position or
    a bar that lies beyond the beat ends it and is kept until its own beat comes, when it is drawn again if it
    no longer fits.

    Parameters
    ----------
    network
        A network that has read nothing; it reads the begin token here.
    scale
        Onsets per beat of a density.
    settings
        How words are drawn.
    known
        Melodic n-grams that must not be recited.
    generator
        Source of chance: same seed, frames, steers and network give the same beats.
    """

    def __init__(
        self,
        network: Network,
        scale: DensityScale,
        settings: WritingSettings,
        generator: np.random.Generator,
        *,
        known: NgramSet = NO_NGRAMS,
    ) -> None:
        self._network, self._settings, self._generator = network, settings, generator
        self._budget = Budget(scale, slack=settings.slack, gain=settings.gain)
        self._masks = Masks(network.vocabulary, settings.bounds)
        self._guard = CopyGuard(known)
        self._balance = KeyBalance()
        self._page = Page(network.vocabulary)
        self._pending: tuple[int, ...] | None = None
        self._begun = False
        self._beat = 0
        self._leanings = _leanings(network.vocabulary.kinds)

    @property
    def opens_bar(self) -> bool:
        """Whether the next beat is the first of its bar."""
        return self._page.bar_end <= self._beat

    def write(self, steer: Steer, frame: Frame) -> GridBeat:
        """Write the next beat.

        Whatever the network raises comes out; the beat can then be asked for again, of a network that has
        forgotten everything, in case what it remembers is what is wrong with it.

        Raises
        ------
        InvalidLogits
            If the network answers NaN or infinity.
        """
        try:
            return self._write(steer, frame)
        except Exception:
            self._network.restart()
            self._begun = False
            raise

    def _write(self, steer: Steer, frame: Frame) -> GridBeat:
        self._network.steer(steer)
        if not self._begun:
            vocabulary = self._network.vocabulary
            self._network.read(Word((vocabulary.begin, vocabulary.pad, vocabulary.pad), 0, 0, 0))
            self._begun = True
        self._budget.open(frame.density)
        notes: list[GridNote] = []
        words = 0
        while (word := self._next_word(frame, words)) is not None:
            self._read(word)
            words += 1
            if self._page.cursor.note is not None:
                notes.append(self._page.cursor.note)
                self._budget.spend()
                self._guard.hear(notes[-1])
                self._balance.hear(notes[-1])
        cursor, beat = self._page.cursor, self._beat
        self._beat += 1
        return GridBeat(cursor.bar, beat - cursor.bar_beat, cursor.metre, beat * TICKS, tuple(notes))

    def _next_word(self, frame: Frame, words: int) -> tuple[int, ...] | None:
        """Return the next word of the beat, or None when the next one lies beyond it."""
        spent = words >= self._settings.bounds.words
        quota = Quota(
            0 if spent else self._budget.most, 0 if spent else self._budget.least, self._budget.planned
        )
        barred = self._guard.barred(self._page.time) if self._page.placed is not None else NOTHING_BARRED
        allowed = self._masks.first(self._page, self._beat, frame, quota, barred)
        kept, self._pending = self._pending, None
        if kept is None or not allowed[kept[0]]:
            kept = (self._drawn((), allowed),)
        if self._lies_beyond(kept[0]):
            self._pending = kept
            return None
        return self._completed(kept[0], frame, quota, barred)

    def _completed(self, first: int, frame: Frame, quota: Quota, barred: Allowed) -> tuple[int, ...]:
        second = self._masks.second(self._page, frame, first, barred)
        if not second.any():
            return (first,)
        word = (first, self._drawn((first,), second, self._pulled(first, frame)))
        if self._network.vocabulary.kinds[first] != Kind.PART:
            return word
        return (*word, self._drawn(word, self._masks.third(self._page, frame, quota)))

    def _pulled(self, first: int, frame: Frame) -> NDArray[np.float32] | None:
        """Return what the key adds to the logits of a note's pitch, shape (tokens,); None without a note."""
        vocabulary = self._network.vocabulary
        if vocabulary.kinds[first] != Kind.PART:
            return None
        pull = self._settings.pull * (_IN_MELODY if vocabulary.values[first] == _MELODY else 1.0)
        lacking = self._balance.lacking(np.array(frame.attraction))[vocabulary.values % 12]
        return np.where(vocabulary.kinds == Kind.PITCH, pull * lacking, 0.0).astype(np.float32)

    def _drawn(
        self, chosen: tuple[int, ...], allowed: Allowed, added: NDArray[np.float32] | None = None
    ) -> int:
        """Return the next token of a word; a network is not asked where there is no choice."""
        options = np.flatnonzero(allowed)
        if len(options) == 1:
            return int(options[0])
        logits = self._network.logits(chosen)
        if not chosen:
            elapsed = max(self._page.time / TICKS - self._beat, 0.0)
            logits = logits + self._budget.bias(elapsed) * self._leaning()
        if added is not None:
            logits = logits + added
        return draw(logits, allowed, self._settings.sampling[len(chosen)], self._generator)

    def _leaning(self) -> NDArray[np.float32]:
        """Return 1 for notes, -1 for what leaves the beat, and 0 for the rest, shape (tokens,)."""
        leaning = self._leanings.copy()
        end = (self._beat + 1 - self._page.cursor.bar_beat) * TICKS
        vocabulary = self._network.vocabulary
        leaning[(vocabulary.kinds == Kind.POSITION) & (vocabulary.values >= end)] = -1.0
        return leaning

    def _lies_beyond(self, first: int) -> bool:
        vocabulary, page = self._network.vocabulary, self._page
        if vocabulary.kinds[first] == Kind.BAR:
            return page.bar_end > self._beat
        if vocabulary.kinds[first] == Kind.POSITION:
            return page.cursor.bar_beat + int(vocabulary.values[first]) // TICKS > self._beat
        return False

    def _read(self, word: tuple[int, ...]) -> None:
        self._network.read(self._page.read(word))


def _leanings(kinds: NDArray[np.int8]) -> NDArray[np.float32]:
    return np.where(kinds == Kind.PART, 1.0, np.where(kinds == Kind.BAR, -1.0, 0.0)).astype(np.float32)
