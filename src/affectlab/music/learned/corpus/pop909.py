"""POP909's songs on the grid.

MELODY is the melody. BRIDGE is no pad: it is a second line in the melody's register (median MIDI 73, median
duration half a beat, mostly one note at a time) that plays in nearly every bar in which the singer rests (in
the median song 97 % of them). So in a bar in which the melody begins no note the bridge takes the melody
over, as a band's lead instrument does, and otherwise it is the second voice, which the pad's strings play.

PIANO is split: the lowest note of each attack is the bass when it lies below `BASS_TOP` and nothing lower of
the bass still sounds; the rest is harmony.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra
from affectlab.music.instruments import BASS, HARMONY, MELODY, PAD
from affectlab.music.learned.corpus.beats import (
    LEAST_PULSE,
    Beats,
    lay_out,
    pulse,
    quantised,
    read_beats,
)
from affectlab.music.learned.corpus.origin import Candidate, Dropped
from affectlab.music.learned.corpus.pop909_files import Song, read_songs
from affectlab.music.learned.piece import TICKS, Piece, notes_of, piece_of

SOURCE, LICENCE = "POP909", "MIT"
TRACKS = ("MELODY", "BRIDGE", "PIANO")
# G3; the bass of the rule composer's instruments reaches C4 (ours).
BASS_TOP = 55
FEWEST_NOTES = 100
LEAST_AGREEMENT = 0.5

_Track = NDArray[np.float64]


def candidates(path: Path) -> Iterator[Candidate]:
    """Yield the songs of POP909, not yet read."""
    for song in read_songs(path):
        yield Candidate(f"pop909/{song.number}", SOURCE, LICENCE, partial(song_piece, song))


def song_piece(song: Song) -> Piece:
    """Bring a song onto the grid.

    Raises
    ------
    Dropped
        If a file is missing or damaged, a track is missing, or notes and beats do not fit each other.
    """
    tracks = _tracks(song.midi)
    times, bars = read_beats(song.beats)
    onsets = np.concatenate([track[:, 0] for track in tracks.values()])
    if len(onsets) < FEWEST_NOTES:
        raise Dropped(f"{len(onsets)} notes, expected at least {FEWEST_NOTES}")
    beats = lay_out(times, bars, float(onsets.min()), float(onsets.max()))
    if (found := pulse(beats.position(onsets))) < LEAST_PULSE:
        raise Dropped(f"played too freely for its beats: pulse {found:.2f}, expected {LEAST_PULSE} or more")
    _check_chords(song.chords, beats)
    return _on_grid(f"pop909/{song.number}", tracks, beats)


def _tracks(content: bytes) -> dict[str, _Track]:
    """Return the notes of each track: start and end in seconds, pitch, velocity; shape (notes, 4)."""
    try:
        from symusic import Score
    except ImportError as error:
        raise MissingExtra("symusic", "train") from error
    try:
        score: Any = Score.from_midi(content).to("second")
    except (RuntimeError, ValueError) as error:
        raise Dropped(f"its MIDI file cannot be read: {error}") from error
    found = {track.name: _rows(track.notes) for track in score.tracks}
    if missing := [name for name in TRACKS if name not in found]:
        raise Dropped(f"no notes in a track {' or '.join(missing)}")
    return {name: found[name] for name in TRACKS}


def _rows(notes: Any) -> _Track:
    columns = notes.numpy()
    ends = columns["time"] + columns["duration"]
    return np.stack([columns["time"], ends, columns["pitch"], columns["velocity"]], axis=1).astype(float)


def _check_chords(content: bytes, beats: Beats) -> None:
    """Raise `Dropped` unless most chords begin on beats; without a chord file there is nothing to compare."""
    try:
        rows = [line.split() for line in content.decode("utf-8").splitlines() if line.strip()]
        starts = np.array([float(row[0]) for row in rows if row[2] != "N"])
    except (ValueError, IndexError) as error:
        raise Dropped(f"chord_midi.txt cannot be read: {error}") from error
    if not starts.size:
        return
    places = beats.position(starts)
    share = float((np.abs(places - np.round(places)) < 0.5 / TICKS).mean())
    if share < LEAST_AGREEMENT:
        raise Dropped(f"misaligned: {share:.0%} of its chords begin on a beat, expected half or more")


def _on_grid(name: str, tracks: dict[str, _Track], beats: Beats) -> Piece:
    every = np.concatenate(list(tracks.values()))
    starts = quantised(beats.position(every[:, 0]))
    lengths = np.round((beats.position(every[:, 1]) - beats.position(every[:, 0])) * TICKS).astype(np.int32)
    pitches = every[:, 2].astype(np.int16)
    owner = np.repeat(TRACKS, [len(track) for track in tracks.values()])
    part = np.full(len(every), HARMONY, dtype="<U8")
    part[owner == "MELODY"] = MELODY
    bridge, piano = np.flatnonzero(owner == "BRIDGE"), np.flatnonzero(owner == "PIANO")
    bars = np.repeat(np.arange(len(beats.metres)), beats.metres)[
        np.minimum(starts // TICKS, beats.metres.sum() - 1)
    ]
    sung = np.isin(bars, bars[owner == "MELODY"])
    part[bridge] = np.where(sung[bridge], PAD, MELODY)
    part[piano[is_bass(starts[piano], lengths[piano], pitches[piano])]] = BASS
    notes = [
        notes_of(starts[part == one], lengths[part == one], pitches[part == one], one)
        for one in (MELODY, PAD, HARMONY, BASS)
    ]
    loudness = _mean_per_beat(starts // TICKS, every[:, 3] / 127, int(beats.metres.sum()))
    return piece_of(name, beats.metres, np.concatenate(notes), tempo=beats.tempo, loudness=loudness)


def is_bass(
    starts: NDArray[np.int32], lengths: NDArray[np.int32], pitches: NDArray[np.int16]
) -> NDArray[np.bool_]:
    """Tell which notes of a piano are its bass line.

    Parameters
    ----------
    starts, lengths
        Ticks.
    pitches
        MIDI numbers.
    """
    chosen = np.zeros(len(starts), bool)
    order = np.lexsort((pitches, starts))
    attack, sounding_until, sounding = -1, 0, BASS_TOP
    for index in order:
        start, pitch = int(starts[index]), int(pitches[index])
        if start == attack:
            continue
        attack = start
        if pitch < BASS_TOP and (start >= sounding_until or pitch <= sounding):
            chosen[index] = True
            sounding_until, sounding = start + int(lengths[index]), pitch
    return chosen


def _mean_per_beat(beats: NDArray[np.int32], values: _Track, count: int) -> NDArray[np.float32]:
    inside = np.clip(beats, 0, count - 1)
    number = np.bincount(inside, minlength=count)
    total = np.bincount(inside, values, minlength=count)
    mean = np.divide(total, number, out=np.full(count, np.nan), where=number > 0)
    return np.asarray(mean, np.float32)
