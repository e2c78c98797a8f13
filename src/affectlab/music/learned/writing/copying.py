"""Keeping the melody from reciting a piece of the training corpus."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from affectlab.music.instruments import MELODY, PARTS
from affectlab.music.learned.cursor import GridNote
from affectlab.music.learned.ngrams import NgramSet, hashed, steps_of
from affectlab.music.learned.piece import PITCHES
from affectlab.music.learned.writing.sampling import Allowed

_MELODY = PARTS.index(MELODY)
_PITCHES = np.array(PITCHES)


class CopyGuard:
    """Says which pitch would complete a run of melodic steps that the corpus has.

    Parameters
    ----------
    known
        The corpus's n-grams, whole or shortened.
    """

    def __init__(self, known: NgramSet) -> None:
        self._known = known
        # n steps have n + 1 ends; one more, because a higher note may take the last one's place.
        self._line: deque[tuple[int, int]] = deque(maxlen=known.length + 1)
        self._answer: tuple[int, Allowed] | None = None

    def hear(self, note: GridNote) -> None:
        """Take a note that was written; only the highest of the melody at its onset counts."""
        if note.part != _MELODY:
            return
        if self._line and self._line[-1][0] == note.start:
            note = note._replace(pitch=max(note.pitch, self._line.pop()[1]))
        self._line.append((note.start, note.pitch))
        self._answer = None

    def barred(self, time: int) -> Allowed:
        """Return the pitches that would complete a known run at a tick, shape (88,)."""
        if self._answer is None or self._answer[0] != time:
            self._answer = (time, self._barred(time))
        return self._answer[1]

    def _barred(self, time: int) -> Allowed:
        line = [point for point in self._line if point[0] < time][-self._known.length :]
        if len(line) < self._known.length or not len(self._known):
            return np.zeros(len(PITCHES), bool)
        starts, pitches = np.array(line).T
        before = steps_of(starts, pitches)
        last = steps_of(
            np.broadcast_to([starts[-1], time], (len(_PITCHES), 2)),
            np.stack([np.full(len(_PITCHES), pitches[-1]), _PITCHES], axis=1),
        )
        return self._known.has(hashed(_rows(before, last)))


def _rows(before: NDArray[np.uint64], last: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put each last step after the same steps before it, shape (candidates, steps)."""
    return np.concatenate([np.broadcast_to(before, (len(last), len(before))), last], axis=1)
