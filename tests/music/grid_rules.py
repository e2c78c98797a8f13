"""What must be true of notes on the grid, worked out from the notes alone."""

from itertools import pairwise

import numpy as np

from affectlab.music.instruments import BASS, HARMONY, PARTS
from affectlab.music.learned.piece import TICKS

BASS_INDEX, HARMONY_INDEX = PARTS.index(BASS), PARTS.index(HARMONY)


def notes_in(beats):
    return [note for beat in beats for note in beat.notes]


def sounding(beats):
    """Return, for each tick at which something begins, what sounds from there on."""
    notes = sorted(notes_in(beats))
    now, found = [], {}
    for note in notes:
        now = [held for held in now if held.start + held.duration > note.start] + [note]
        found[note.start] = now
    return found


def check_playable(beats, bounds):
    """Onsets in their beats, no key struck while down, voices and span never exceeded."""
    for beat in beats:
        assert all(beat.start <= note.start < beat.start + TICKS for note in beat.notes)
        order = [(note.start, note.part, note.pitch) for note in beat.notes]
        assert order == sorted(set(order))
    for now in sounding(beats).values():
        assert len({(note.part, note.pitch) for note in now}) == len(now)
        for part, voices in enumerate(bounds.voices):
            assert sum(note.part == part for note in now) <= voices
        hand = [note.pitch for note in now if note.part == HARMONY_INDEX]
        assert not hand or max(hand) - min(hand) <= bounds.span
    assert all(note.duration <= bounds.longest for note in notes_in(beats))


def check_frames(beats, frames):
    """Every note in its part's range and in the beat's key."""
    held = sounding(beats)
    for beat, frame in zip(beats, frames, strict=True):
        for note in beat.notes:
            low, high = frame.ranges[note.part]
            assert low <= note.pitch <= high
            if note.pitch % 12 not in frame.scale:
                bass = [n for n in held[note.start] if n.part == BASS_INDEX and n.start < note.start]
                assert note.pitch % 12 == frame.leading
                assert note.part != BASS_INDEX
                # The order of notes lets the bass come last; it is a bass from before that licenses.
                assert any(n.pitch % 12 == frame.dominant for n in bass)


def longest_silence(beats):
    """Ticks during which nothing sounds, at most."""
    notes, longest, quiet = notes_in(beats), 0, 0
    ticks = np.zeros(beats[-1].start + TICKS, bool)
    for note in notes:
        ticks[note.start : note.start + note.duration] = True
    for sounds in ticks:
        quiet = 0 if sounds else quiet + 1
        longest = max(longest, quiet)
    return longest


def longest_wait(beats):
    """Ticks between two onsets, at most, counting from the beginning."""
    onsets = [0, *sorted({note.start for note in notes_in(beats)})]
    return int(np.diff(onsets).max(initial=0))


def check_counted(beats):
    """Bars and beats follow each other."""
    assert (beats[0].bar, beats[0].beat) == (0, 0)
    for before, after in pairwise(beats):
        assert (after.bar, after.beat) in {(before.bar, before.beat + 1), (before.bar + 1, 0)}
