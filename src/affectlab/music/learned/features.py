"""What a score does, beat by beat and bar by bar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.music.instruments import MELODY, PARTS
from affectlab.music.learned.piece import TICKS, Piece
from affectlab.music.learned.tonality import majorness, tension

FEATURES = (
    "onsets",
    "polyphony",
    "melody",
    "register",
    "spread",
    "mode",
    "tension",
    "articulation",
    "tempo",
    "loudness",
)
MODE_BARS = 4
LONGEST_ARTICULATION = 2.0


def beat_features(piece: Piece) -> NDArray[np.float32]:
    """Describe each beat.

    Returns
    -------
    NDArray
        Shape (beats, 10), in the order of `FEATURES`; NaN where there is nothing to measure:

        - onsets: notes begun.
        - polyphony: notes sounding, mean over the beat's ticks.
        - melody, register: mean sounding pitch of the melody and of all notes, MIDI numbers.
        - spread: highest less lowest sounding pitch, semitones.
        - mode: `majorness` of what sounds in the `MODE_BARS` bars before the bar, in it, and after it.
        - tension: `tension`, mean over the ticks at which two pitch classes sound.
        - articulation: duration over time to the next onset of the same part, at most 2, mean over notes.
        - tempo: beats per minute.
        - loudness: mean velocity / 127.
    """
    roll = _roll(piece, piece.notes)
    melody = _roll(piece, piece.of_part(MELODY))
    columns = (
        np.bincount(piece.notes["start"] // TICKS, minlength=piece.beats),
        _per_beat(roll).sum(axis=1) / TICKS,
        _mean_pitch(melody),
        _mean_pitch(roll),
        _spread(roll),
        _mode(piece, roll),
        _tension(roll),
        _articulation(piece),
        piece.tempo,
        piece.loudness,
    )
    return np.stack(columns, axis=1).astype(np.float32)


def bar_features(piece: Piece, beats: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average `beat_features` over each bar, shape (bars, 10); NaN where no beat of it has a value."""
    return mean_of_known(beats, np.repeat(np.arange(len(piece.metres)), piece.metres), len(piece.metres))


def mean_of_known(rows: NDArray[np.float32], groups: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """Average the known values of the rows of each group, shape (count, columns)."""
    known = np.isfinite(rows)
    totals, numbers = np.zeros((2, count, rows.shape[1]))
    np.add.at(totals, groups, np.where(known, rows, 0))
    np.add.at(numbers, groups, known)
    return np.divide(totals, numbers, out=np.full_like(totals, np.nan), where=numbers > 0).astype(np.float32)


def _roll(piece: Piece, notes: NDArray[np.void]) -> NDArray[np.int64]:
    """Return how many notes of each pitch sound at each tick, shape (ticks, 128)."""
    ticks = piece.beats * TICKS
    changes = np.zeros((ticks + 1, 128), np.int64)
    np.add.at(changes, (notes["start"], notes["pitch"]), 1)
    np.add.at(changes, (np.minimum(notes["start"] + notes["duration"], ticks), notes["pitch"]), -1)
    return np.cumsum(changes, axis=0)[:-1]


def _per_beat(roll: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for how many ticks each pitch sounds in each beat, shape (beats, 128)."""
    return np.add.reduceat(roll, np.arange(0, len(roll), TICKS), axis=0)


def _mean_pitch(roll: NDArray[np.int64]) -> NDArray[np.float64]:
    weights = _per_beat(roll)
    total = weights.sum(axis=1)
    mean: NDArray[np.float64] = np.divide(
        weights @ np.arange(128.0), total, out=np.full(len(total), np.nan), where=total > 0
    )
    return mean


def _spread(roll: NDArray[np.int64]) -> NDArray[np.float64]:
    present = _per_beat(roll) > 0
    highest, lowest = 127 - present[:, ::-1].argmax(axis=1), present.argmax(axis=1)
    spread: NDArray[np.float64] = np.where(present.any(axis=1), highest - lowest, np.nan)
    return spread


def _mode(piece: Piece, roll: NDArray[np.int64]) -> NDArray[np.float64]:
    classes = np.stack([roll[:, pitch_class::12].sum(axis=1) for pitch_class in range(12)], axis=1)
    until = np.concatenate([np.zeros((1, 12)), np.cumsum(classes, axis=0)])
    lines = np.concatenate([piece.bar_starts, [piece.beats]]) * TICKS
    bars = np.arange(len(piece.metres))
    first, last = np.maximum(bars - MODE_BARS, 0), np.minimum(bars + MODE_BARS + 1, len(bars))
    return np.repeat(majorness(until[lines[last]] - until[lines[first]]), piece.metres)


def _tension(roll: NDArray[np.int64]) -> NDArray[np.float32]:
    sounding = np.stack([roll[:, pitch_class::12].any(axis=1) for pitch_class in range(12)], axis=1)
    rows = tension(sounding)[:, None].astype(np.float32)
    beats = len(roll) // TICKS
    return mean_of_known(rows, np.repeat(np.arange(beats), TICKS), beats)[:, 0]


def _articulation(piece: Piece) -> NDArray[np.float32]:
    beats, ratios = [], []
    for part in PARTS:
        notes = piece.of_part(part)
        onsets = np.unique(notes["start"])
        place = np.searchsorted(onsets, notes["start"]) + 1
        followed = place < len(onsets)
        wait = onsets[place[followed]] - notes["start"][followed]
        beats.append(notes["start"][followed] // TICKS)
        ratios.append(np.minimum(notes["duration"][followed] / wait, LONGEST_ARTICULATION))
    rows = np.concatenate(ratios)[:, None].astype(np.float32)
    return mean_of_known(rows, np.concatenate(beats), piece.beats)[:, 0]
