"""What has been written so far: where the stream stands, and which notes still sound."""

from __future__ import annotations

from collections import Counter

from affectlab.music.instruments import BASS, PARTS
from affectlab.music.learned.cursor import Cursor, GridNote
from affectlab.music.learned.network import Word
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.vocabulary import Kind, Vocabulary

_BASS = PARTS.index(BASS)


class Page:
    """A stream of words, as far as what may follow depends on it.

    Parameters
    ----------
    vocabulary
        What the ids say.

    Attributes
    ----------
    cursor
        Where the stream stands.
    placed
        Notes at the position in force, None while the bar has no position yet.
    latest
        Part and pitch of the last of them, (-1, -1) if there is none.
    onset, end
        Tick of the last onset, and the last tick at which anything sounds; both 0 at the beginning.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.cursor = Cursor(vocabulary)
        self.placed: int | None = None
        self.latest = (-1, -1)
        self.onset = 0
        self.end = 0
        self._ends: dict[tuple[int, int], int] = {}

    @property
    def time(self) -> int:
        """Ticks from the first bar to the last word."""
        return self.cursor.bar_beat * TICKS + self.cursor.tick

    @property
    def bar_end(self) -> int:
        """The beat at which the bar in progress ends, 0 before the first."""
        return self.cursor.bar_beat + self.cursor.metre

    def read(self, ids: tuple[int, ...]) -> Word:
        """Write one word; the slots it leaves empty are filled up."""
        vocabulary = self.cursor.vocabulary
        for token in ids:
            self.cursor = self.cursor.after(token)
        kind = vocabulary.kinds[ids[0]]
        if kind == Kind.BAR:
            self.placed = None
        elif kind == Kind.POSITION:
            self.placed, self.latest = 0, (-1, -1)
            self._ends = {key: end for key, end in self._ends.items() if end > self.time}
        if self.cursor.note is not None:
            self._place(self.cursor.note)
        first, second, third = (*ids, vocabulary.pad, vocabulary.pad)[:3]
        return Word((first, second, third), self.cursor.tick, self.cursor.metre, self.time)

    def sounding(self, time: int) -> list[tuple[int, int]]:
        """Return part and pitch of the notes that sound at a tick."""
        return [key for key, end in self._ends.items() if end > time]

    def ends(self, part: int) -> list[int]:
        """Return the ticks at which the notes of a part end."""
        return [end for (player, _), end in self._ends.items() if player == part]

    def busy(self, time: int) -> list[int]:
        """Return how many notes of each part sound at a tick, in the order of `PARTS`."""
        count = Counter(part for part, _ in self.sounding(time))
        return [count[part] for part in range(len(PARTS))]

    def bass(self, time: int) -> int | None:
        """Return the pitch that the bass holds, None while it rests."""
        return next((pitch for part, pitch in self.sounding(time) if part == _BASS), None)

    def _place(self, note: GridNote) -> None:
        end = note.start + note.duration
        self._ends[note.part, note.pitch] = end
        self.placed = (self.placed or 0) + 1
        self.latest = (note.part, note.pitch)
        self.onset, self.end = note.start, max(self.end, end)
