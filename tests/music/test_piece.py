"""Notes brought onto the grid."""

import numpy as np
from grid_pieces import made, pieces
from hypothesis import given

from affectlab.music.learned.piece import DURATIONS, NOTE, piece_of, snapped


def test_durations_snap_to_the_nearest_and_the_shorter_of_two() -> None:
    given_ticks = np.array([0, 1, 12, 13, 14, 16, 47, 50, 51, 52, 96, 500])
    assert snapped(given_ticks).tolist() == [1, 1, 12, 12, 15, 15, 48, 48, 48, 54, 96, 96]


def test_doubles_leave_the_longest_and_silence_at_the_end_is_cut() -> None:
    notes = np.array([(0, 3, 60, 0), (0, 12, 60, 0), (0, 3, 60, 1), (50, 3, 200, 0)], NOTE)
    piece = piece_of("x", np.array([4, 4, 4], np.int16), notes, tempo=np.full(12, 90, np.float32))
    assert piece.notes.tolist() == [(0, 12, 60, 0), (0, 3, 60, 1)]
    assert piece.metres.tolist() == [4]
    assert piece.tempo.tolist() == [90] * 4
    assert np.isnan(piece.loudness).all()


def test_bars_begin_where_the_ones_before_end() -> None:
    piece = made([(0, 3, 60, 0), (100, 3, 60, 3)], metres=(3, 4))
    assert piece.bar_starts.tolist() == [0, 3, 7][: len(piece.metres)]
    assert piece.of_part("bass")["start"].tolist() == [100]


def test_no_notes_are_no_bars() -> None:
    piece = piece_of("x", np.array([4], np.int16), np.zeros(0, NOTE))
    assert (piece.beats, len(piece.metres), len(piece.notes)) == (0, 0, 0)


@given(pieces())
def test_a_piece_is_its_own_tidy_form(piece) -> None:
    again = piece_of("again", piece.metres, piece.notes)
    assert again.notes.tolist() == piece.notes.tolist()
    assert set(again.notes["duration"]) <= set(DURATIONS.tolist())
