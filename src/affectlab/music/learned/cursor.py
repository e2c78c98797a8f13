"""Where a stream of tokens has come to: beat arithmetic and notes, token by token."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.vocabulary import Kind, Vocabulary


class GridNote(NamedTuple):
    """A note on the grid: ticks since the first bar, ticks, MIDI number, index into `PARTS`."""

    start: int
    duration: int
    pitch: int
    part: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """The state of reading after some tokens; immutable, so that going back is keeping an older one.

    Parameters
    ----------
    vocabulary
        What the ids say.
    bar
        Number of the bar, counted from 0; -1 before the first.
    bar_beat
        First beat of the bar.
    metre
        Beats of the bar, 0 until its metre was read.
    tick
        Ticks since the bar line.
    part, pitch
        Of the note being read.
    note
        The note that the last token completed, else None.
    """

    vocabulary: Vocabulary
    bar: int = -1
    bar_beat: int = 0
    metre: int = 0
    tick: int = 0
    part: int = 0
    pitch: int = 0
    note: GridNote | None = None

    @property
    def beat(self) -> int:
        """The beat that the last token belongs to, counted from the first bar."""
        return self.bar_beat + self.tick // TICKS

    def after(self, token: int) -> Cursor:
        """Return where the stream is once `token` was read as well."""
        value, kind = int(self.vocabulary.values[token]), Kind(self.vocabulary.kinds[token])
        if kind == Kind.BAR:
            begins = self.bar_beat + self.metre
            return replace(self, bar=self.bar + 1, bar_beat=begins, metre=0, tick=0, note=None)
        if kind == Kind.DURATION:
            note = GridNote(self.bar_beat * TICKS + self.tick, value, self.pitch, self.part)
            return replace(self, note=note)
        changed: dict[str, Any] = {_FIELDS[kind]: value} if kind in _FIELDS else {}
        return replace(self, note=None, **changed)


_FIELDS = {Kind.METRE: "metre", Kind.POSITION: "tick", Kind.PART: "part", Kind.PITCH: "pitch"}
