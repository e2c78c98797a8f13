"""Note-level statistics of a piece, to compare what was generated with what people wrote.

Pitch-class entropy and groove similarity are those of Wu & Yang (2020), The Jazz Transformer on the front
line, ISMIR, 142-149 (their H and GS). Self-similarity follows the bar-by-bar matrix of Foote (1999),
Visualizing music and audio using self-similarity, ACM Multimedia, 77-80, reduced to one number: how well the
best earlier match of each bar matches it (ours).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.learned.piece import TICKS, Piece


def statistics(piece: Piece, training: NgramSet | None = None) -> dict[str, float]:
    """Return every statistic by name; `overlap` only when there is a training set to compare with."""
    found = {
        "pitch_class_entropy": pitch_class_entropy(piece),
        "pitch_class_entropy_4": pitch_class_entropy(piece, bars=4),
        "groove_consistency": groove_consistency(piece),
        "self_similarity": self_similarity(piece),
    }
    return found if training is None else found | {"overlap": training.overlap(piece)}


def pitch_class_entropy(piece: Piece, bars: int = 1) -> float:
    """Mean entropy, in bits, of the pitch classes begun in windows of some bars.

    Parameters
    ----------
    piece
        What is described.
    bars
        Bars per window; windows follow each other by one bar, and silent ones do not count.

    Returns
    -------
    float
        0 (one pitch class) to 3.585 (all twelve alike); NaN for a piece shorter than a window.
    """
    counts = np.zeros((len(piece.metres), 12))
    np.add.at(counts, (_bars(piece), piece.notes["pitch"] % 12), 1)
    if len(counts) < bars:
        return float("nan")
    windows = np.lib.stride_tricks.sliding_window_view(counts, bars, axis=0).sum(axis=-1)
    windows = windows[windows.sum(axis=1) > 0]
    shares = windows / windows.sum(axis=1, keepdims=True)
    logarithms = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    return float(-(shares * logarithms).sum(axis=1).mean())


def groove_consistency(piece: Piece) -> float:
    """Share of the ticks at which neighbouring bars agree on whether notes begin, mean over pairs.

    Only neighbours of the same metre are compared; NaN if there are none.
    """
    grooves = _onsets(piece)
    pairs = np.flatnonzero(piece.metres[1:] == piece.metres[:-1])
    alike = [
        float((grooves[bar, :length] == grooves[bar + 1, :length]).mean())
        for bar, length in zip(pairs, piece.metres[pairs].astype(int) * TICKS, strict=True)
    ]
    return float(np.mean(alike)) if alike else float("nan")


def self_similarity(piece: Piece) -> float:
    """Mean over bars of the similarity to the most similar earlier bar, 0 to 1.

    A bar is the set of its (tick, pitch class) onsets; similarity is intersection over union. The first bar
    with notes has nothing before it and does not count; NaN if there is no other.
    """
    similarity = similarity_matrix(piece)
    sounding = np.flatnonzero(similarity.diagonal() > 0)
    best = [float(similarity[bar, sounding[:place]].max()) for place, bar in enumerate(sounding) if place]
    return float(np.mean(best)) if best else float("nan")


def similarity_matrix(piece: Piece) -> NDArray[np.float64]:
    """Return intersection over union of the onsets of every two bars, shape (bars, bars); 0 if both rest."""
    lines = piece.bar_starts * TICKS
    bars = _bars(piece)
    cells = np.zeros((len(piece.metres), int(max(piece.metres, default=0)) * TICKS * 12), np.float32)
    places = (piece.notes["start"] - lines[bars]) * 12 + piece.notes["pitch"] % 12
    cells[bars, places] = 1
    shared = cells @ cells.T
    size = shared.diagonal()
    union = size[:, None] + size[None, :] - shared
    similarity: NDArray[np.float64] = np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0)
    return similarity


def _bars(piece: Piece) -> NDArray[np.int64]:
    """Return the bar each note begins in."""
    return np.searchsorted(piece.bar_starts * TICKS, piece.notes["start"], side="right") - 1


def _onsets(piece: Piece) -> NDArray[np.bool_]:
    """Return at which ticks of each bar notes begin, shape (bars, ticks of the longest)."""
    bars = _bars(piece)
    grooves = np.zeros((len(piece.metres), int(max(piece.metres, default=0)) * TICKS), bool)
    grooves[bars, piece.notes["start"] - piece.bar_starts[bars] * TICKS] = True
    return grooves
