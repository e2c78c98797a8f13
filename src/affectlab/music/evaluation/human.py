"""Takes on the grid, and music by people to compare their notes with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.evaluation.take import Take
from affectlab.music.instruments import PARTS
from affectlab.music.learned.corpus.shards import Corpus
from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.learned.piece import NOTE, TICKS, Piece, piece_of
from affectlab.music.learned.statistics import statistics

STATISTICS: Final = ("pitch_class_entropy", "pitch_class_entropy_4", "groove_consistency", "self_similarity")
_FEWEST_BARS: Final = 8

Vector = NDArray[np.float64]


def piece_of_take(take: Take) -> Piece:
    """Put a take on the grid; notes of parts that the grid does not know are left out."""
    rows = [
        (
            number * TICKS + round(note.offset / beat.duration * TICKS),
            max(round(note.duration / beat.duration * TICKS), 1),
            note.pitch,
            PARTS.index(note.part),
        )
        for number, beat in enumerate(take.beats)
        for note in beat.notes
        if note.part in PARTS
    ]
    lines = [number for number, beat in enumerate(take.beats) if beat.beat == 0 or number == 0]
    metres = np.diff([*lines, len(take.beats)]).astype(np.int16)
    # A note rounded up to the beat after the last has no bar of its own.
    within = [row for row in rows if row[0] < len(take.beats) * TICKS]
    return piece_of(take.name, metres, np.array(within, NOTE))


def human_statistics(corpus: Corpus, *, bars: int, split: str = "test") -> dict[str, Vector]:
    """Return each statistic of the excerpts of `bars` bars of the pieces of a split of a corpus.

    Raises
    ------
    UnreadableFile
        If the corpus is damaged.
    MissingExtra
        If miditok is not installed.
    """
    return _statistics_of(excerpt for piece in _pieces(corpus, split) for excerpt in excerpts(piece, bars))


def excerpts(piece: Piece, bars: int) -> list[Piece]:
    """Cut a piece into excerpts of `bars` bars; a last one of fewer than eight is left out."""
    found = []
    for first in range(0, len(piece.metres), bars):
        metres = piece.metres[first : first + bars]
        begin = int(piece.metres[:first].sum()) * TICKS
        end = begin + int(metres.sum()) * TICKS
        notes = piece.notes[(piece.notes["start"] >= begin) & (piece.notes["start"] < end)].copy()
        notes["start"] -= begin
        if len(metres) >= min(bars, _FEWEST_BARS) and len(notes):
            found.append(piece_of(f"{piece.name}@{first}", metres, notes))
    return found


def take_statistics(take: Take, training: NgramSet | None) -> dict[str, float]:
    """Return the statistics of a take, and its overlap with the training corpus where that is given."""
    return statistics(piece_of_take(take), training)


def distance(values: Vector, human: Vector) -> float:
    """Return how far the distribution of a statistic is from that of human music, in its standard deviations.

    Wasserstein's first distance over the standard deviation of the human values; NaN if there is no value.
    """
    from scipy.stats import wasserstein_distance

    known, spread = values[np.isfinite(values)], float(human.std())
    if not known.size or not spread > 0:
        return float("nan")
    return float(wasserstein_distance(known, human)) / spread


def _statistics_of(pieces: Iterable[Piece]) -> dict[str, Vector]:
    found: list[Mapping[str, float]] = [statistics(piece) for piece in pieces]
    columns = {name: np.array([one[name] for one in found]) for name in STATISTICS}
    return {name: values[np.isfinite(values)] for name, values in columns.items()}


def _pieces(corpus: Corpus, split: str) -> Iterable[Piece]:
    from affectlab.music.learned.tokens import decode

    arrays = corpus.split(split)
    for entry in arrays.pieces:
        ids = np.array(arrays.ids[entry.first_token : entry.first_token + entry.tokens])
        yield decode(ids, entry.name)
