"""Which tokens may come next.

A stream is bar metre (position (part pitch duration)+)*, positions ascending within a bar, notes of one
position ascending by part and then by pitch, as the corpus has them. On top of that come key, ranges, voices
and the two limits on waiting. A way on is always left: where no note can be struck, the position stays empty.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from affectlab.music.instruments import BASS, HARMONY, MELODY, PARTS
from affectlab.music.learned.piece import DURATIONS, METRES, PITCHES, TICKS
from affectlab.music.learned.vocabulary import Kind, Vocabulary
from affectlab.music.learned.writing.frame import Bounds, Frame, Range
from affectlab.music.learned.writing.page import Page
from affectlab.music.learned.writing.sampling import Allowed

_BASS, _HARMONY, _MELODY = PARTS.index(BASS), PARTS.index(HARMONY), PARTS.index(MELODY)
_LOWEST = PITCHES[0]
NOTHING_BARRED = np.zeros(len(PITCHES), bool)


class Quota(NamedTuple):
    """How many notes a beat may still have, how many it must still have, and how many a beat has in all."""

    most: int
    least: int
    planned: float


class Masks:
    """Says what may follow a page.

    Parameters
    ----------
    vocabulary
        What the ids say.
    bounds
        Limits that hold throughout.
    """

    def __init__(self, vocabulary: Vocabulary, bounds: Bounds) -> None:
        self._tokens = len(vocabulary)
        self._bounds = bounds
        self._bar = vocabulary.id_of(Kind.BAR)
        self._metres = {metre: vocabulary.id_of(Kind.METRE, metre) for metre in METRES}
        ticks = range(METRES[-1] * TICKS)
        self._positions = np.array([vocabulary.id_of(Kind.POSITION, tick) for tick in ticks])
        self._parts = np.array([vocabulary.id_of(Kind.PART, part) for part in range(len(PARTS))])
        self._pitches = np.array([vocabulary.id_of(Kind.PITCH, pitch) for pitch in PITCHES])
        self._durations = np.array([vocabulary.id_of(Kind.DURATION, int(ticks)) for ticks in DURATIONS])

    def first(self, page: Page, beat: int, frame: Frame, quota: Quota, barred: Allowed) -> Allowed:
        """Return what may begin the next word of a beat, shape (tokens,).

        Parameters
        ----------
        page
            What has been written.
        beat
            The beat being written, counted from the first bar. A position or a bar after it may be chosen
            too: it ends the beat.
        frame, quota
            What the beat has to keep to.
        barred
            Pitches that the melody must not take now, shape (88,).
        """
        allowed = np.zeros(self._tokens, bool)
        if page.bar_end <= beat:
            allowed[self._bar] = True
            return allowed
        parts: Allowed = np.zeros(len(PARTS), bool)
        if page.placed is not None and page.cursor.beat == beat:
            parts |= self.pitches(page, frame, barred).any(axis=1)
        if page.placed == 0 and parts.any():
            allowed[self._parts] = parts
            return allowed
        inside, outside = self._positions_left(page, beat, frame)
        deadline = self._deadline(page)
        forced = deadline < (beat + 1) * TICKS
        if quota.most <= 0:
            parts[:] = False
            inside = inside if forced else inside[:0]
        # A tick is left for each note that must still come.
        inside = inside[: max(inside.size - max(quota.least - 1, 0), 1)]
        if forced:
            inside = self._in_time(inside, page, deadline)
        must = forced or quota.least > 0
        allowed[self._parts] = parts
        allowed[self._positions[inside]] = True
        if not must or not (parts.any() or inside.size):
            allowed[self._positions[outside]] = True
            allowed[self._bar] = True
        return allowed

    def second(self, page: Page, frame: Frame, first: int, barred: Allowed) -> Allowed:
        """Return what may follow the first token of a word, shape (tokens,); nothing after a position."""
        allowed = np.zeros(self._tokens, bool)
        if first == self._bar:
            allowed[self._metres[frame.metre]] = True
        else:
            part = np.flatnonzero(self._parts == first)
            if part.size:
                allowed[self._pitches] = self.pitches(page, frame, barred)[part[0]]
        return allowed

    def third(self, page: Page, frame: Frame, quota: Quota) -> Allowed:
        """Return the durations that a note may have, shape (tokens,).

        A note may last while enough voices stay free for the notes of the beat after; else it ends with its
        own beat, so that long notes never keep a dense passage from being written.
        """
        present = [part for part in range(len(PARTS)) if frame.ranges[part] is not None]
        busy = page.busy(page.time)
        free = [self._bounds.voices[part] - busy[part] for part in present]
        kept = min(math.ceil(quota.planned) + 1, sum(self._bounds.voices[part] for part in present) - 1)
        longest = self._bounds.longest if sum(free) - 1 >= kept else TICKS - page.time % TICKS
        allowed = np.zeros(self._tokens, bool)
        allowed[self._durations[: np.searchsorted(DURATIONS, longest, side="right")]] = True
        return allowed

    def pitches(self, page: Page, frame: Frame, barred: Allowed) -> NDArray[np.bool_]:
        """Return the pitches each part may strike now, shape (4, 88)."""
        now, bass = page.time, page.bass(page.time)
        licensed = frame.leading is not None and bass is not None and bass % 12 == frame.dominant
        pitches = _in_key(frame.scale, frame.leading if licensed else None, frame.ranges).copy()
        pitches[_MELODY] &= ~barred
        sounding = page.sounding(now)
        busy = [0] * len(PARTS)
        for part, pitch in sounding:
            pitches[part, pitch - _LOWEST] = False
            busy[part] += 1
        for part, voices in enumerate(self._bounds.voices):
            if busy[part] >= voices:
                pitches[part] = False
        part, pitch = page.latest
        pitches[: max(part, 0)] = False
        pitches[part, : max(pitch - _LOWEST + 1, 0)] = False
        self._within_a_hand(pitches[_HARMONY], [pitch for part, pitch in sounding if part == _HARMONY])
        return pitches

    def _within_a_hand(self, pitches: Allowed, held: list[int]) -> None:
        if held:
            pitches[: max(max(held) - self._bounds.span - _LOWEST, 0)] = False
            pitches[min(held) + self._bounds.span + 1 - _LOWEST :] = False

    def _deadline(self, page: Page) -> int:
        """Return the last tick at which the next onset keeps to both limits on waiting."""
        return min(page.onset + self._bounds.wait, page.end + self._bounds.silence)

    def _positions_left(
        self, page: Page, beat: int, frame: Frame
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the ticks since the bar line, in this beat and after it, at which some part is free."""
        line = page.cursor.bar_beat * TICKS
        begin = beat * TICKS - line
        if page.placed is not None:
            begin = max(begin, page.cursor.tick + 1)
        begin = max(begin, self._free_from(page, frame) - line)
        end = min((beat + 1) * TICKS - line, page.cursor.metre * TICKS)
        return np.arange(begin, end), np.arange(max(begin, end), page.cursor.metre * TICKS)

    def _free_from(self, page: Page, frame: Frame) -> int:
        """Return the tick from which some part has a free voice."""
        ticks = []
        for part, voices in enumerate(self._bounds.voices):
            if frame.ranges[part] is not None:
                ends = sorted(page.ends(part), reverse=True)
                ticks.append(ends[voices - 1] if len(ends) >= voices else 0)
        return min(ticks)

    def _in_time(self, inside: NDArray[np.int64], page: Page, deadline: int) -> NDArray[np.int64]:
        """Keep the ticks up to the deadline, or the first where all come after it."""
        timely = inside[inside + page.cursor.bar_beat * TICKS <= deadline]
        return timely if timely.size else inside[:1]


@lru_cache(maxsize=256)
def _in_key(
    scale: tuple[int, ...], leading: int | None, ranges: tuple[Range | None, ...]
) -> NDArray[np.bool_]:
    """Return the pitches of the scale within each part's range, shape (4, 88); do not write into it."""
    classes = np.array(PITCHES) % 12
    pitches = np.zeros((len(PARTS), len(PITCHES)), bool)
    for part, limits in enumerate(ranges):
        if limits is None:
            continue
        inside = (np.array(PITCHES) >= limits[0]) & (np.array(PITCHES) <= limits[1])
        raised = np.zeros(len(PITCHES), bool) if leading is None or part == _BASS else classes == leading
        pitches[part] = inside & (np.isin(classes, scale) | raised)
    return pitches
